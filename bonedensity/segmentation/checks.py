"""What a segmentation engine refuses to look at."""

from __future__ import annotations

import numpy as np

from bonedensity.errors import AnatomyError, CalibrationError, GeometryError
from bonedensity.imaging import Volume

FEWEST_SLICES = 8
"""Along every axis: with fewer, no bone can be told from another."""

BONE_HU = 200.0
"""Somewhere in every bone a CT is above this."""


def check_ct(ct: Volume) -> None:
    """Refuse what is no CT of bones.

    Raises:
        GeometryError: Too thin, or voxels that are not finite.
        CalibrationError: Not in HU, or values that no CT has.
        AnatomyError: Nothing as dense as bone.
    """
    if ct.unit != "HU":
        raise CalibrationError(f"Bones are segmented in HU, but “{ct.name}” is in {ct.unit}: give the CT itself.")
    if min(ct.array.shape) < FEWEST_SLICES:
        raise GeometryError(
            f"“{ct.name}” has {' x '.join(map(str, ct.array.shape[::-1]))} voxels; a segmentation needs at least "
            f"{FEWEST_SLICES} along each axis: load the whole series."
        )
    low, high = float(np.min(ct.array)), float(np.max(ct.array))
    if not np.isfinite(low + high):
        raise GeometryError(f"“{ct.name}” holds voxels that are not finite (NaN or infinite); replace them first.")
    if low >= 0:
        raise CalibrationError(
            f"“{ct.name}” has no value below 0 HU ({low:.0f} to {high:.0f}), so it is no CT in HU: an MR, or a CT "
            "without its rescale intercept."
        )
    if high < BONE_HU:
        raise AnatomyError(f"“{ct.name}” holds nothing as dense as bone: its values end at {high:.0f} HU.")
