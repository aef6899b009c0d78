"""The interactive renderer: slab accumulation and one homography; for searching and dragging, not for numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.slab_volume import PADDING, SlabVolume, slab_volume
from bonedensity.geometry import RayGrid

OverRows = Callable[[int, Callable[[int, int], None]], None]
"""Runs work on blocks of rows, on one thread or several."""

OVERSAMPLING = 1.25
"""Plane pixels for each detector pixel along one axis: the warp then blurs little."""


class SlabProjector:
    """A volume laid out, once per viewing axis, for many quick projections.

    Args:
        array: (K, J, I), finite.
        box: (2, 3) first and one-past-last non-zero voxel (i, j, k).
        affine: 3x3, index step to mm.
        skip_empty: Leave out empty space; off only to compare identical work.
        oversampling: Plane pixels for each detector pixel along one axis.
    """

    def __init__(
        self,
        array: NDArray[np.float32],
        box: NDArray[np.int64],
        affine: NDArray[np.float64],
        *,
        skip_empty: bool = True,
        oversampling: float = OVERSAMPLING,
    ) -> None:
        self._array = array
        self._box = box
        self._affine = affine
        self._skip_empty = skip_empty
        self._oversampling = oversampling
        self._volumes: dict[int, SlabVolume] = {}

    def __call__(self, rays: RayGrid, factor: float, over_rows: OverRows) -> NDArray[np.float32] | None:
        """Integrals over mm times `factor`, or None where slabs cannot serve (another renderer must).

        Slabs serve divergent rays that all run the same way along one index axis, with the source outside the volume.

        Args:
            rays: In index space.
            factor: Multiplies the integrals.
            over_rows: How rows are shared among threads.
        """
        from bonedensity.drr import slab_kernels

        axis = slab_axis(rays)
        if axis is None:
            return None
        volume = self._laid_out(axis)
        a, b, m = volume.axes
        order = [a, b, m]
        per_pixel = np.stack([rays.end[:, 1], rays.end[:, 2], rays.end[:, 0] - rays.start[:, 0]], axis=1)
        source = rays.start[order, 0] - volume.origin + (PADDING, PADDING, 0)
        slabs = volume.voxels.shape[1]
        scale, offset = np.empty((slabs, 2), dtype=np.float32), np.empty((slabs, 2), dtype=np.float32)
        homography = np.empty((3, 3))
        shape = slab_kernels.plan_view(
            source, per_pixel[order], volume.voxels.shape, *volume.filled, (rays.rows, rays.columns),
            self._oversampling, scale, offset, homography,
        )  # fmt: skip
        if shape[0] < 0:
            return None
        if shape[0] == 0:
            return np.zeros((rays.rows, rays.columns), dtype=np.float32)
        plane = np.empty(shape, dtype=np.float32)
        out = np.empty((rays.rows, rays.columns), dtype=np.float32)
        over_rows(
            shape[0],
            lambda first, last: slab_kernels.accumulate_rows(
                volume.voxels, volume.first, volume.last, scale, offset, *volume.filled, plane, first, last
            ),
        )
        length = self._affine @ per_pixel
        over_rows(
            rays.rows,
            lambda first, last: slab_kernels.warp_rows(
                plane, homography, length, factor * volume.step, out, first, last
            ),
        )
        return out

    def _laid_out(self, axis: int) -> SlabVolume:
        if axis not in self._volumes:
            self._volumes[axis] = slab_volume(
                self._array, self._box, axis, skip_empty=self._skip_empty, sixteen_bit=True
            )
        return self._volumes[axis]


def slab_axis(rays: RayGrid) -> int | None:
    """The index axis that rays run along most; None for parallel rays, or where some run backwards along it.

    Args:
        rays: In index space.
    """
    if rays.start[:, 1:].any():
        return None
    u, v = rays.columns - 1, rays.rows - 1
    pixels = np.array([[1, 0, 0], [1, u, 0], [1, 0, v], [1, u, v]], dtype=np.float64)
    corners = pixels @ (rays.end - rays.start).T
    axis = int(np.argmax(np.abs(corners.sum(axis=0))))
    along = corners[:, axis]
    return axis if (along > 0).all() or (along < 0).all() else None
