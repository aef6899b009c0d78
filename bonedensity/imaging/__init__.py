"""Volumes, radiographs and label maps: what they hold, and how files are read and written."""

from bonedensity.imaging.labelmap import LabelMap
from bonedensity.imaging.radiograph import Radiograph
from bonedensity.imaging.spacing import PixelSpacing
from bonedensity.imaging.volume import Volume

__all__ = ["LabelMap", "PixelSpacing", "Radiograph", "Volume"]
