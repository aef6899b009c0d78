"""An AP spine DXA as its display export holds it, on its own grid, and how it looks to the network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from bonedensity.errors import GeometryError, SpacingError
from bonedensity.generators.chvae.reading.resample import resized

WHITE = 252.0
"""Grey that is 1 for the network, as published. Lunar's export fills the margins that were not scanned with it."""

SMALLEST = 64
"""Rows and columns of the least crop."""

Crop = tuple[int, int, int, int]
"""First row, end row, first column, end column."""


@dataclass(frozen=True, slots=True, eq=False)
class DxaImage:
    """One display export.

    Attributes:
        array: Greys (rows, columns) float32, 0 to 255, bone bright.
        crop: What the network sees.
        pixel_mm: (row, column) where it is known.
        spacing_source: Where from, such as "user" or "ExposedArea".
        name: For messages; never a patient's name.
        notes: What the reader did or doubted.
    """

    array: NDArray[np.float32]
    crop: Crop
    pixel_mm: tuple[float, float] | None = None
    spacing_source: str = ""
    name: str = "DXA"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", np.ascontiguousarray(self.array, dtype=np.float32))

    @property
    def seen(self) -> NDArray[np.float32]:
        """The cropped greys, a view."""
        top, bottom, left, right = self.crop
        return self.array[top:bottom, left:right]

    def known_pixel_mm(self) -> tuple[float, float]:
        """(row, column) in mm.

        Raises:
            SpacingError: Not known.
        """
        if self.pixel_mm is None:
            raise SpacingError(
                f"“{self.name}” gives no pixel size, so nothing on it can be measured in mm: give it (Lunar iDXA "
                "exports have 0.25 mm)."
            )
        return self.pixel_mm

    def with_crop(self, crop: Crop) -> DxaImage:
        """The same image, of which the network sees another part.

        Raises:
            GeometryError: The crop is too small or reaches beyond the image.
        """
        top, bottom, left, right = crop
        rows, columns = self.array.shape
        inside = top >= 0 and bottom <= rows and left >= 0 and right <= columns
        if not inside or bottom - top < SMALLEST or right - left < SMALLEST:
            raise GeometryError(
                f"The crop {crop} does not fit “{self.name}” of {rows} x {columns} pixels: give first row, end row, "
                f"first column, end column, at least {SMALLEST} pixels apart."
            )
        return replace(self, crop=crop)


def unscanned(greys: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Margins filled with white: what hangs together with the left or right edge at the brightest grey."""
    pieces, _ = label(greys >= WHITE)
    at_edges = np.unique(pieces[:, [0, -1]])
    return np.isin(pieces, at_edges[at_edges > 0])


def without_margins(image: DxaImage) -> NDArray[np.float32]:
    """The cropped greys, 0 to 252, with margins black (rows, columns)."""
    return np.where(unscanned(image.seen), 0, np.clip(image.seen, 0, WHITE)).astype(np.float32)


def network_view(image: DxaImage, pixels: int) -> NDArray[np.float32]:
    """The cropped image as the network sees it: [0, 252] to [0, 1], margins black, resized (pixels, pixels).

    The aspect is not kept, as published.
    """
    return resized(without_margins(image) / WHITE, (pixels, pixels))


def on_own_grid(
    change: NDArray[np.floating], image: DxaImage, margins: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """A change that the network made (P, P), in shares of the grey range, as greys on the image's own grid.

    Nothing changes outside the crop and in margins that were not scanned.

    Args:
        change: (P, P).
        image: Whose grid.
        margins: What `unscanned` says of the crop, where it is known already: finding it takes as long as the rest.
    """
    full = np.zeros(image.array.shape, np.float32)
    top, bottom, left, right = image.crop
    grown = WHITE * resized(change, image.seen.shape)
    full[top:bottom, left:right] = np.where(unscanned(image.seen) if margins is None else margins, 0, grown)
    return full
