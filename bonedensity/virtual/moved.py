"""A CT in which one bone has moved against the others, as between lying in the scanner and standing for an X-ray."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import affine_transform

from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume

SOFT_TISSUE_HU = 40.0
"""What fills the place that the bone left."""

IN_ARRAY_ORDER = [2, 1, 0]
"""(i, j, k) to the array's (k, j, i)."""


def with_bone_moved(ct: Volume, labels: LabelMap, bone: str, motion: RigidTransform) -> Volume:
    """The CT with one bone moved rigidly.

    Args:
        ct: In HU.
        labels: On the same grid.
        bone: Label of the bone.
        motion: In the CT's frame (LPS mm): where each point of the bone goes.

    Returns:
        The same grid, float32; soft tissue where the bone was, and what it moved onto covered by it.

    Raises:
        AnatomyError: The bone has no voxels.
    """
    hu = np.asarray(ct.array, dtype=np.float32)
    mask = labels.mask([bone])
    back = ct.patient_to_index @ motion.inverse().matrix @ ct.index_to_patient
    matrix, offset = back[:3, :3][np.ix_(IN_ARRAY_ORDER, IN_ARRAY_ORDER)], back[:3, 3][IN_ARRAY_ORDER]
    share = affine_transform(mask.astype(np.float32), matrix, offset, order=1)
    moved = affine_transform(np.where(mask, hu, np.float32(0)), matrix, offset, order=1)
    emptied = np.where(mask, np.float32(SOFT_TISSUE_HU), hu)
    return ct.with_array(moved + (1 - share) * emptied)
