"""A bone and a region of it on a fine grid of their own, on which area and mass are counted.

Seen along rays, a bone made of whole voxels is wider than it is by up to half a voxel on each side, since some voxel of
the many that a ray passes always stands out: 3 % of a hip's area at 2 mm. On a finer grid the outline runs smoothly
between the voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter

from bonedensity.densitometry.spill import around, return_spill
from bonedensity.imaging import LabelMap, Volume

Scalar = TypeVar("Scalar", bound=np.generic)

FINE_MM = 1.0
"""Voxels are divided until they measure no more than this along each axis."""

SMOOTH_VOXELS = 0.5
"""Standard deviation (voxels) of the smoothing that takes the steps out of an outline."""


@dataclass(frozen=True, slots=True, eq=False)
class CloseUp:
    """One bone.

    Attributes:
        density: mg/cm³, what has spilled out of the bone returned to it.
        bone: (K, J, I) on the same grid.
        region: (K, J, I) the part of it that is measured.
        parts: Into how many voxels each of the scan's is divided along k, j and i.
    """

    density: Volume
    bone: NDArray[np.bool_]
    region: NDArray[np.bool_]
    parts: tuple[int, int, int]

    @property
    def voxels(self) -> NDArray[np.float32]:
        """Density of the region's voxels (mg/cm³)."""
        return np.asarray(self.density.array)[self.region]

    @property
    def volume_cm3(self) -> float:
        """Of the region."""
        return float(self.region.sum()) * self.density.voxel_volume_mm3 / 1000


def close_up(density: Volume, labels: LabelMap, bone: str, region: NDArray[np.bool_]) -> CloseUp:
    """Look closely at a bone.

    Args:
        density: mg/cm³.
        labels: On the same grid.
        bone: Label.
        region: (K, J, I) within it.
    """
    mask = labels.mask([bone])
    k, j, i = around(mask, density.spacing)
    start, stop = (i.start, j.start, k.start), (i.stop, j.stop, k.stop)
    near = density.cropped(start, stop)
    others = (np.asarray(labels.volume.array)[k, j, i] != 0) & ~mask[k, j, i]
    first, second, third = (max(1, int(np.ceil(mm / FINE_MM - 0.05))) for mm in near.spacing[::-1])
    parts = (first, second, third)
    own, part = (_share(m[k, j, i], parts) for m in (mask, region))
    fine = own >= 0.5
    grid = _divided(near, parts)
    array = np.asarray(grid.array)
    return_spill(array, fine, fine | _repeated(others, parts), grid.spacing, near.spacing)
    return CloseUp(grid, fine, fine & (part >= 0.5 * own), parts)


def _share(mask: NDArray[np.bool_], parts: tuple[int, int, int]) -> NDArray[np.float32]:
    """The mask as a smooth field on the divided grid: 0.5 at its outline; as it is where no axis is divided."""
    if parts == (1, 1, 1):
        return mask.astype(np.float32)
    smooth = gaussian_filter(mask.astype(np.float32), [SMOOTH_VOXELS * (n > 1) for n in parts])
    shape = tuple(n * size for n, size in zip(parts, mask.shape, strict=True))
    first = [(1 / n - 1) / 2 for n in parts]
    found = affine_transform(smooth, [1 / n for n in parts], first, output_shape=shape, order=1, mode="nearest")
    return np.asarray(found, dtype=np.float32)


def _divided(volume: Volume, parts: tuple[int, int, int]) -> Volume:
    """Each voxel divided into equal ones of the same density."""
    affine = volume.index_to_patient.copy()
    inner = np.array(parts[::-1], dtype=np.float64)
    affine[:3, :3] /= inner
    affine[:3, 3] = volume.to_patient((1 / inner - 1) / 2)
    return Volume(_repeated(np.asarray(volume.array, np.float32), parts), affine, volume.unit, volume.name)


def _repeated(array: NDArray[Scalar], parts: tuple[int, int, int]) -> NDArray[Scalar]:
    """A copy."""
    for axis, n in enumerate(parts):
        array = np.repeat(array, n, axis=axis)
    return array
