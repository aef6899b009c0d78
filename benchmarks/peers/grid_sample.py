"""What one writes in PyTorch in an afternoon: rays clipped to the volume, `grid_sample`, a sum. Our own reference."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import grid_sample

from bonedensity.geometry import RayGrid
from peers.pinhole import samples_for_one_voxel_steps

RAYS_AT_ONCE = 16384
"""Keeps the samples of one block (times 16 bytes) near 100 MB; larger blocks are not faster."""


class GridSample:
    def __init__(self, array: NDArray[np.float32], index_to_patient: NDArray[np.float64]) -> None:
        self._shape, self._affine = array.shape, index_to_patient
        self._volume = torch.tensor(np.asarray(array, dtype=np.float32))[None, None]
        self._size = torch.tensor(array.shape[::-1], dtype=torch.float32)
        self._samples = 0

    @torch.inference_mode()
    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        if not self._samples:
            self._samples = samples_for_one_voxel_steps(rays, self._shape, self._affine)
        start, end = (torch.from_numpy(x).float() for x in rays.moved(np.linalg.inv(self._affine)).ends())
        d = (end - start).reshape(-1, 3)
        p = start.reshape(-1, 3)
        a, b = (-0.5 - p) / d, (self._size - 0.5 - p) / d
        first = torch.minimum(a, b).amax(1).clamp(0, 1)
        last = torch.maximum(torch.maximum(a, b).amin(1).clamp(0, 1), first)
        step = (last - first) / self._samples
        middle = torch.arange(self._samples) + 0.5
        total = torch.empty(len(d))
        for part in torch.arange(len(d)).split(RAYS_AT_ONCE):
            t = first[part, None] + step[part, None] * middle
            at = p[part, None] + t[..., None] * d[part, None]
            grid = (2 * at + 1) / self._size - 1
            total[part] = grid_sample(self._volume, grid[None, None], align_corners=False)[0, 0, 0].sum(1)
        length = d @ torch.from_numpy(self._affine[:3, :3].T.copy()).float()
        return (total * step * length.norm(dim=1)).reshape(rays.rows, rays.columns).numpy()
