"""Rays in index space as lines over the slices of their steepest axis, in torch and differentiable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

SLICE_AXES = {0: (1, 2), 1: (0, 2), 2: (0, 1)}
"""Steepest index axis (i, j, k) to the axes (x, y) of its slices; x is the one nearest in memory."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Some of a block's rays, all steepest along one axis: on slice n a ray is at (x0 + n sx, y0 + n sy).

    Attributes:
        axis: Index axis 0, 1 or 2 (i, j, k) that slices are perpendicular to.
        which: (M,) places of these rays in the block.
        at: (M, 4) x0, y0, sx, sy in voxels; differentiable.
        ends: (M, 2) first and last n between the ray's ends, not rounded.
        weight: (M,) mm along the ray from one slice to the next; differentiable.
    """

    axis: int
    which: Tensor
    at: Tensor
    ends: Tensor
    weight: Tensor


def block_rays(start: Tensor, end: Tensor, rows: tuple[int, int], columns: int) -> tuple[Tensor, Tensor]:
    """Starts and directions of the rays of whole rows of pixels.

    Args:
        start: (B, 3, 3) as `RayGrid.start`, one for each pose.
        end: (B, 3, 3) as `RayGrid.end`.
        rows: First and one past the last row.
        columns: Columns of the image.

    Returns:
        Two (3, N), N = B x rows x columns: where rays start, and from there to their far ends.
    """
    v = torch.arange(*rows, device=start.device, dtype=start.dtype).view(-1, 1)
    u = torch.arange(columns, device=start.device, dtype=start.dtype)

    def over_pixels(sides: Tensor) -> Tensor:
        at_zero, per_u, per_v = sides.transpose(0, 1).unsqueeze(-1).unsqueeze(-1).unbind(2)
        return (at_zero + per_v * v + per_u * u).reshape(3, -1)

    return over_pixels(start), over_pixels(end - start)


def lines_of(start: Tensor, direction: Tensor, affine: Tensor, size: tuple[int, int, int]) -> Iterator[Lines]:
    """The rays that meet the volume, axis by axis.

    Args:
        start: (3, N) index space.
        direction: (3, N).
        affine: 3x3, index step to mm.
        size: Voxels along (i, j, k).
    """
    steepest = direction.detach().abs().argmax(dim=0)
    for axis in torch.unique(steepest).tolist():
        which = torch.nonzero(steepest == axis).squeeze(1)
        if len(which) < len(steepest):
            start_here, step = start[:, which], direction[:, which]
        else:
            start_here, step = start, direction
        at, ends = _placed(start_here, step, axis)
        meets = _meets(at.detach(), ends.detach(), axis, size)
        which = which[meets]
        if which.numel():
            mm = (affine.unsqueeze(2) * step.unsqueeze(0)).sum(dim=1)
            weight = torch.linalg.vector_norm(mm, dim=0) / step[axis].abs()
            yield Lines(axis, which, at[meets], ends.detach()[meets], weight[meets])


def _placed(start: Tensor, direction: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """(M, 4) x0, y0, sx, sy and (M, 2) first and last n."""
    x, y = SLICE_AXES[axis]
    slope_x, slope_y = direction[x] / direction[axis], direction[y] / direction[axis]
    near, far = start[axis], start[axis] + direction[axis]
    at = torch.stack([start[x] - near * slope_x, start[y] - near * slope_y, slope_x, slope_y], dim=1)
    return at, torch.stack([torch.minimum(near, far), torch.maximum(near, far)], dim=1)


def _meets(at: Tensor, ends: Tensor, axis: int, size: tuple[int, int, int]) -> Tensor:
    """(M,) whether a ray comes within a voxel of the volume; some that pass its corners count too."""
    low, high = ends[:, 0].clamp(min=0.0), ends[:, 1].clamp(max=size[axis] - 1.0)
    meets = torch.ceil(low) <= torch.floor(high)
    for place, across in enumerate(SLICE_AXES[axis]):
        one, other = at[:, place] + low * at[:, place + 2], at[:, place] + high * at[:, place + 2]
        meets &= (torch.maximum(one, other) > -1) & (torch.minimum(one, other) < size[across])
    return meets
