"""Thick slices of a CT, in which rods stand out of the noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.imaging import Volume

SLAB_MM = 6.0
"""Thickness of a slab: thin enough that a rod tilted by 15 degrees stays round."""

SMOOTHING_MM = 1.0
"""Standard deviation of the smoothing within a slab."""

DENSE_HU = -300.0
"""Body, table and phantom; air is below."""


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """The mean of a few neighbouring slices, smoothed.

    Attributes:
        hu: (rows, columns).
        spacing_mm: Of rows and columns.
        first_row: Row of the whole slice at which this part starts.
        slice_index: Middle of the slab along the slice axis (index of the volume, may be a half).
    """

    hu: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    first_row: int
    slice_index: float


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """A CT as slices across the patient, whatever the order of its axes.

    Attributes:
        ct: The volume.
        axes: Index axes (0 for i, 1 for j, 2 for k) of slices, rows and columns; rows run front to back.
    """

    ct: Volume
    axes: tuple[int, int, int]

    @classmethod
    def of(cls, ct: Volume) -> Stack:
        """Slices along the index axis nearest to patient feet-head."""
        directions = np.abs(ct.index_to_patient[:3, :3] / ct.spacing)
        slices = int(np.argmax(directions[2]))
        rows, columns = sorted((a for a in range(3) if a != slices), key=lambda a: -directions[1, a])
        return cls(ct, (slices, rows, columns))

    @property
    def array(self) -> NDArray[np.generic]:
        """(slices, rows, columns), a view."""
        return np.transpose(self.ct.array, [2 - axis for axis in self.axes])

    @property
    def spacing(self) -> NDArray[np.float64]:
        """Of slices, rows and columns (mm)."""
        return self.ct.spacing[list(self.axes)]

    def to_patient(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 3) slice, row, column to LPS mm."""
        indices = np.empty_like(positions)
        indices[..., list(self.axes)] = positions
        return self.ct.to_patient(indices)

    def from_patient(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 3) LPS mm to slice, row, column."""
        return self.ct.to_index(points)[..., list(self.axes)]

    def halves(self) -> tuple[slice, slice]:
        """Rows behind the body's middle, and rows before it."""
        step = [max(1, n // 64) for n in self.array.shape]
        coarse = np.asarray(self.array[:: step[0], :: step[1], :: step[2]]) > DENSE_HU
        filled = np.flatnonzero(coarse.any(axis=(0, 2)))
        count = self.array.shape[1]
        middle = (
            count // 2 if not len(filled) else int(np.average(np.arange(coarse.shape[1]), weights=coarse.sum((0, 2))))
        )
        middle = middle * step[1] if len(filled) else middle
        back_is_last = self.ct.index_to_patient[1, self.axes[1]] > 0
        after, before = slice(middle, count), slice(0, middle + 1)
        return (after, before) if back_is_last else (before, after)

    def slabs(self, rows: slice) -> Iterator[Slab]:
        """Slabs of some rows, one after the other."""
        thick = max(1, round(SLAB_MM / float(self.spacing[0])))
        row_mm, column_mm = float(self.spacing[1]), float(self.spacing[2])
        for start in range(0, self.array.shape[0], thick):
            block = np.asarray(self.array[start : start + thick, rows], dtype=np.float32)
            mean = block.mean(axis=0)
            smooth = gaussian_filter(mean, (SMOOTHING_MM / row_mm, SMOOTHING_MM / column_mm))
            yield Slab(smooth, (row_mm, column_mm), rows.start, start + (len(block) - 1) / 2)
