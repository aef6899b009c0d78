"""The networks' probabilities, which are coarser than the CT or finer, as labels on the CT's own grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.imaging import LabelMap, Volume
from bonedensity.segmentation.network_grid import interpolated
from bonedensity.segmentation.unet.predict import Prediction

SMALL_SHARE = 0.05
"""Parts of a bone smaller than this share of its largest part are taken away: they are errors."""

UNLIKELY = 0.1
"""A bone less probable than this, if there is bone, is not looked for."""


def labels_on_ct(ct: Volume, said: Prediction, outline: Volume, bones: Sequence[str]) -> LabelMap:
    """The most probable bone of every voxel of the CT.

    Probabilities are interpolated, not labels, so that outlines are smoother than the networks' voxels.

    Args:
        ct: Whose grid.
        said: Which bone is where.
        outline: Probability of any bone, on the prediction's grid or a finer one.
        bones: Names, in the prediction's order.
    """
    present = _widened(said.bone[0].numpy()) >= 0.5
    chance = interpolated(outline, ct)
    labels = np.zeros(ct.array.shape, np.uint8)
    best = 1 - chance
    for name, probability in zip(bones, said.which.numpy(), strict=True):
        part = _part_of(ct, said.wide, present & (probability > UNLIKELY))
        if part is None:
            continue
        start, block = part
        at = tuple(slice(a, a + n) for a, n in zip(start[::-1], block.array.shape, strict=True))
        wide = said.wide.with_array(np.ascontiguousarray(probability.T), unit="1")
        here = interpolated(wide, block) * chance[at]
        better = here > best[at]
        labels[at][better] = BY_NAME[name].value
        np.copyto(best[at], here, where=better)
    names = {BY_NAME[name].value: name for name in bones}
    return LabelMap(ct.with_array(without_islands(labels), unit="1", name=f"bones of {ct.name}"), names)


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
