"""Where the torch renderer keeps its volume, how many rays fit beside it, and what gives way when memory runs out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bonedensity.drr.torch_lines import SLICE_AXES

BYTES_PER_RAY = 400
"""Memory of one ray while it is summed, its geometry in float64 and its derivatives included."""

FEWEST_RAYS = 1024
"""Rays at a time below which smaller portions no longer help."""

RAYS_AT_A_TIME_ON_CPU = 8192
"""So few that PyTorch gives each step to one thread: threads take portions instead, and never wait for each other."""

SHARE_OF_FREE_MEMORY = 0.5
"""Of a graphics card's free memory, what the rays of one portion may take."""

MPS_MEMORY_MB = 1024.0
"""Memory for rays on an Apple processor, which shares its memory with everything else."""

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
"""How PyTorch's devices say it; they raise different errors."""


class StoredVolume:
    """A volume on a device, as slices perpendicular to any of its axes; copies are made when first needed.

    Values are divided by a power of two, so that none exceeds 1 and half precision can hold them.

    Args:
        array: (K, J, I) float32, finite, not all zero.
        device: Where to keep it.
        half: Keep it in half precision (11 bits, relative error up to 0.05 %); sums are single precision always.
    """

    def __init__(self, array: NDArray[np.float32], device: str, half: bool) -> None:
        self.scale = 2.0 ** math.ceil(math.log2(float(np.abs(array).max())))
        self.half = half
        values = torch.from_numpy(np.ascontiguousarray(array / np.float32(self.scale)))
        self._values = values.to(torch.float16 if half else torch.float32).to(device)
        self._slices: dict[int, Tensor] = {}

    @property
    def size(self) -> tuple[int, int, int]:
        """Voxels along (i, j, k)."""
        k, j, i = self._values.shape
        return i, j, k

    def slices(self, axis: int) -> Tensor:
        """(S, Y, X): slices along one index axis, in the order of `SLICE_AXES`."""
        if axis not in self._slices:
            x, y = SLICE_AXES[axis]
            turned = self._values.permute(2 - axis, 2 - y, 2 - x)
            self._slices[axis] = turned.contiguous() if axis == 0 else turned  # x is in steps of a row only there
        return self._slices[axis]


def rays_that_fit(device: str, memory_mb: float | None) -> int:
    """How many rays may be summed at a time.

    Args:
        device: cuda, mps or cpu.
        memory_mb: Memory for them (MB = 10^6 bytes); None for what the device has to spare. The processor needs little.
    """
    if device == "cpu":
        return RAYS_AT_A_TIME_ON_CPU
    if memory_mb is None:
        free: float = torch.cuda.mem_get_info()[0] if device == "cuda" else MPS_MEMORY_MB * 1e6
        memory_mb = SHARE_OF_FREE_MEMORY * free / 1e6
    return max(FEWEST_RAYS, int(memory_mb * 1e6 / BYTES_PER_RAY))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device's memory is full."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in OUT_OF_MEMORY_WORDS)


def forget_cached_memory(device: str) -> None:
    """Hand back what PyTorch keeps for reuse."""
    caches: dict[str, Any] = {"cuda": torch.cuda.empty_cache, "mps": torch.mps.empty_cache}
    if device in caches:
        caches[device]()
