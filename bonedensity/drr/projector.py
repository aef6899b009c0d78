"""A volume made ready for many projections: empty space left out, compiled kernels, all processors."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.device import require_torch
from bonedensity.drr.slab_projector import SlabProjector, on_this_thread
from bonedensity.drr.slabs import joseph_slabs
from bonedensity.errors import GeometryError, MissingDependencyError
from bonedensity.geometry import RayGrid

Backend = Literal["auto", "fast", "interactive", "exact", "numpy", "torch"]
"""fast: Joseph, compiled. interactive: slabs, compiled, for searching and dragging; where slabs cannot serve, fast.
exact: Siddon, compiled. numpy: Joseph without numba. torch: Joseph on a graphics card, see `drr.torch_renderer`.
auto: fast, else numpy."""

RowWork = Callable[[int, int], None]
"""Work on rows [first, last)."""

ROW_BLOCKS_PER_WORKER = 2
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
        MissingDependencyError: A renderer was asked for by name whose library (numba, torch) is not installed.
    """
    if backend == "torch":
        require_torch()
    if backend == "auto":
        if numba_available():
            return "fast"
        _say_slow()
        return "numpy"
    if backend in ("fast", "interactive", "exact") and not numba_available():
        raise MissingDependencyError(
            f"The “{backend}” renderer needs numba (pip install numba); “numpy” works without it, slower."
        )
    return backend


def searching_backend() -> Backend:
    """The renderer for images that are compared or dragged, thousands of times: the quickest there is."""
    return "interactive" if numba_available() else resolve_backend("auto")


def measuring_backend() -> Backend:
    """The renderer for images that carry a number: exact where numba is installed, else numpy."""
    return "exact" if numba_available() else resolve_backend("auto")


class Projector:
    """Integrates one array along rays, as often as asked; may be called from several threads at once.

    Args:
        array: (K, J, I), finite.
        index_to_patient: 4x4, (i, j, k) to LPS mm.
        factor: Multiplies the integral (value x mm).
        backend: Which renderer.
        threads: Threads for one projection; 1 where whole projections run side by side.
        skip_empty: Leave out empty space; off only to compare identical work.

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
        threads: int | None = None,
        skip_empty: bool = True,
    ) -> None:
        self.backend = resolve_backend(backend)
        self._index_from_patient = np.asarray(np.linalg.inv(index_to_patient), dtype=np.float64)
        self._affine = np.ascontiguousarray(index_to_patient[:3, :3])
        self._factor = factor
        self._threads = threads or os.cpu_count() or 1
        self._array = np.ascontiguousarray(array, dtype=np.float32)
        content = box_of_content(self._array)
        self._box = content if skip_empty else np.array([[0, 0, 0], array.shape[::-1]], dtype=np.int64)
        self._torch = _torch_projector(self._array, index_to_patient, factor) if self.backend == "torch" else None
        self._slabs = None
        if self.backend == "interactive":
            self._slabs = SlabProjector(self._array, self._box, self._affine, skip_empty=skip_empty)

    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        """The integrals along rays in the patient frame of the volume; (rows, columns) float32."""
        if self._torch is not None:
            return self._torch(rays)
        in_index = rays.moved(self._index_from_patient)
        if self.backend == "numpy":
            return joseph_slabs(self._array, in_index, self._affine) * np.float32(self._factor)
        if self._slabs is not None:
            image = self._slabs(in_index, self._factor, on_this_thread if self._threads == 1 else self._over_rows)
            if image is not None:
                return image
        out = np.empty((rays.rows, rays.columns), dtype=np.float32)
        self._over_rows(rays.rows, self._kernel(in_index, out))
        out *= np.float32(self._factor)
        return out

    def _kernel(self, rays: RayGrid, out: NDArray[np.float32]) -> RowWork:
        from bonedensity.drr import kernels, siddon

        if self.backend == "exact":
            strides = np.array([s // self._array.itemsize for s in self._array.strides[::-1]], dtype=np.int64)
            flat = self._array.reshape(-1)
            return lambda first, last: siddon.siddon_rows(
                flat, strides, self._box, rays.start, rays.end, self._affine, out, first, last
            )
        flat, strides = self._padded
        return lambda first, last: kernels.joseph_rows(
            flat, strides, self._box, rays.start, rays.end, self._affine, out, first, last
        )

    @cached_property
    def _padded(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The array with a border of zeros, flat, and its strides along (i, j, k)."""
        padded = np.pad(self._array, 1)
        strides = np.array([s // padded.itemsize for s in padded.strides[::-1]], dtype=np.int64)
        return padded.reshape(-1), strides

    def _over_rows(self, rows: int, work: RowWork) -> None:
        """Do the work on all rows, in blocks: this thread starts at once, others take blocks as they wake."""
        edges = np.unique(np.linspace(0, rows, self._threads * ROW_BLOCKS_PER_WORKER + 1).astype(int)).tolist()
        blocks = iter(list(itertools.pairwise(edges)))

        def take_blocks() -> None:
            for first, last in blocks:  # a list's iterator gives each block to one thread alone
                work(first, last)

        others = [_pool().submit(take_blocks) for _ in range(self._threads - 1)]
        take_blocks()
        for other in others:
            if not other.cancel():  # one that never woke has nothing left to do
                other.result()


def _torch_projector(
    array: NDArray[np.float32], index_to_patient: NDArray[np.float64], factor: float
) -> Callable[[RayGrid], NDArray[np.float32]]:
    from bonedensity.drr.torch_renderer import TorchProjector

    return TorchProjector(array, index_to_patient, factor=factor)


def box_of_content(array: NDArray[np.generic]) -> NDArray[np.int64]:
    """(2, 3): first and one-past-last non-zero voxel along (i, j, k)."""
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise GeometryError("The volume holds voxels that are not finite (NaN or infinite); replace them first.")
    box = np.empty((2, 3), dtype=np.int64)
    slice_of_all = np.any(array, axis=0)
    for axis, used in enumerate((slice_of_all.any(axis=0), slice_of_all.any(axis=1), np.any(array, axis=(1, 2)))):
        filled = np.flatnonzero(used)
        if filled.size == 0:
            raise GeometryError("There is nothing to project: every voxel is zero (an empty mask, or all air).")
        box[:, axis] = filled[0], filled[-1] + 1
    return box
