"""The torch renderer's inner loop as one Triton kernel, for CUDA devices; see `torch_sampling.sample_slices`.

One program sums a tile of rays, of any poses, over all slices. Derivatives are summed in the same pass.
"""

# Triton reads the annotations of a kernel, so its arguments carry none of ours.
# ruff: noqa: ANN001, ANN202
from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

TILE = 128
"""Rays of one program."""

MOST_VOXELS = 2**31 - 1
"""Places in the volume are counted in 32 bits."""


@triton.jit
def _sum_tile(  # type: ignore[no-untyped-def]
    slices,  # (S, Y, X) float32 or float16
    at,  # (M, 4) float32: x0, y0, sx, sy
    ends,  # (M, 2) float32: first and last n
    sums,  # (M,) float32, written
    derivatives,  # (M, 4) float32, written where WITH_DERIVATIVES
    lines,  # M
    count,  # S
    rows,  # Y
    columns,  # X
    slice_step,
    row_step,
    column_step,  # elements from one slice, row and column to the next
    WITH_DERIVATIVES: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
):
    line = tl.program_id(0) * TILE + tl.arange(0, TILE)
    here = line < lines
    x0 = tl.load(at + 4 * line, mask=here, other=0.0)
    y0 = tl.load(at + 4 * line + 1, mask=here, other=0.0)
    sx = tl.load(at + 4 * line + 2, mask=here, other=0.0)
    sy = tl.load(at + 4 * line + 3, mask=here, other=0.0)
    low = tl.load(ends + 2 * line, mask=here, other=1e9)  # a line that is not here has no slice
    high = tl.load(ends + 2 * line + 1, mask=here, other=-1e9)
    total = tl.zeros((TILE,), dtype=tl.float32)
    by_x = tl.zeros((TILE,), dtype=tl.float32)
    by_y = tl.zeros((TILE,), dtype=tl.float32)
    by_sx = tl.zeros((TILE,), dtype=tl.float32)
    by_sy = tl.zeros((TILE,), dtype=tl.float32)
    for n in range(0, count):
        x = x0 + n * sx
        y = y0 + n * sy
        inside = (low <= n) & (n <= high) & (x > -1.0) & (x < columns) & (y > -1.0) & (y < rows)
        left, top = tl.floor(x), tl.floor(y)
        fx, fy = x - left, y - top
        i, j = left.to(tl.int32), top.to(tl.int32)
        place = slices + n * slice_step + j * row_step + i * column_step
        in_left, in_right = inside & (i >= 0), inside & (i + 1 < columns)
        in_top, in_bottom = j >= 0, j + 1 < rows
        v00 = tl.load(place, mask=in_left & in_top, other=0.0).to(tl.float32)
        v01 = tl.load(place + column_step, mask=in_right & in_top, other=0.0).to(tl.float32)
        v10 = tl.load(place + row_step, mask=in_left & in_bottom, other=0.0).to(tl.float32)
        v11 = tl.load(place + row_step + column_step, mask=in_right & in_bottom, other=0.0).to(tl.float32)
        upper, lower = v00 + fx * (v01 - v00), v10 + fx * (v11 - v10)
        total += upper + fy * (lower - upper)
        if WITH_DERIVATIVES:
            slant_x = (v01 - v00) + fy * ((v11 - v10) - (v01 - v00))
            slant_y = lower - upper
            by_x += slant_x
            by_y += slant_y
            by_sx += n * slant_x
            by_sy += n * slant_y
    tl.store(sums + line, total, mask=here)
    if WITH_DERIVATIVES:
        tl.store(derivatives + 4 * line, by_x, mask=here)
        tl.store(derivatives + 4 * line + 1, by_y, mask=here)
        tl.store(derivatives + 4 * line + 2, by_sx, mask=here)
        tl.store(derivatives + 4 * line + 3, by_sy, mask=here)


def sample_slices_with_triton(
    slices: Tensor, at: Tensor, ends: Tensor, with_derivatives: bool
) -> tuple[Tensor, Tensor | None]:
    """As `torch_sampling.sample_slices`: (M,) sums and (M, 4) derivatives or None, float32."""
    from bonedensity.drr.torch_sampling import sample_slices

    if slices.numel() > MOST_VOXELS:
        return sample_slices(slices, at, ends, with_derivatives)
    lines = at.shape[0]
    sums = torch.empty(lines, dtype=torch.float32, device=at.device)
    derivatives = torch.empty((lines, 4), dtype=torch.float32, device=at.device) if with_derivatives else None
    kernel: Any = _sum_tile
    kernel[((lines + TILE - 1) // TILE,)](
        slices, at, ends, sums, sums if derivatives is None else derivatives,
        lines, *slices.shape, *slices.stride(),
        WITH_DERIVATIVES=with_derivatives, TILE=TILE,
    )  # fmt: skip
    return sums, derivatives
