"""What the Bayesian U-Net says of a CT, on its own grid: the base of labels, doubt and all figures about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bonedensity.imaging import Volume
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.segmentation.crop import crop_to_bone
from bonedensity.segmentation.network_grid import on_network_grid
from bonedensity.segmentation.unet.config import UnetConfig
from bonedensity.segmentation.windows import Windows, stitched_answers

if TYPE_CHECKING:
    import torch

    from bonedensity.segmentation.unet.network import BayesianUnet

WINDOW_OVERLAP = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Probabilities on the network's grid; a bone's is the product of the two.

    Attributes:
        grid: HU as the network saw them, (S, A, R) as always.
        wide: The grid of voxels twice as wide.
        bone: Of any bone, (1, R, A, S).
        which: Of each bone if there is one, (bones, R/2, A/2, S/2).
    """

    grid: Volume
    wide: Volume
    bone: torch.Tensor
    which: torch.Tensor


def predict(
    ct: Volume,
    network: BayesianUnet,
    *,
    samples: int | None = None,
    device: str = "cpu",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Prediction:
    """Mean probabilities over Monte-Carlo samples, of the part of a CT that holds bone.

    Args:
        ct: In HU.
        network: On that device.
        samples: How many; None for the configuration's.
        device: Where.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        AnatomyError: Nothing is as dense as bone.
        CancelledError: `should_stop` said so.
    """
    import torch

    config, count = network.config, samples or network.config.samples
    grid = _padded(on_network_grid(crop_to_bone(ct), (config.spacing_mm,) * 3), config)
    prepared = network.prepared(torch.from_numpy(np.ascontiguousarray(grid.array.T, dtype=np.float32)))

    def answer(patch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return network.sampled(patch, count)

    windows = Windows(config.window, WINDOW_OVERLAP)
    bone, which = stitched_answers(prepared.numpy(), answer, windows, device, on_progress, should_stop)
    return Prediction(grid, _wide(grid), bone, which)


def _padded(grid: Volume, config: UnetConfig) -> Volume:
    """At least one window, even along each axis; the last voxels are repeated."""
    short = [max(n, window) - n for n, window in zip(grid.array.shape, config.window[::-1], strict=True)]
    more = [(0, extra + (n + extra) % 2) for n, extra in zip(grid.array.shape, short, strict=True)]
    return replace(grid, array=np.pad(grid.array, more, mode="edge"))


def _wide(grid: Volume) -> Volume:
    """The grid of voxels twice as wide; its numbers mean nothing."""
    affine = grid.index_to_patient.copy()
    affine[:3, 3] = grid.to_patient([0.5, 0.5, 0.5])
    affine[:3, :3] *= 2
    return Volume(np.zeros([n // 2 for n in grid.array.shape], np.uint8), affine, "1", grid.name)
