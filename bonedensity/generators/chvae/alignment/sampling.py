"""Images read at other places, quickly: smooth maps are computed on a coarse grid and interpolated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

COARSE = 20
"""Pixels from one place where a smooth map is computed to the next."""


def pixel_shares(rows: int, columns: int) -> NDArray[np.float64]:
    """Middles of pixels as shares of columns and rows (rows, columns, 2)."""
    across, down = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
    return np.stack(np.meshgrid(across, down), axis=-1)


def places(smooth: Callable[[NDArray[np.float64]], NDArray[np.float64]], rows: int, columns: int) -> Tensor:
    """A smooth map at the middle of every pixel (rows, columns, 2) float32."""
    import torch
    from torch.nn.functional import interpolate

    coarse = [max(2, -(-n // COARSE) + 1) for n in (rows, columns)]
    across, down = (np.linspace(0.5 / n, 1 - 0.5 / n, m) for n, m in zip((columns, rows), coarse[::-1], strict=True))
    values = torch.from_numpy(smooth(np.stack(np.meshgrid(across, down), axis=-1))).float()
    fine = interpolate(values.permute(2, 0, 1)[None], size=(rows, columns), mode="bilinear", align_corners=True)
    return fine[0].permute(1, 2, 0)


def grid_of(at: Tensor) -> Tensor:
    """Places as shares of columns and rows, in place as torch counts them: -1 to 1."""
    return at.mul_(2).sub_(1)


def read_at(image: NDArray[np.floating], grid: Tensor, *, beyond: str = "zeros") -> NDArray[np.float32]:
    """An image (rows, columns) at places (R, C, 2), between pixels by lines.

    Args:
        image: Numbers.
        grid: Where, as `grid_of` gives it.
        beyond: What lies beyond the border: "zeros", "border" (its nearest pixel) or "reflection".
    """
    import torch
    from torch.nn.functional import grid_sample

    given = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None, None]
    read = grid_sample(given, grid[None], mode="bilinear", padding_mode=beyond, align_corners=False)
    return np.asarray(read[0, 0].numpy())
