"""What a registration projects: the contrast of some bones to the soft tissue around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.drr.quantity import EFFECTIVE_KEV
from bonedensity.errors import CalibrationError, GeometryError, RegistrationError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.volume import same_grid

BONE_ABOVE_HU = 50.0
"""Soft tissue around a bone is near this; only what a bone has above it makes an edge on a radiograph."""

METAL_ABOVE_HU = 2000.0
"""No bone is denser; metal is held to this."""

WHOLE_BODY_ABOVE_HU = 150.0
"""Without a segmentation, voxels above this stand for bone."""

MOST_POINTS = 2000
"""Voxel centres that stand for a bone's shape."""


def bone_contrast(
    volume: Volume, labels: LabelMap | None = None, bones: Sequence[str] | None = None
) -> tuple[Volume, NDArray[np.float64]]:
    """What the DRR integrates (1/mm), cropped to the bones, and some of their voxel centres (LPS mm).

    Args:
        volume: CT in HU.
        labels: Segmentation on the CT's grid; without it, everything above 150 HU.
        bones: Labels to take together; default all of `labels`.

    Raises:
        CalibrationError: The CT is not in HU.
        GeometryError: Labels on another grid, or bone voxels that are not finite.
        AnatomyError: A bone without voxels.
        RegistrationError: No segmentation, and nothing dense.
    """
    if volume.unit != "HU":
        raise CalibrationError(f"A CT is registered in HU, but “{volume.name}” is in {volume.unit}: give the CT in HU.")
    hu = np.asarray(volume.array, dtype=np.float32)
    mask = _mask(volume, hu, labels, bones)
    if not np.isfinite(hu[mask]).all():
        raise GeometryError(
            f"“{volume.name}” holds bone voxels that are not finite (NaN or infinite): replace them first."
        )
    per_hu = np.float32(linear_attenuation("water", EFFECTIVE_KEV) / 1000)
    contrast = np.zeros_like(hu)
    contrast[mask] = np.clip(hu[mask] - BONE_ABOVE_HU, 0, METAL_ABOVE_HU) * per_hu
    indices = np.argwhere(mask)[:, ::-1]
    cropped = volume.with_array(contrast, unit="1/mm").cropped(indices.min(axis=0), indices.max(axis=0) + 1)
    return cropped, volume.to_patient(indices[:: max(1, len(indices) // MOST_POINTS)])


def _mask(
    volume: Volume, hu: NDArray[np.float32], labels: LabelMap | None, bones: Sequence[str] | None
) -> NDArray[np.bool_]:
    if labels is not None:
        if not same_grid(volume, labels.volume):
            raise GeometryError(f"The segmentation does not lie on the grid of “{volume.name}”: resample it first.")
        return labels.mask(labels.present() if bones is None else bones)
    mask = hu > WHOLE_BODY_ABOVE_HU
    if not mask.any():
        raise RegistrationError(
            f"“{volume.name}” holds nothing above {WHOLE_BODY_ABOVE_HU:.0f} HU: no bone to register."
        )
    return mask
