"""Only the part of a CT that holds bone is segmented: arms of the table, air and far soft tissue cost time."""

from __future__ import annotations

import numpy as np

from bonedensity.anatomy.threshold import DENSE_HU
from bonedensity.errors import AnatomyError
from bonedensity.imaging import Volume
from bonedensity.imaging.resample import coarser

MARGIN_MM = 20.0
"""Kept around what is dense."""

LOOKED_AT_MM = 4.0
"""Noise and single dense voxels vanish in voxels of this size."""


def crop_to_bone(ct: Volume, *, margin_mm: float = MARGIN_MM) -> Volume:
    """The block of a CT around everything as dense as bone; the CT itself where that is all of it.

    Args:
        ct: In HU.
        margin_mm: Kept on every side.

    Raises:
        AnatomyError: Nothing is that dense.
    """
    small = coarser(ct, LOOKED_AT_MM)
    dense = np.argwhere(np.asarray(small.array, np.float32) > DENSE_HU)
    if not len(dense):
        raise AnatomyError(f"“{ct.name}” holds no bone: averaged over 4 mm nothing is above {DENSE_HU:.0f} HU.")
    low, high = (ct.to_index(small.to_patient(corner[::-1])) for corner in (dense.min(axis=0), dense.max(axis=0)))
    reach = (margin_mm + LOOKED_AT_MM) / ct.spacing
    return ct.cropped(np.floor(low - reach), np.ceil(high + reach) + 1)
