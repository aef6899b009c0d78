"""From the slices of a CT series to a regular grid: order, gaps, uneven spacing, tilted gantry."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.ct_series import CTSeries, CTSlice

AIR_HU = -1000
"""Air by definition of the Hounsfield unit; fills padding, and the corners left when slices are straightened."""

LARGEST_GAP = 1.5
"""A step between slices beyond this many median steps means that a slice is missing."""

EVEN_POSITION_MM = 0.06
"""Slices off a regular grid by less count as even: headers often round positions to 0.1 mm."""

EVEN_POSITION_SHARE = 0.1
"""The same as a share of the step, where steps are small."""

SAME_POSITION_MM = 1e-3
"""Slices closer than this lie at one position."""

SAME_DIRECTION = 1e-3
"""Largest difference between the direction cosines of two slices of one series."""

STRAIGHT_PIXELS = 0.1
"""Slices whose first pixels lie on a straight line along the normal to within this many pixels are not sheared."""

LARGEST_TILT_DEG = 35.0
"""No CT gantry tilts further; beyond it the positions in the headers are wrong."""

OFF_LINE_PIXELS = 0.5
"""Slices of a tilted gantry follow a straight line to within this many pixels; else positions are damaged."""

MOST_REFINEMENT = 4
"""Uneven slices are not resampled onto a grid with more than this many times as many slices."""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices in order along their normal.

    Attributes:
        slices: At least two, all alike in shape, direction and pixel spacing.
        origin: LPS mm of the first slice's first pixel.
        along: (N,) distance from the first slice along the normal (mm), increasing.
        across: (N, 2) distance of first pixels from the first slice's along its row axis and column axis (mm).
    """

    slices: tuple[CTSlice, ...]
    origin: NDArray[np.float64]
    along: NDArray[np.float64]
    across: NDArray[np.float64]

    @property
    def step(self) -> float:
        """Median distance between slices (mm)."""
        return float(np.median(np.diff(self.along)))

    @property
    def pixel(self) -> NDArray[np.float64]:
        """Pixel size (along the row, along the column) in mm."""
        return np.array(self.slices[0].spacing[::-1])

    @property
    def directions(self) -> NDArray[np.float64]:
        """3x3; columns are the row axis, the column axis and the normal."""
        first = self.slices[0]
        return np.stack([first.row_axis, first.column_axis, first.normal], axis=1)

    def taking(self, kept: NDArray[np.bool_]) -> Stack:
        """The slices where `kept` is True; the first must be."""
        slices = tuple(one for one, keep in zip(self.slices, kept, strict=True) if keep)
        return replace(self, slices=slices, along=self.along[kept], across=self.across[kept])


def stacked(series: CTSeries) -> Stack:
    """The slices sorted along their normal; several may share a position.

    Raises:
        UnreadableFileError: One slice only, or slices of different directions, sizes or pixel spacings.
    """
    slices = series.slices
    first = slices[0]
    if any(not _alike(first, other) for other in slices[1:]):
        raise UnreadableFileError(
            f"The slices of “{series.name}” differ in direction, size or pixel spacing; export the axial series alone."
        )
    positions = np.array([one.position for one in slices])
    order = np.argsort(positions @ first.normal, kind="stable")
    lowest = slices[order[0]]
    offsets = positions[order] - lowest.position
    if offsets[-1] @ first.normal <= SAME_POSITION_MM:
        raise UnreadableFileError(f"“{series.name}” holds one CT slice; a volume needs at least two.")
    across = offsets @ np.stack([first.row_axis, first.column_axis], axis=1)
    return Stack(tuple(slices[n] for n in order), lowest.position, offsets @ first.normal, across)


def refuse_gaps(stack: Stack, name: str) -> None:
    """Refuse slices where one is missing between two others.

    Raises:
        UnreadableFileError: Says where, in mm along the axis that the slices follow.
    """
    steps = np.diff(stack.along)
    widest = int(np.argmax(steps))
    if steps[widest] <= LARGEST_GAP * stack.step:
        return
    axis = int(np.argmax(np.abs(stack.slices[0].normal)))
    low, high = sorted(stack.slices[n].position[axis] for n in (widest, widest + 1))
    raise UnreadableFileError(
        f"“{name}” lacks a slice between {'xyz'[axis]} = {low:.1f} and {high:.1f} mm (a step of {steps[widest]:.2f} mm "
        f"where others are {stack.step:.2f} mm); export the whole series."
    )


