"""The engine without a network: everything dense and large, undivided."""

from __future__ import annotations

from bonedensity.anatomy.threshold import bone_by_threshold
from bonedensity.imaging import Volume
from bonedensity.segmentation.result import Segmentation


def segment_by_threshold(ct: Volume) -> Segmentation:
    """One label for all bone.

    Raises:
        AnatomyError: Nothing that dense and large.
    """
    note = "Bones were found by density alone and are not told apart: enough to register, not to measure."
    return Segmentation(bone_by_threshold(ct), engine="threshold", notes=(note,))
