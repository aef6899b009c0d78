"""A volume made ready for many projections: empty space left out, compiled kernels, all processors."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.slabs import joseph_slabs
from bonedensity.errors import GeometryError, MissingDependencyError
from bonedensity.geometry import RayGrid

Backend = Literal["auto", "fast", "exact", "numpy"]
"""fast: Joseph, compiled. exact: Siddon, compiled. numpy: Joseph without numba. auto: fast, else numpy."""

ROW_BLOCKS_PER_WORKER = 4
"""Blocks of rows each worker gets: bones fill an image unevenly."""

logger = logging.getLogger(__name__)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="drr")


@cache
def numba_available() -> bool:
    """Whether the compiled renderers can be used."""
    return find_spec("numba") is not None


@cache
def _say_slow() -> None:
    logger.warning("numba is not installed: projecting with numpy, about 20 times slower (pip install numba).")


def resolve_backend(backend: Backend) -> Backend:
    """The renderer that will run.

    Raises:
        MissingDependencyError: A compiled renderer was asked for by name, but numba is not installed.
    """
    if backend == "auto":
        if numba_available():
            return "fast"
        _say_slow()
        return "numpy"
    if backend in ("fast", "exact") and not numba_available():
        raise MissingDependencyError(
            f"The “{backend}” renderer needs numba (pip install numba); “numpy” works without it, slower."
        )
    return backend


def measuring_backend() -> Backend:
    """The renderer for images that carry a number: exact where numba is installed, else numpy."""
    return "exact" if numba_available() else resolve_backend("auto")


class Projector:
    """Integrates one array along rays, as often as asked.

    Args:
        array: (K, J, I), finite.
        index_to_patient: 4x4, (i, j, k) to LPS mm.
        factor: Multiplies the integral (value x mm).
        backend: Which renderer.

    Raises:
        GeometryError: The array is not finite, or all zero (nothing to project).
    """

    def __init__(
        self,
        array: NDArray[np.float32],
        index_to_patient: NDArray[np.float64],
        *,
        factor: float = 1.0,
        backend: Backend = "auto",
    ) -> None:
        self.backend = resolve_backend(backend)
        self._index_from_patient = np.asarray(np.linalg.inv(index_to_patient), dtype=np.float64)
        self._affine = np.ascontiguousarray(index_to_patient[:3, :3])
        self._factor = np.float32(factor)
        box = _box_of_content(array)
        self._box = box
        if self.backend == "fast":
            padded = np.pad(np.asarray(array, dtype=np.float32), 1)
            self._strides = np.array([s // padded.itemsize for s in padded.strides[::-1]], dtype=np.int64)
            self._array = padded.reshape(-1)
        else:
            self._array = np.ascontiguousarray(array, dtype=np.float32)

    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        """The integrals along rays in the patient frame of the volume; (rows, columns) float32."""
        in_index = rays.moved(self._index_from_patient)
        if self.backend == "numpy":
            return joseph_slabs(self._array, in_index, self._affine) * self._factor
        out = np.empty((rays.rows, rays.columns), dtype=np.float32)
        _over_rows(rays.rows, self._kernel(in_index, out))
        out *= self._factor
        return out

    def _kernel(self, rays: RayGrid, out: NDArray[np.float32]) -> Callable[[int, int], None]:
        from bonedensity.drr import kernels

        if self.backend == "exact":
            return lambda first, last: kernels.siddon_rows(
                self._array, self._box, rays.start, rays.end, self._affine, out, first, last
            )
        return lambda first, last: kernels.joseph_rows(
            self._array, self._strides, self._box, rays.start, rays.end, self._affine, out, first, last
        )


def _over_rows(rows: int, work: Callable[[int, int], None]) -> None:
    workers = os.cpu_count() or 1
    edges = np.unique(np.linspace(0, rows, workers * ROW_BLOCKS_PER_WORKER + 1).astype(int)).tolist()
    for done in [_pool().submit(work, first, last) for first, last in itertools.pairwise(edges)]:
        done.result()


def _box_of_content(array: NDArray[np.generic]) -> NDArray[np.int64]:
    """(2, 3): first and one-past-last non-zero voxel along (i, j, k)."""
    if not np.isfinite(np.sum(array, dtype=np.float64)):
        raise GeometryError("The volume holds voxels that are not finite (NaN or infinite); replace them first.")
    box = np.empty((2, 3), dtype=np.int64)
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(np.any(array, axis=others))
        if filled.size == 0:
            raise GeometryError("There is nothing to project: every voxel is zero (an empty mask, or all air).")
        box[:, 2 - axis] = filled[0], filled[-1] + 1
    return box
