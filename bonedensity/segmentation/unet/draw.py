"""Where a training window lies in a case: near bone, in a scan that may have covered less of the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.segmentation.unet.config import Window

CUT_SHARE = np.array([0.15, 0.15, 0.3])
"""How often a scan ends early at each of its two ends along R, A and S: pelvis, hip or lumbar scans of one body."""

DEEPEST_CUT = 0.5
"""Share of the body that is cut away at most at one end."""

NEAR_BONE = 0.85
"""Share of windows that lie near a voxel of bone."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What a scan covers of an array: first voxels and those after the last, along R, A, S."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]


def whole(bones: NDArray[np.uint8]) -> Field:
    """All of it."""
    return Field(np.zeros(3, np.int64), np.array(bones.shape))


def draw_field(bones: NDArray[np.uint8], window: Window, rng: np.random.Generator) -> Field:
    """A scan of the body, never shorter than half a window where the body is not."""
    size = np.array(bones.shape)
    most = np.clip(size - np.array(window) // 2, 0, DEEPEST_CUT * size)
    low, high = ((rng.random(3) < CUT_SHARE) * rng.uniform(0, 1, 3) * most for _ in range(2))
    high = np.minimum(high, np.maximum(most - low, 0))
    return Field(low.astype(np.int64), size - high.astype(np.int64))


def draw_corner(bones: NDArray[np.uint8], field: Field, window: Window, rng: np.random.Generator) -> NDArray[np.int64]:
    """First voxel of a window, inside the field where it fits; mostly near bone, each bone of a slice as often."""
    centre = rng.integers(field.low, field.high)
    if rng.random() < NEAR_BONE:
        part = np.asarray(bones[field.low[0] : field.high[0], field.low[1] : field.high[1], centre[2]])
        present = np.unique(part[part > 0])
        if len(present):
            inside = np.argwhere(part == rng.choice(present))
            centre[:2] = inside[rng.integers(len(inside))] + field.low[:2]
    size = np.array(window)
    jitter = rng.integers(-(size // 4), size // 4 + 1)
    last = field.high - size
    return np.clip(centre + jitter - size // 2, np.minimum(last, field.low), np.maximum(last, field.low))


def cut(array: NDArray[np.generic], field: Field, corner: NDArray[np.int64], window: Window) -> NDArray[np.generic]:
    """The window; where it leaves the field its edge is repeated, as in prediction."""
    along = (
        np.clip(np.arange(first, first + n), low, high - 1)
        for first, n, low, high in zip(corner, window, field.low, field.high, strict=True)
    )
    return array[np.ix_(*along)]
