"""The network's probabilities, which are coarse, as labels on the CT's own grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.imaging import LabelMap, Volume
from bonedensity.segmentation.network_grid import interpolated

SMALL_SHARE = 0.05
"""Parts of a bone smaller than this share of its largest part are taken away: they are errors."""

EDGE_HU, EDGE_WIDTH_HU = 160.0, 60.0
"""HU that speaks neither for bone nor against it, and how much more it takes to change the odds by e."""

LEAST, MOST = -1.5, 3.0
"""Of the logarithm of the odds that HU add: marrow may be as dark as muscle, but little else is as bright as bone."""

DECIDED = 0.01
"""Probability, of bone or of none, below which HU are not asked."""

METAL_ABOVE_HU = 1800.0
"""HU above it are metal's, which is inside bone and outside."""

UNLIKELY = 0.1
"""A bone less probable than this, if there is bone, is not looked for."""


def labels_on_ct(ct: Volume, bone: Volume, grid: Volume, which: NDArray[np.float32], bones: Sequence[str]) -> LabelMap:
    """The most probable bone of every voxel of the CT.

    Probabilities are interpolated, not labels, so that outlines are smoother than the network's voxels; the CT's own,
    which are smaller, sharpen them.

    Args:
        ct: Whose grid.
        bone: Probability of any bone.
        grid: Of the probabilities of each bone.
        which: Of each bone if there is one (bones, R, A, S), on that grid.
        bones: Their names.
    """
    present = _widened(np.asarray(bone.array, np.float32).T) >= 0.5
    chance = sharpened(interpolated(bone, ct), np.asarray(ct.array))
    labels = np.zeros(ct.array.shape, np.uint8)
    best = 1 - chance
    for name, probability in zip(bones, which, strict=True):
        part = _part_of(ct, grid, present & (probability > UNLIKELY))
        if part is None:
            continue
        start, block = part
        at = tuple(slice(a, a + n) for a, n in zip(start[::-1], block.array.shape, strict=True))
        here = interpolated(grid.with_array(np.ascontiguousarray(probability.T), unit="1"), block) * chance[at]
        better = here > best[at]
        labels[at][better] = BY_NAME[name].value
        np.copyto(best[at], here, where=better)
    names = {BY_NAME[name].value: name for name in bones}
    return LabelMap(ct.with_array(without_islands(labels), unit="1", name=f"bones of {ct.name}"), names)


def sharpened(chance: NDArray[np.float32], hu: NDArray[np.number]) -> NDArray[np.float32]:
    """The probability of bone after a look at each voxel's HU, which settle the network's doubt at the surface.

    The HU are one more piece of evidence: their log odds are linear, and limited.

    Args:
        chance: Probability before, of any shape.
        hu: Of the same voxels.
    """
    doubtful = (chance > DECIDED) & (chance < 1 - DECIDED) & (hu < METAL_ABOVE_HU)
    before = chance[doubtful]
    evidence = np.clip((hu[doubtful].astype(np.float32) - EDGE_HU) / EDGE_WIDTH_HU, LEAST, MOST)
    for_bone = before * np.exp(evidence)
    found = chance.copy()
    found[doubtful] = for_bone / (for_bone + 1 - before)
    return found


def _widened(bone: NDArray[np.float32]) -> NDArray[np.float32]:
    """Greatest of the eight voxels inside each wide one."""
    r, a, s = (n // 2 for n in bone.shape)
    wide: NDArray[np.float32] = bone.reshape(r, 2, a, 2, s, 2).max(axis=(1, 3, 5))
    return wide


def _part_of(ct: Volume, grid: Volume, likely: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Volume] | None:
    """The block of the CT where a bone may be, and its first index (i, j, k); None where it is nowhere."""
    at = np.argwhere(likely)
    if not len(at):
        return None
    corners = np.array(np.meshgrid(*zip(at.min(axis=0) - 1, at.max(axis=0) + 1, strict=True))).reshape(3, -1).T
    index = ct.to_index(grid.to_patient(corners))
    start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, np.array(ct.array.shape[::-1]) - 1)
    return start, ct.cropped(start, np.maximum(np.ceil(index.max(axis=0)).astype(int) + 1, start + 1))


def without_islands(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Labels without parts that are small beside the largest of the same bone; in place."""
    for value in np.flatnonzero(np.bincount(labels.ravel()))[1:]:
        mask = labels == value
        parts, count = label(mask)
        if count > 1:
            sizes = np.bincount(parts.ravel())
            sizes[0] = 0
            labels[mask & (sizes < SMALL_SHARE * sizes.max())[parts]] = 0
    return labels
