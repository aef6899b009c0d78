"""Bone as everything dense, for a CT that nobody segmented: enough to register with, not to measure."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label

from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume

DENSE_HU = 150.0
"""Above most soft tissue without contrast."""

SMALLEST_PART_MM3 = 2000.0
"""Smaller dense parts are calcifications, gut contents or noise."""

UNDIVIDED_BONE = "bone"
"""Name of the label."""


def bone_by_threshold(ct: Volume) -> LabelMap:
    """One label for all bone: connected parts above 150 HU and larger than 2 cm³.

    Raises:
        AnatomyError: Nothing that dense and large.
    """
    parts, _ = label(np.asarray(ct.array) > DENSE_HU)
    sizes = np.bincount(parts.ravel()) * ct.voxel_volume_mm3
    large = sizes >= SMALLEST_PART_MM3
    large[0] = False
    if not large.any():
        raise AnatomyError(f"“{ct.name}” holds no bone: nothing larger than 2 cm³ is above {DENSE_HU:.0f} HU.")
    mask = large[parts].astype(np.uint8)
    return LabelMap(ct.with_array(mask, unit="1", name="bone above 150 HU"), {1: UNDIVIDED_BONE})
