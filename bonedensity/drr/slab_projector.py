"""The interactive renderer: slab accumulation and one homography; for searching and dragging, not for numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.slab_volume import SlabVolume, slab_volume
from bonedensity.geometry import RayGrid

OverRows = Callable[[int, Callable[[int, int], None]], None]
"""Runs work on blocks of rows, on one thread or several."""

OVERSAMPLING = 1.0
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

    def __call__(self, rays: RayGrid, factor: float, over_rows: OverRows | None) -> NDArray[np.float32] | None:
        """Integrals over mm times `factor`, or None where slabs cannot serve (another renderer must).

        Slabs serve divergent rays that all run the same way along one index axis, with the source outside the volume.

        Args:
            rays: In index space.
            factor: Multiplies the integrals.
            over_rows: How rows are shared among threads; None does all on the calling thread in one go.
        """
        from bonedensity.drr import slab_kernels

        axis = slab_kernels.steepest_axis(rays.start, rays.end, rays.rows, rays.columns)
        if axis < 0:
            return None
        volume = self._laid_out(axis)
        source, directions, length = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
        slab_kernels.turn_view(
            rays.start, rays.end, volume.axes, volume.padded_origin, self._affine, source, directions, length
        )
        out = np.empty((rays.rows, rays.columns), dtype=np.float32)
        worth = factor * volume.step
        if over_rows is None:
            served = slab_kernels.project_alone(
                volume.voxels, volume.first, volume.last, *volume.filled, source, directions, length,
                self._oversampling, worth, out,
            )  # fmt: skip
            return out if served else None
        return self._shared_out(volume, source, directions, length, worth, out, over_rows)

    def _shared_out(
        self,
        volume: SlabVolume,
        source: NDArray[np.float64],
        directions: NDArray[np.float64],
        length: NDArray[np.float64],
        factor: float,
        out: NDArray[np.float32],
        over_rows: OverRows,
    ) -> NDArray[np.float32] | None:
        """The same with rows shared among threads: first those of the plane, then those of the detector."""
        from bonedensity.drr import slab_kernels

        slabs = volume.voxels.shape[1]
        scale, offset = np.empty((slabs, 2), dtype=np.float32), np.empty((slabs, 2), dtype=np.float32)
        homography = np.empty((3, 3))
        rows, columns = slab_kernels.plan_view(
            source, directions, volume.voxels.shape, *volume.filled, out.shape, self._oversampling,
            scale, offset, homography,
        )  # fmt: skip
        if rows < 0:
            return None
        if rows == 0:
            out[:] = 0
            return out
        plane = np.empty((rows, columns), dtype=np.float32)
        over_rows(
            rows,
            lambda first, last: slab_kernels.accumulate_rows(
                volume.voxels, volume.first, volume.last, scale, offset, *volume.filled, plane, first, last
            ),
        )
        over_rows(
            out.shape[0],
            lambda first, last: slab_kernels.warp_rows(plane, homography, length, factor, out, first, last),
        )
        return out

    def _laid_out(self, axis: int) -> SlabVolume:
        if axis not in self._volumes:
            self._volumes[axis] = slab_volume(
                self._array, self._box, axis, skip_empty=self._skip_empty, sixteen_bit=True
            )
        return self._volumes[axis]
