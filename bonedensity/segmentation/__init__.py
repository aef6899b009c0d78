"""Bones in a CT: several engines behind one function, all with TotalSegmentator's names."""

from bonedensity.segmentation.engines import ENGINES, EngineName, SegmentationOptions, segment
from bonedensity.segmentation.result import Segmentation

__all__ = ["ENGINES", "EngineName", "Segmentation", "SegmentationOptions", "segment"]
