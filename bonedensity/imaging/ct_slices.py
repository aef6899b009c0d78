"""Slices of a CT in Hounsfield units, each with the rescaling of its own header."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.ct_series import CTSlice
from bonedensity.imaging.ct_stack import AIR_HU, SAME_POSITION_MM, Stack
from bonedensity.imaging.dicom_pixels import modality_values, stored_pixels
from bonedensity.imaging.dicom_tags import number, read_dicom
from bonedensity.progress import OnProgress, ShouldStop, stop_if_asked

NO_RESCALE_NOTE = "The file gives no rescaling to HU; the stored numbers were taken as HU."
"""Said once when a slice has neither slope nor intercept."""


def slice_hu(one: CTSlice, notes: set[str]) -> NDArray[np.generic]:
    """The slice in HU (rows, columns), int16 where that holds it exactly, else float32; padding becomes air.

    Raises:
        UnreadableFileError: No pixels, undecodable pixels, or a slope of zero.
    """
    dataset = read_dicom(one.path)
    stored = stored_pixels(dataset, one.path)
    slope = number(dataset, "RescaleSlope")
    if slope == 0:
        raise UnreadableFileError(f"“{one.path.name}” has a rescale slope of 0, which leaves no HU; export it again.")
    if slope is None and "ModalityLUTSequence" not in dataset:
        notes.add(NO_RESCALE_NOTE)
    values = modality_values(stored, dataset)
    values[_padding(stored, dataset)] = AIR_HU
    return compact_hu(values)


def compact_hu(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """The same numbers as int16 where they are whole and fit, else float32."""
    low, high = np.iinfo(np.int16).min, np.iinfo(np.int16).max
    if values.min() >= low and values.max() <= high:
        whole = values.astype(np.int16)
        if np.issubdtype(values.dtype, np.integer) or np.array_equal(whole, values):
            return whole
    return values.astype(np.float32)


def loaded(stack: Stack, notes: set[str], on_progress: OnProgress, should_stop: ShouldStop) -> NDArray[np.generic]:
    """All slices (K, J, I) in HU, in the order of the stack.

    Raises:
        UnreadableFileError: A slice that cannot be read.
        CancelledError: `should_stop` said so.
    """
    count = len(stack.slices)
    array: NDArray[np.generic] = np.empty((count, *stack.slices[0].shape), dtype=np.int16)
    for k, one in enumerate(stack.slices):
        stop_if_asked(should_stop)
        on_progress(k / count, f"Reading slice {k + 1} of {count}")
        values = slice_hu(one, notes)
        if values.dtype != array.dtype and array.dtype == np.int16:  # a fractional slope in this slice
            array = array.astype(np.float32)
        array[k] = values
    return array


def without_copies(stack: Stack, name: str) -> tuple[Stack, str]:
    """The stack with one slice at each position, and a note if exact copies were left out.

    Raises:
        UnreadableFileError: Two different slices at one position.
    """
    same = np.diff(stack.along) <= SAME_POSITION_MM
    if not same.any():
        return stack, ""
    for n in np.flatnonzero(same):
        if not np.array_equal(slice_hu(stack.slices[n], set()), slice_hu(stack.slices[n + 1], set())):
            axis = int(np.argmax(np.abs(stack.slices[n].normal)))
            raise UnreadableFileError(
                f"“{name}” holds two different slices at {'xyz'[axis]} = {stack.slices[n].position[axis]:.1f} mm, as "
                "when phases or reconstructions are mixed; export one of them alone."
            )
    kept = np.concatenate([[True], ~same])
    return stack.taking(kept), f"{int(same.sum())} slices that occur twice were left out once."


def _padding(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.bool_]:
    """True where the stored value is the header's padding, that is outside the field of view."""
    value = number(dataset, "PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    limit = number(dataset, "PixelPaddingRangeLimit")
    ends = [_as_stored(end, stored.dtype) for end in (value, value if limit is None else limit)]
    whole = stored.astype(np.int64)
    return np.asarray((whole >= min(ends)) & (whole <= max(ends)))


def _as_stored(value: float, dtype: np.dtype[np.generic]) -> int:
    """A header number in the pixels' type: many files write -2000 as 63536 and the other way round."""
    bits = dtype.itemsize * 8
    unsigned = int(value) & ((1 << bits) - 1)
    signed = np.issubdtype(dtype, np.signedinteger) and unsigned >= 1 << (bits - 1)
    return unsigned - (1 << bits) if signed else unsigned
