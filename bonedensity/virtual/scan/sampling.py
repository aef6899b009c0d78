"""From a fine grid to a scanner's pixels and slices: weighted means along each axis, so that no mass is lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import ndtr

FWHM_PER_SIGMA = 2.3548
Weights = tuple[csr_matrix, csr_matrix, csr_matrix]
"""Along k, j and i."""

NEGLIGIBLE = 1e-6
"""Weights below this are left out."""


def blur_weights(
    inner: NDArray[np.float64], outer: NDArray[np.float64], *, fwhm_mm: float, voxel_mm: float
) -> csr_matrix:
    """Weights (outer, inner) of a Gaussian point spread, less the blur that the inner voxels hold already.

    Args:
        inner: Middles of the inner voxels (mm), evenly spaced.
        outer: Where it is sampled (mm).
        fwhm_mm: Full width at half maximum; 0 for none.
        voxel_mm: Edge of an inner voxel.
    """
    sigma = np.sqrt(max((fwhm_mm / FWHM_PER_SIGMA) ** 2 - voxel_mm**2 / 12, (0.05 * voxel_mm) ** 2))
    edge = (inner[None, :] - outer[:, None]) / sigma
    half = voxel_mm / 2 / sigma
    return _sparse(ndtr(edge + half) - ndtr(edge - half))


def box_weights(
    inner: NDArray[np.float64], outer: NDArray[np.float64], *, width_mm: float, voxel_mm: float, whole: bool = False
) -> csr_matrix:
    """Weights (outer, inner) of the mean over a box, such as a slice.

    Args:
        inner: Middles of the inner voxels (mm), evenly spaced.
        outer: Middles of the boxes (mm).
        width_mm: Of a box.
        voxel_mm: Edge of an inner voxel.
        whole: At the grid's end over the whole box, with nothing beyond; else over the part that is there.
    """
    low = np.maximum(inner[None, :] - voxel_mm / 2, outer[:, None] - width_mm / 2)
    high = np.minimum(inner[None, :] + voxel_mm / 2, outer[:, None] + width_mm / 2)
    overlap = np.maximum(high - low, 0)
    size = width_mm if whole else np.maximum(overlap.sum(axis=1, keepdims=True), NEGLIGIBLE)
    return _sparse(overlap / size)


def sampled(array: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """The array (K, J, I) weighted along each of its axes; beyond its end it counts as zero."""
    for axis, matrix in enumerate(weights):
        moved = np.ascontiguousarray(np.moveaxis(array, axis, 0))
        flat = matrix @ moved.reshape(moved.shape[0], -1)
        array = np.moveaxis(flat.reshape(matrix.shape[0], *moved.shape[1:]), 0, axis)
    return np.ascontiguousarray(array, dtype=np.float32)


def _sparse(weights: NDArray[np.float64]) -> csr_matrix:
    return csr_matrix(np.where(weights > NEGLIGIBLE, weights, 0).astype(np.float32))
