"""Strong domain randomisation: whatever a scanner, a table, a contrast agent or a metal part may do to a CT.

A network that learns from virtual patients alone sees real ones as one more variation (Gao et al. 2023; Tobin 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, RandAffined, RandGaussianSmoothd, RandHistogramShiftd, RandSimulateLowResolutiond
from torch import Tensor

METAL_HU = 3071.0


class Patch(NamedTuple):
    """A window of a CT: HU (1, R, A, S) and channel numbers (1, R, A, S)."""

    hu: Tensor
    bones: Tensor


class Randomiser:
    """Changes a window at random; same generator state, same change.

    Args:
        bones: Channels after the first; left and right are swapped where a window is mirrored.
    """

    def __init__(self, bones: Sequence[str]) -> None:
        self._mirrored = _mirrored_channels(bones)
        self._monai = Compose(
            [
                RandAffined(
                    keys=("hu", "bones"),
                    prob=0.6,
                    rotate_range=0.3,
                    shear_range=0.05,
                    scale_range=0.18,
                    mode=("bilinear", "nearest"),
                    padding_mode="border",
                ),
                RandGaussianSmoothd("hu", (0.2, 1.2), (0.2, 1.2), (0.2, 1.2), prob=0.4),
                RandSimulateLowResolutiond("hu", prob=0.2, zoom_range=(0.4, 1.0)),
                RandHistogramShiftd("hu", num_control_points=(6, 14), prob=0.3),
            ]
        )

    def __call__(self, patch: Patch, rng: np.random.Generator) -> Patch:
        """The window, changed."""
        hu, bones = patch
        if rng.random() < 0.5:
            hu, bones = hu.flip(1), self._mirrored[bones.flip(1)]
        self._monai.set_random_state(seed=int(rng.integers(2**31)))
        changed = self._monai({"hu": hu, "bones": bones.float()})
        hu, bones = _plain(changed["hu"]), _plain(changed["bones"]).round().long()
        return Patch(_scanner(hu, bones, rng), bones)


def _plain(tensor: Tensor) -> Tensor:
    """Without MONAI's metadata, which cost time at every step that follows."""
    return tensor.as_tensor() if isinstance(tensor, MetaTensor) else tensor


def _scanner(hu: Tensor, bones: Tensor, rng: np.random.Generator) -> Tensor:
    """Calibration, contrast, noise and metal."""
    hu = hu * float(rng.uniform(0.85, 1.15)) + float(rng.normal(0, 25))
    soft = (hu > -50) & (hu < 150) & (bones == 0)
    if rng.random() < 0.3:
        hu = torch.where(soft, hu + float(rng.uniform(20, 160)) * _clouds(hu, rng), hu)
    if rng.random() < 0.5:  # bone denser or emptier than any of the cohort's
        hu = torch.where(bones > 0, hu + float(rng.normal(0, 80)), hu)
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    hu = hu + float(rng.gamma(2.0, 14.0)) * torch.randn(hu.shape, generator=generator)
    return _with_metal(hu, bones, rng) if rng.random() < 0.1 else hu


def _clouds(like: Tensor, rng: np.random.Generator) -> Tensor:
    """Smooth numbers from 0 to 1, about five voxels wide."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    coarse = torch.rand((1, 1, 6, 6, 6), generator=generator)
    smooth: Tensor = torch.nn.functional.interpolate(coarse, size=like.shape[1:], mode="trilinear")[0]
    return smooth


def _with_metal(hu: Tensor, bones: Tensor, rng: np.random.Generator) -> Tensor:
    """A rod inside a bone, with dark and bright streaks across its slices."""
    inside = torch.nonzero(bones[0])
    if not len(inside):
        return hu
    centre = inside[int(rng.integers(len(inside)))].float()
    axis = torch.from_numpy(rng.normal(size=3)).float()
    axis = axis / axis.norm()
    axes = [torch.arange(n, dtype=torch.float32) for n in hu.shape[1:]]
    offset = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1) - centre
    along = offset @ axis
    aside = (offset - along[..., None] * axis).norm(dim=-1)
    rod = (aside < float(rng.uniform(1.0, 3.5))) & (along.abs() < float(rng.uniform(6, 30)))
    angle = torch.atan2(offset[..., 1], offset[..., 0])
    streaks = torch.cos(angle * int(rng.integers(2, 7)) + float(rng.uniform(0, 6.3))) * torch.exp(-aside / 15)
    near = along.abs() < 30
    hu = hu + (float(rng.uniform(100, 500)) * streaks * near)[None]
    return torch.where(rod[None], torch.full_like(hu, METAL_HU), hu)


def _mirrored_channels(bones: Sequence[str]) -> Tensor:
    """Channel of every channel in a mirror."""
    swapped = [name.replace("left", "*").replace("right", "left").replace("*", "right") for name in bones]
    return torch.tensor([0, *(list(bones).index(name) + 1 for name in swapped)])
