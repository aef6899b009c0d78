"""A window seen turned, stretched, sheared and bent: other postures and other people's shapes of the same person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

from bonedensity.segmentation.unet.config import Window
from bonedensity.segmentation.unet.draw import Field
from bonedensity.segmentation.unet.patch import Patch

TURN_DEG = 12.0
"""Standard deviation of the turn about each axis."""

STRETCH, WIDER, SHEAR = 0.12, 0.06, 0.04
"""Standard deviations: of the logarithm of the size, of its differences between the axes, of the shear."""

LARGEST_BEND_VOXELS = 2.3
BEND_EVERY_VOXELS = 20
"""Displacements (standard deviation drawn up to that many voxels) at nodes so far apart, straight between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """How a window is seen.

    Attributes:
        matrix: 3x3, from offsets in the window to offsets in the body.
        nodes: Displacements (3, …) in voxels at the nodes of a coarse grid over the window.
    """

    matrix: NDArray[np.float64]
    nodes: NDArray[np.float64]


def draw_bend(window: Window, rng: np.random.Generator) -> Bend:
    """A random posture and shape."""
    turn = Rotation.from_rotvec(np.radians(rng.normal(0, TURN_DEG, 3))).as_matrix()
    form = np.eye(3) + np.triu(rng.normal(0, SHEAR, (3, 3)), 1)
    sizes = np.exp(rng.normal(0, STRETCH) + rng.normal(0, WIDER, 3))
    count = [2 + n // BEND_EVERY_VOXELS for n in window]
    return Bend(turn @ form @ np.diag(sizes), rng.uniform(0, LARGEST_BEND_VOXELS) * rng.normal(size=(3, *count)))


def bent(
    hu: NDArray[np.floating],
    bones: NDArray[np.uint8],
    field: Field,
    corner: NDArray[np.int64],
    window: Window,
    bend: Bend,
) -> Patch:
    """The window at `corner`, seen through a bend; beyond the field its edge is repeated.

    Args:
        hu: (R, A, S) of the whole case.
        bones: Channel numbers, the same shape.
        field: What the scan covers.
        corner: First voxel of the window.
        window: Its size.
        bend: How it is seen.
    """
    at = _positions(corner, window, bend)
    flat = at.reshape(3, -1)
    low = np.clip(np.floor(flat.min(dim=1).values.numpy()).astype(int), field.low, field.high - 1)
    high = np.clip(np.ceil(flat.max(dim=1).values.numpy()).astype(int) + 1, low + 1, field.high)
    block = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    size = torch.tensor(high - low, dtype=torch.float32)[:, None, None, None]
    start = torch.tensor(low, dtype=torch.float32)[:, None, None, None]
    grid = ((2 * (at - start) + 1) / size - 1).flip(0).movedim(0, -1)[None]
    return Patch(_seen(hu[block], grid, "bilinear"), _seen(bones[block], grid, "nearest").long())


def _positions(corner: NDArray[np.int64], window: Window, bend: Bend) -> Tensor:
    """Where in the case (3, R, A, S; voxels) each voxel of the window looks."""
    axes = [torch.arange(n, dtype=torch.float32) - (n - 1) / 2 for n in window]
    matrix = torch.from_numpy(bend.matrix).float()
    at = interpolate(torch.from_numpy(bend.nodes).float()[None], size=window, mode="trilinear", align_corners=True)[0]
    for axis, along in enumerate(axes):
        shape = [3, 1, 1, 1]
        shape[axis + 1] = len(along)
        at += (matrix[:, axis, None] * along).reshape(shape)
    middle = torch.tensor(corner + (np.array(window) - 1) / 2, dtype=torch.float32)
    return at + middle[:, None, None, None]


def _seen(block: NDArray[np.generic], grid: Tensor, mode: str) -> Tensor:
    image = torch.from_numpy(np.ascontiguousarray(block).astype(np.float32))[None, None]
    return grid_sample(image, grid, mode=mode, padding_mode="border", align_corners=False)[0]
