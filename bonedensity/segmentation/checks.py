"""What a segmentation engine refuses to look at."""

from __future__ import annotations

import numpy as np

from bonedensity.densitometry.checks import check_hounsfield
from bonedensity.errors import AnatomyError, GeometryError
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
    if min(ct.array.shape) < FEWEST_SLICES:
        raise GeometryError(
            f"“{ct.name}” has {' x '.join(map(str, ct.array.shape[::-1]))} voxels; a segmentation needs at least "
            f"{FEWEST_SLICES} along each axis: load the whole series."
        )
    check_hounsfield(ct)
    high = float(np.max(ct.array))
    if high < BONE_HU:
        raise AnatomyError(f"“{ct.name}” holds nothing as dense as bone: its values end at {high:.0f} HU.")
