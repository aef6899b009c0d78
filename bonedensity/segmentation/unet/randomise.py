"""Strong domain randomisation: whatever a scanner, a contrast agent, a bone's density or a metal part may do to a CT.

A network that learns from virtual patients alone sees real ones as one more variation (Gao et al. 2023; Tobin 2017).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool3d, interpolate

from bonedensity.segmentation.unet.metal import with_metal
from bonedensity.segmentation.unet.patch import Patch

COARSEST = np.array([1.5, 1.5, 2.2])
"""Widest voxels and slices along R, A, S, in the U-Net's voxels."""

MARROW_HU = 100.0
"""About which the density of bone is changed."""


class Randomiser:
    """Changes a window at random; same generator state, same change.

    Args:
        bones: Channels after the first; left and right are swapped where a window is mirrored.
    """

    def __init__(self, bones: Sequence[str]) -> None:
        self._mirrored = _mirrored_channels(bones)

    def __call__(self, patch: Patch, rng: np.random.Generator) -> Patch:
        """The window, changed."""
        hu, bones = patch
        if rng.random() < 0.5:
            hu, bones = hu.flip(1), self._mirrored[bones.flip(1)]
        return Patch(otherwise_scanned(hu, bones, rng), bones)


def otherwise_scanned(hu: Tensor, bones: Tensor, rng: np.random.Generator, *, finer: float = 1.0) -> Tensor:
    """HU as another body of that shape would have, in another scanner.

    Args:
        hu: (1, R, A, S).
        bones: Channel numbers, the same shape.
        rng: Same state, same change.
        finer: How many of these voxels lie along one of the U-Net's.
    """
    hu = _body(hu, bones, rng)
    if rng.random() < 0.15:
        hu = with_metal(hu, bones, rng)
    return _scanner(hu, rng, COARSEST * finer)


def _body(hu: Tensor, bones: Tensor, rng: np.random.Generator) -> Tensor:
    """Contrast agent, texture of soft tissue, and bone denser or emptier than any of the cohort's."""
    soft = (hu > -150) & (hu < 150) & (bones == 0)
    if rng.random() < 0.6:
        hu = torch.where(soft, hu + float(rng.uniform(-60, 160)) * clouds(hu, rng), hu)
    if rng.random() < 0.4:  # bowel and vessels full of contrast agent, or of gas
        filled = soft & (clouds(hu, rng) > float(rng.uniform(0.68, 0.85)))
        hu = torch.where(filled, hu.new_tensor(float(rng.choice([-800.0, rng.uniform(120, 600)]))), hu)
    if rng.random() < 0.7:
        factor = float(np.exp(rng.normal(-0.1, 0.35)))
        changed = MARROW_HU + (hu - MARROW_HU) * factor + float(rng.normal(0, 120)) * clouds(hu, rng)
        hu = torch.where(bones > 0, changed, hu)
    return hu


def _scanner(hu: Tensor, rng: np.random.Generator, coarsest: np.ndarray) -> Tensor:
    """Calibration, voxels and slices, sharpness, noise."""
    hu = hu * float(rng.uniform(0.88, 1.12)) + float(rng.normal(0, 20))
    if rng.random() < 0.5:
        hu = _coarser(hu, 1 + rng.random(3) * (coarsest - 1))
    kernel = rng.random()
    if kernel < 0.5:  # a bone kernel, or a soft one; in soft ones thin cortices are dim
        edges = hu - avg_pool3d(hu, 3, stride=1, padding=1, count_include_pad=False)
        hu = hu + float(rng.uniform(0.2, 1.0)) * (edges if kernel < 0.2 else -edges)
    hu = hu + float(rng.gamma(1.5, 12.0)) * torch.randn(hu.shape, generator=_generator(rng))
    if rng.random() < 0.5:  # noise has grains
        grains = torch.randn([1, 1, *(n // 2 for n in hu.shape[1:])], generator=_generator(rng))
        hu = hu + float(rng.gamma(1.5, 10.0)) * interpolate(grains, size=hu.shape[1:], mode="trilinear")[0]
    return hu


def _coarser(hu: Tensor, factors: np.ndarray) -> Tensor:
    """As seen in wider voxels and interpolated back."""
    size = [max(round(n / f), 1) for n, f in zip(hu.shape[1:], factors, strict=True)]
    wide = interpolate(hu[None], size=size, mode="area")
    return interpolate(wide, size=hu.shape[1:], mode="trilinear")[0]


def clouds(like: Tensor, rng: np.random.Generator) -> Tensor:
    """Of the shape of windows (1, R, A, S): smooth numbers from 0 to 1; wide or narrow clouds."""
    width = int(rng.integers(4, 13))
    coarse = torch.rand([1, 1, *(2 + n // width for n in like.shape[1:])], generator=_generator(rng))
    smooth: Tensor = interpolate(coarse, size=like.shape[1:], mode="trilinear")[0]
    return smooth


def _generator(rng: np.random.Generator) -> torch.Generator:
    return torch.Generator().manual_seed(int(rng.integers(2**31)))


def _mirrored_channels(bones: Sequence[str]) -> Tensor:
    """Channel of every channel in a mirror."""
    swapped = [name.replace("left", "*").replace("right", "left").replace("*", "right") for name in bones]
    return torch.tensor([0, *(list(bones).index(name) + 1 for name in swapped)])
