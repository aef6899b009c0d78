"""The network's probabilities, which are coarse, as labels on the CT's own grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy.ndimage import label

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.sitk_bridge import to_sitk

SMALL_SHARE = 0.05
"""Parts of a bone smaller than this share of its largest part are taken away: they are errors."""


def labels_on_ct(ct: Volume, grid: Volume, probabilities: NDArray[np.float32], bones: Sequence[str]) -> LabelMap:
    """The most probable bone of every voxel of the CT.

    Probabilities are interpolated, not labels, so that outlines are smoother than the network's voxels.

    Args:
        ct: Whose grid.
        grid: On which the network worked.
        probabilities: (1 + bones, R, A, S), on that grid.
        bones: Names of the channels after the first.
    """
    like = to_sitk(ct.with_array(np.zeros(ct.array.shape, np.uint8)))
    best = _interpolated(probabilities[0], grid, like, outside=1.0)
    labels = np.zeros(ct.array.shape, np.uint8)
    for name, probability in zip(bones, probabilities[1:], strict=True):
        if probability.max() < 1 / len(probabilities):
            continue
        here = _interpolated(probability, grid, like, outside=0.0)
        better = here > best
        labels[better] = BY_NAME[name].value
        np.copyto(best, here, where=better)
    names = {BY_NAME[name].value: name for name in bones}
    return LabelMap(ct.with_array(_without_islands(labels), unit="1", name=f"bones of {ct.name}"), names)


def _interpolated(
    probability: NDArray[np.float32], grid: Volume, like: SimpleITK.Image, *, outside: float
) -> NDArray[np.float32]:
    image = to_sitk(grid.with_array(np.ascontiguousarray(probability.T)))
    transform, linear = SimpleITK.Transform(), SimpleITK.sitkLinear
    resampled = SimpleITK.Resample(image, like, transform, linear, outside, SimpleITK.sitkFloat32)
    array: NDArray[np.float32] = SimpleITK.GetArrayFromImage(resampled)
    return array


def _without_islands(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    for value in np.flatnonzero(np.bincount(labels.ravel()))[1:]:
        mask = labels == value
        parts, count = label(mask)
        if count > 1:
            sizes = np.bincount(parts.ravel())
            sizes[0] = 0
            labels[mask & (sizes < SMALL_SHARE * sizes.max())[parts]] = 0
    return labels
