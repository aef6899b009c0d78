"""Sums of bilinear samples along lines, slice by slice: the torch renderer's inner loop, with its derivatives.

The derivative with respect to the four numbers of each line is summed in the same pass, so that a backward pass needs
no sample again and no memory but four numbers a ray.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import grid_sample

Sampler = Callable[[Tensor, Tensor, Tensor, bool], tuple[Tensor, Tensor | None]]
"""(slices, at, ends, with derivatives) to sums and derivatives; see `sample_slices`."""


def line_sums(slices: Tensor, at: Tensor, ends: Tensor, sampler: Sampler) -> Tensor:
    """Sums of samples along lines; differentiable with respect to `at`.

    Args:
        slices: (S, Y, X) float32 or float16, zero outside.
        at: (M, 4) x0, y0, sx, sy in voxels: slice n is met at (x0 + n sx, y0 + n sy).
        ends: (M, 2) first and last n.
        sampler: Who sums.

    Returns:
        (M,) float32.
    """
    sums: Tensor = _LineSums.apply(at, ends, slices, sampler)
    return sums


class _LineSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, at: Tensor, ends: Tensor, slices: Tensor, sampler: Sampler) -> Tensor:
        sums, derivatives = sampler(slices, at.float().contiguous(), ends.float().contiguous(), at.requires_grad)
        if derivatives is not None:
            ctx.save_for_backward(derivatives)
        ctx.dtype = at.dtype
        return sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (derivatives,) = ctx.saved_tensors
        return (gradient.unsqueeze(1) * derivatives).to(ctx.dtype), None, None, None


def sample_slices(slices: Tensor, at: Tensor, ends: Tensor, with_derivatives: bool) -> tuple[Tensor, Tensor | None]:
    """The sampler that runs on every device: one 2-D `grid_sample` a slice.

    Args:
        slices: (S, Y, X) float32 or float16.
        at: (M, 4) float32.
        ends: (M, 2) float32.
        with_derivatives: Whether to sum derivatives too.

    Returns:
        (M,) sums of samples; and (M, 4) their derivatives with respect to `at`, or None. Both float32.
    """
    window = _window(slices, at, ends)
    seen = slices[:, window.top : window.bottom, window.left : window.right]
    per_voxel = at.new_tensor([2.0 / seen.shape[2], 2.0 / seen.shape[1]])  # grid_sample's image is [-1, 1] wide
    corner = at.new_tensor([window.left - 0.5, window.top - 0.5])
    place = ((at[:, :2] - corner) * per_voxel - 1.0).view(1, 1, -1, 2)
    slope = (at[:, 2:] * per_voxel).view(1, 1, -1, 2)
    sums, derivatives = _sweep(seen, range(window.first, window.end), place, slope, ends, with_derivatives)
    if derivatives is None:
        return sums.view(-1), None
    by_place, by_slope = (part.view(-1, 2) * per_voxel for part in derivatives)
    return sums.view(-1), torch.cat([by_place, by_slope], dim=1)


class _Window(NamedTuple):
    """The part of the slices that lines meet: what is not read costs nothing, and little stays in the cache."""

    first: int
    end: int
    top: int
    bottom: int
    left: int
    right: int


def _window(slices: Tensor, at: Tensor, ends: Tensor) -> _Window:
    count, rows, columns = slices.shape
    low, high = ends[:, 0].clamp(min=0), ends[:, 1].clamp(max=count - 1)
    both = torch.stack([at[:, :2] + low.unsqueeze(1) * at[:, 2:], at[:, :2] + high.unsqueeze(1) * at[:, 2:]])
    least, most = torch.floor(both.amin(dim=(0, 1))), torch.floor(both.amax(dim=(0, 1))) + 2
    numbers = torch.cat([torch.ceil(low.min()).view(1), torch.floor(high.max()).view(1) + 1, least, most]).tolist()
    first, end, left, top, right, bottom = (int(number) for number in numbers)
    left, right = _within(left, right, columns)
    top, bottom = _within(top, bottom, rows)
    return _Window(first, max(first, end), top, bottom, left, right)


def _within(low: int, high: int, size: int) -> tuple[int, int]:
    """[low, high) inside [0, size), never empty."""
    low = min(max(low, 0), size - 1)
    return low, min(max(high, low + 1), size)


def _sweep(
    slices: Tensor, numbers: range, place: Tensor, slope: Tensor, ends: Tensor, with_derivatives: bool
) -> tuple[Tensor, tuple[Tensor, Tensor] | None]:
    """Samples at `place + n slope` summed over slices n, with the sums of their derivatives by the two.

    Args:
        slices: (S, Y, X).
        numbers: The n to sum over.
        place: (1, 1, M, 2) in grid_sample's units.
        slope: (1, 1, M, 2).
        ends: (M, 2) first and last n of each line.
        with_derivatives: Whether to sum derivatives too.

    Returns:
        (1, 1, 1, M), and two (1, 1, M, 2) or None.
    """
    low, high = ends[:, 0], ends[:, 1]
    whole = bool((low <= numbers.start).all() & (high >= numbers.stop - 1).all())  # no ray ends inside the volume
    sums = place.new_zeros(1, 1, 1, place.shape[2])
    by_place, by_slope = torch.zeros_like(place), torch.zeros_like(place)
    grid = torch.empty_like(place)
    picture = place.new_empty(1, 1, *slices.shape[1:])  # read once in order, then sampled from the cache
    for n in numbers:
        picture.copy_(slices[n])
        torch.add(place, slope, alpha=n, out=grid)
        counted = None if whole else ((low <= n) & (n <= high)).to(torch.float32)
        if not with_derivatives:
            sample = grid_sample(picture, grid, align_corners=False)
            sums += sample if counted is None else sample * counted
            continue
        sample, slant = _sample_with_derivative(picture, grid, counted)
        sums += sample
        by_place += slant
        by_slope.add_(slant, alpha=n)
    return sums, (by_place, by_slope) if with_derivatives else None


def _sample_with_derivative(picture: Tensor, grid: Tensor, counted: Tensor | None) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        places = grid.detach().requires_grad_()
        sample = grid_sample(picture, places, align_corners=False)
        if counted is not None:
            sample = sample * counted
    (slant,) = torch.autograd.grad(sample, places, torch.ones_like(sample))
    return sample.detach(), slant
