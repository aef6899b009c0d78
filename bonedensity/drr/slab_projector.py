"""The interactive renderer: slab accumulation and one homography; for searching and dragging, not for numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.slab_accumulator import accumulator
from bonedensity.drr.slab_volume import OverRows, SlabVolume, slab_volume
from bonedensity.geometry import RayGrid

OVERSAMPLING = 1.25
"""Plane pixels for each detector pixel along one axis: the worst pixel is then within 3 % of Joseph's."""

VOXELS_WORTH_SHARING = 500_000
"""Below this content one thread is done (0.1 ms) before another wakes."""

PIXELS_WORTH_SHARING = 40_000
"""The same for the detector's pixels."""


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
        self._how = accumulator()
        self._volumes: dict[int, SlabVolume] = {}

    def __call__(self, rays: RayGrid, factor: float, over_rows: OverRows) -> NDArray[np.float32] | None:
        """Integrals over mm times `factor`, or None where slabs cannot serve (another renderer must).

        Slabs serve divergent rays that all run the same way along one index axis, with the source outside the volume.

        Args:
            rays: In index space.
            factor: Multiplies the integrals.
            over_rows: How rows are shared among threads.
        """
        from bonedensity.drr import slab_plan

        axis = slab_plan.steepest_axis(rays.start, rays.end, rays.rows, rays.columns)
        if axis < 0:
            return None
        volume = self._laid_out(axis, over_rows)
        source, directions, length = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
        slab_plan.turn_view(
            rays.start, rays.end, volume.axes, volume.padded_origin, self._affine, source, directions, length
        )
        out = np.empty((rays.rows, rays.columns), dtype=np.float32)
        served = self._fill(volume, source, directions, length, factor * volume.step / self._how.worth, out, over_rows)
        return out if served else None

    def _fill(
        self,
        volume: SlabVolume,
        source: NDArray[np.float64],
        directions: NDArray[np.float64],
        length: NDArray[np.float64],
        factor: float,
        out: NDArray[np.float32],
        over_rows: OverRows,
    ) -> bool:
        """First all rows of the plane, then those of the detector; False where slabs cannot serve."""
        from bonedensity.drr.slab_lanes import ROWS, SAMPLES
        from bonedensity.drr.slab_plan import plan_view
        from bonedensity.drr.slab_warp import warp_rows

        slabs = volume.voxels.shape[1]
        scale, offset = np.empty((slabs, 2), dtype=np.float32), np.empty((slabs, 2), dtype=np.float32)
        homography = np.empty((3, 3))
        rows, columns = plan_view(
            source, directions, volume.used_shape, *volume.filled, out.shape, self._oversampling,
            scale, offset, homography,
        )  # fmt: skip
        if rows <= 0:
            out[:] = 0
            return rows == 0
        groups = -(-rows // ROWS)
        plane = np.empty((groups * ROWS, -(-columns // SAMPLES) * SAMPLES), dtype=self._how.dtype)
        (over_rows if volume.content >= VOXELS_WORTH_SHARING else on_this_thread)(
            groups,
            lambda first, last: self._how.rows(
                volume.voxels, volume.first, volume.last, scale, offset, *volume.filled,
                plane, ROWS * first, ROWS * last,
            ),
        )  # fmt: skip
        (over_rows if out.size >= PIXELS_WORTH_SHARING else on_this_thread)(
            out.shape[0], lambda first, last: warp_rows(plane, homography, length, factor, out, first, last)
        )
        return True

    def _laid_out(self, axis: int, over_rows: OverRows) -> SlabVolume:
        if axis not in self._volumes:
            self._volumes[axis] = slab_volume(
                self._array, self._box, axis, skip_empty=self._skip_empty, over_rows=over_rows
            )
        return self._volumes[axis]


def on_this_thread(rows: int, work: Callable[[int, int], None]) -> None:
    """All rows in one go."""
    work(0, rows)
