"""Mineral that blur and half-filled voxels have put beyond a bone's outline, returned to the bone.

A label holds the voxels whose middle lies in the bone. What the others hold of it, and what the scanner's blur spreads
beyond it, is missing from a sum over the label: about a quarter of a millimetre of cortex on each side at 1.5 mm.
Blur moves mass and loses none, so that what the surroundings hold above plain soft tissue is the bone's.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from bonedensity.imaging import LabelMap, Volume

BLUR_MM = 1.5
"""Reach of a CT's blur to either side of an edge: soft and bone kernels have 0.5 to 1.2 mm full width."""

OF_A_VOXEL = 0.6
"""With it, the share of a voxel that the outline may lie inside of a voxel's middle, and a little more."""

SOFT_SHELL = 2.2
"""Soft tissue is looked at from the end of the spill to so many times its reach."""

NEARBY_MM = 5.0
"""Standard deviation of the neighbourhood whose soft tissue counts: muscle here, fat there."""

SOFT_MG_CM3 = (-250.0, 250.0)
"""Soft tissue lies between; below is air, above is bone without a label, chalk or metal."""

FEWEST = 30
"""Voxels of soft tissue from which its density can be told."""


def with_spill_returned(density: Volume, labels: LabelMap, bones: Iterable[str]) -> Volume:
    """The density with what has spilled out of bones added to each bone's nearest voxels; all else is left alone.

    Args:
        density: mg/cm³.
        labels: On the same grid.
        bones: Labels whose mineral is to be whole.
    """
    whole, label = np.array(density.array, dtype=np.float32), np.asarray(labels.volume.array)
    for bone in bones:
        own = labels.mask([bone])
        box = around(own, density.spacing)
        return_spill(whole[box], own[box], label[box] != 0, density.spacing, density.spacing)
    return density.with_array(whole)


def return_spill(
    density: NDArray[np.float32],
    bone: NDArray[np.bool_],
    any_bone: NDArray[np.bool_],
    spacing: NDArray[np.float64],
    scanned: NDArray[np.float64],
) -> None:
    """The same for one bone, in place: only its own voxels change, so that the next bone finds its surroundings.

    Args:
        density: (K, J, I) mg/cm³; `around` says how much of the surroundings is needed.
        bone: Its voxels.
        any_bone: Voxels of all bones.
        spacing: Of the voxels (i, j, k; mm).
        scanned: Of the scan's voxels, which may be coarser.
    """
    reach = _reach(scanned)
    away, nearest = _away(bone, spacing, reach)
    others, _ = _away(any_bone & ~bone, spacing, reach)
    spill = ~any_bone & (away <= 1) & (away <= others)
    soft = ~any_bone & (away > 1) & (away <= SOFT_SHELL) & (others > 1)
    soft &= (density > SOFT_MG_CM3[0]) & (density < SOFT_MG_CM3[1])
    if soft.sum() >= FEWEST:
        excess = (density - _smooth_where(density, soft, spacing))[spill]
        np.add.at(density, tuple(axis[spill] for axis in nearest), excess)


def around(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> tuple[slice, slice, slice]:
    """The part of an array (K, J, I) that holds a mask and the surroundings into which it spills.

    Args:
        mask: Not empty.
        spacing: Of the scan's voxels (i, j, k; mm).
    """
    margin = np.ceil(SOFT_SHELL * _reach(spacing) / spacing).astype(int)[::-1] + 1
    filled = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    k, j, i = (
        slice(max(0, int(f[0] - m)), min(n, int(f[-1] + 1 + m)))
        for f, n, m in zip(filled, mask.shape, margin, strict=True)
    )
    return k, j, i


def _reach(spacing: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a bone spills along i, j and k (mm)."""
    return np.asarray(BLUR_MM + OF_A_VOXEL * spacing)


def _away(
    mask: NDArray[np.bool_], spacing: NDArray[np.float64], reach: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Distance from a mask in reaches (infinite from none), and its nearest voxel; (K, J, I) and (3, K, J, I)."""
    if not mask.any():
        return np.full(mask.shape, np.inf), np.zeros((3, *mask.shape), np.intp)
    away, nearest = distance_transform_edt(~mask, sampling=(spacing / reach)[::-1], return_indices=True)
    return np.asarray(away), np.asarray(nearest)


def _smooth_where(
    values: NDArray[np.float32], chosen: NDArray[np.bool_], spacing: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Local mean of the chosen voxels; where none is near, the median of all."""
    sigma = (NEARBY_MM / spacing)[::-1]
    weight = gaussian_filter(chosen.astype(np.float32), sigma, truncate=2.5)
    mean = gaussian_filter(np.where(chosen, values, np.float32(0)), sigma, truncate=2.5) / np.maximum(weight, 1e-6)
    return np.where(weight > 1e-3, mean, np.float32(np.median(values[chosen])))