def straightened(array: NDArray[np.generic], stack: Stack, name: str) -> tuple[NDArray[np.generic], Stack, str]:
    """Slices moved across, linearly, until their first pixels lie on the normal; with a note, empty if none was moved.

    The grid grows by the shift, so that nothing is cut off; the new corners hold air.

    Raises:
        UnreadableFileError: The slices do not lie on a straight line, or are tilted more than any gantry.
    """
    shift = stack.across / stack.pixel
    if np.abs(shift).max() <= STRAIGHT_PIXELS:
        return array, stack, ""
    line = stack.across[-1] / stack.along[-1]
    off_line = (stack.across - np.outer(stack.along, line)) / stack.pixel
    tilt = float(np.degrees(np.arctan(np.linalg.norm(line))))
    if np.abs(off_line).max() > OFF_LINE_PIXELS or tilt > LARGEST_TILT_DEG:
        raise UnreadableFileError(
            f"The slices of “{name}” do not follow one straight line, as those of a tilted gantry would; their "
            "positions are damaged: export the series again."
        )
    low = np.floor(shift.min(axis=0)).astype(int)
    grown = np.ceil(shift.max(axis=0)).astype(int) - low
    moved = np.stack([_moved(one, offset - low, grown) for one, offset in zip(array, shift, strict=True)])
    origin = stack.origin + stack.directions[:, :2] @ (low * stack.pixel)
    note = f"The gantry was tilted by {tilt:.1f}°: the slices were resampled onto a straight grid."
    return moved, replace(stack, origin=origin, across=np.zeros_like(stack.across)), note


def evened(array: NDArray[np.generic], stack: Stack, name: str) -> tuple[NDArray[np.generic], float, str]:
    """Slices at one even step, that step (mm), and a note, empty if they were even already.

    Uneven ones are interpolated linearly at the smallest step that occurs.

    Raises:
        UnreadableFileError: So uneven that slices of several scans must be mixed.
    """
    count = len(stack.along)
    even = np.linspace(0.0, stack.along[-1], count)
    if np.abs(stack.along - even).max() <= min(EVEN_POSITION_MM, EVEN_POSITION_SHARE * stack.step):
        return array, float(even[1]), ""
    steps = np.diff(stack.along)
    smallest = float(steps.min())
    wanted = smallest * np.arange(int(stack.along[-1] / smallest + 1e-6) + 1)
    if len(wanted) > MOST_REFINEMENT * count:
        raise UnreadableFileError(
            f"The slices of “{name}” lie {smallest:.2f} to {steps.max():.2f} mm apart, as when two scans are mixed; "
            "export one scan alone."
        )
    below = np.clip(np.searchsorted(stack.along, wanted, side="right") - 1, 0, count - 2)
    weight = np.clip((wanted - stack.along[below]) / steps[below], 0.0, 1.0)
    result = np.empty((len(wanted), *array.shape[1:]), dtype=array.dtype)
    for n, (k, w) in enumerate(zip(below, weight, strict=True)):
        result[n] = _as_type((1 - w) * array[k] + w * array[k + 1], array.dtype)
    note = (
        f"The slices lie {smallest:.2f} to {steps.max():.2f} mm apart: they were interpolated to an even "
        f"{smallest:.2f} mm."
    )
    return result, smallest, note


def _alike(first: CTSlice, other: CTSlice) -> bool:
    return (
        first.shape == other.shape
        and bool(np.allclose(first.spacing, other.spacing, rtol=SAME_DIRECTION))
        and bool(np.abs(first.row_axis - other.row_axis).max() <= SAME_DIRECTION)
        and bool(np.abs(first.column_axis - other.column_axis).max() <= SAME_DIRECTION)
    )


def _moved(image: NDArray[np.generic], by: NDArray[np.float64], grown: NDArray[np.int_]) -> NDArray[np.generic]:
    """One slice on a grid grown by (columns, rows), its content moved by that many pixels, at least 0 and linearly."""
    canvas = np.pad(image.astype(np.float32), ((0, grown[1]), (0, grown[0])), constant_values=AIR_HU)
    return _as_type(ndimage.shift(canvas, (by[1], by[0]), order=1, mode="constant", cval=AIR_HU), image.dtype)


def _as_type(values: NDArray[np.generic], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    return (np.rint(values) if np.issubdtype(dtype, np.integer) else values).astype(dtype)
