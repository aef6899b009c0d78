"""A network run over a large volume window by window, within a memory budget, with progress and stop."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import DeviceError
from bonedensity.progress import OnProgress, ShouldStop, part_of, stop_if_asked

if TYPE_CHECKING:
    import torch

    Predict = Callable[[torch.Tensor], torch.Tensor]
    """Windows (B, 1, R, A, S) to probabilities (B, C, R, A, S); channel 0 is everything that is no bone."""

    PredictAnswers = Callable[[torch.Tensor], tuple[torch.Tensor, ...]]
    """Windows to several answers of that kind."""

BYTES_PER_VOXEL = 4
USABLE_SHARE = 0.6
"""Of the free memory; the rest is for the network's own work and the user's."""

FALLBACK_FREE_BYTES = 4 * 1024**3
"""Where the system does not tell its free memory."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How a volume is cut up.

    Attributes:
        size: Voxels of a window along R, A, S.
        overlap: Share of a window that its neighbour covers too.
        budget_bytes: For stitched probabilities; None for a share of what is free.
    """

    size: tuple[int, int, int]
    overlap: float = 0.25
    budget_bytes: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What a network says of every voxel, axes R, A, S.

    Attributes:
        channels: Most probable channel, uint8.
        probability: Its probability, float16.
    """

    channels: NDArray[np.uint8]
    probability: NDArray[np.float16]


def run_windows(
    volume: NDArray[np.float32],
    predict: Predict,
    channels: int,
    windows: Windows,
    *,
    device: str = "cpu",
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Votes:
    """The most probable channel of every voxel.

    Where the probabilities of the whole volume do not fit into the memory, it is worked on in slabs along S that
    overlap by half a window, and only the votes are kept.

    Args:
        volume: (R, A, S), prepared for the network.
        predict: The network.
        channels: That `predict` returns.
        windows: Size, overlap and budget.
        device: Where `predict` computes.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        CancelledError: `should_stop` said so.
        DeviceError: Not even one slab fits.
    """
    slabs = slabs_of(volume.shape, channels, windows)
    votes = Votes(np.zeros(volume.shape, np.uint8), np.zeros(volume.shape, np.float16))
    for number, (first, last) in enumerate(slabs):
        halo = 0 if len(slabs) == 1 else windows.size[2] // 2
        start, stop = max(first - halo, 0), min(last + halo, volume.shape[2])
        report = part_of(on_progress, number / len(slabs), (number + 1) / len(slabs))
        blended = stitched(volume[:, :, start:stop], predict, windows, device, report, should_stop)
        core = blended[:, :, :, first - start : last - start]
        best = core.max(dim=0)
        votes.channels[:, :, first:last] = best.indices.numpy().astype(np.uint8)
        votes.probability[:, :, first:last] = best.values.numpy().astype(np.float16)
    return votes


def slabs_of(shape: tuple[int, ...], channels: int, windows: Windows) -> list[tuple[int, int]]:
    """Ranges along S, each small enough for the budget.

    Raises:
        DeviceError: Not even one window's thickness fits.
    """
    budget = windows.budget_bytes or int(USABLE_SHARE * free_bytes())
    layer = shape[0] * shape[1] * (channels + 2) * BYTES_PER_VOXEL
    fitting = budget // layer
    if fitting >= shape[2]:
        return [(0, shape[2])]
    thickness = fitting - windows.size[2]
    if thickness < 1:
        raise DeviceError(
            f"The memory ({budget / 1024**3:.1f} GiB usable) is too small to segment this CT: crop it, close other "
            "programs, or use the built-in network."
        )
    edges = np.linspace(0, shape[2], -(-shape[2] // thickness) + 1).astype(int)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def free_bytes() -> int:
    """Memory that is free now, as far as the system tells."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return FALLBACK_FREE_BYTES


def stitched(
    volume: NDArray[np.float32],
    predict: Predict,
    windows: Windows,
    device: str,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> torch.Tensor:
    """Probabilities (C, R, A, S) of a volume that fits into the memory, neighbours blended by a Gaussian.

    Args:
        volume: (R, A, S), prepared for the network.
        predict: The network.
        windows: Size and overlap.
        device: Where `predict` computes.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        CancelledError: `should_stop` said so.
    """
    return stitched_answers(volume, lambda patch: (predict(patch),), windows, device, on_progress, should_stop)[0]


def stitched_answers(
    volume: NDArray[np.float32],
    predict: PredictAnswers,
    windows: Windows,
    device: str,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[torch.Tensor, ...]:
    """As `stitched`, of a network with several answers, some on wider voxels: the first on the volume's own.

    The volume is at least as large as a window, and its and the window's sizes are whole numbers of the widest voxels.
    """
    import torch
    from monai.inferers import sliding_window_inference

    total, done = _count(volume.shape, windows), 0

    def watched(patch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        nonlocal done
        stop_if_asked(should_stop)
        result = tuple(predict(patch))
        done += 1
        on_progress(min(done / total, 1.0), f"segmenting: window {done} of {total}")
        return result

    with torch.inference_mode():
        out = sliding_window_inference(
            torch.from_numpy(np.ascontiguousarray(volume))[None, None],
            windows.size,
            1,
            watched,
            overlap=windows.overlap,
            mode="gaussian",
            padding_mode="replicate",
            sw_device=device,
            device="cpu",
        )
    answers = out if isinstance(out, tuple) else (out,)
    return tuple(answer[0] for answer in answers if isinstance(answer, torch.Tensor))


def _count(shape: tuple[int, ...], windows: Windows) -> int:
    """Windows that cover a volume."""
    step = [max(int(size * (1 - windows.overlap)), 1) for size in windows.size]
    return int(np.prod([-(-max(n - size, 0) // s) + 1 for n, size, s in zip(shape, windows.size, step, strict=True)]))
