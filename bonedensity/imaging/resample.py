"""Coarser copies of volumes and images, by averaging whole blocks: what lies in a block keeps its mass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.imaging.volume import Volume


def block_mean_2d(image: NDArray[np.generic], factor: int) -> NDArray[np.float32]:
    """Means of `factor` x `factor` pixels; remaining rows and columns at the end are cut."""
    rows, columns = image.shape[0] // factor, image.shape[1] // factor
    blocks = np.asarray(image[: rows * factor, : columns * factor], dtype=np.float32)
    return np.asarray(blocks.reshape(rows, factor, columns, factor).mean(axis=(1, 3)), dtype=np.float32)


def coarser(volume: Volume, spacing_mm: float) -> Volume:
    """The volume with voxels averaged, along each axis, to at most about `spacing_mm`; finer axes stay as they are.

    The end of an axis is padded with its last layer, so that nothing is cut off.
    """
    factors = np.maximum(1, np.floor(spacing_mm / volume.spacing + 0.25)).astype(int)
    if (factors == 1).all():
        return volume
    array = np.asarray(volume.array, dtype=np.float32)
    for axis, factor in zip((2, 1, 0), factors, strict=True):
        array = _block_mean(array, axis, int(factor))
    affine = volume.index_to_patient.copy()
    affine[:3, 3] = volume.to_patient((factors - 1) / 2)
    affine[:3, :3] = affine[:3, :3] * factors
    return Volume(array, affine, unit=volume.unit, name=volume.name)


def _block_mean(array: NDArray[np.float32], axis: int, factor: int) -> NDArray[np.float32]:
    missing = -array.shape[axis] % factor
    padding = [(0, missing if a == axis else 0) for a in range(3)]
    padded = np.moveaxis(np.pad(array, padding, mode="edge"), axis, 0)
    means = padded.reshape(-1, factor, *padded.shape[1:]).mean(axis=1)
    return np.asarray(np.moveaxis(means, 0, axis), dtype=np.float32)
