"""Where a picture on the screen shows which pixel of the X-ray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Region = tuple[int, int, int, int]
"""First column, first row, columns, rows of a part of the preview's grid."""

LEAST_PX = 24
"""Smaller parts are not worth showing."""

MARGIN_SHARE = 0.08
"""Room around the bones, share of their larger side."""


@dataclass(frozen=True, slots=True)
class PictureFrame:
    """A part of the preview, enlarged, in the middle of a widget.

    Attributes:
        widget: Its width and height on the screen.
        shown: Width and height of the picture in it.
        region: The part of the preview that is shown.
        factor: How many of the X-ray's pixels make one of the preview's.
    """

    widget: tuple[float, float]
    shown: tuple[float, float]
    region: Region
    factor: int = 1

    def to_xray(self, at: ArrayLike) -> NDArray[np.float64]:
        """The X-ray's pixel (u, v) at a point (x, y) of the widget; pixel centres are whole numbers."""
        return (self.to_preview(at) + 0.5) * self.factor - 0.5

    def to_preview(self, at: ArrayLike) -> NDArray[np.float64]:
        """The preview's pixel (u, v) at a point (x, y) of the widget."""
        first, size = np.array(self.region[:2]), np.array(self.region[2:])
        inside = np.asarray(at, dtype=np.float64) + 0.5 - self._corner
        return np.asarray(first + inside / np.array(self.shown) * size - 0.5)

    def from_xray(self, pixel: ArrayLike) -> NDArray[np.float64]:
        """The widget's point (x, y) of an X-ray's pixel (u, v)."""
        preview = (np.asarray(pixel, dtype=np.float64) + 0.5) / self.factor - 0.5
        first, size = np.array(self.region[:2]), np.array(self.region[2:])
        return np.asarray((preview + 0.5 - first) / size * np.array(self.shown) + self._corner - 0.5)

    @property
    def _corner(self) -> NDArray[np.float64]:
        return (np.array(self.widget) - np.array(self.shown)) / 2


def whole(shape: tuple[int, ...]) -> Region:
    """All of a preview (rows, columns)."""
    return 0, 0, shape[1], shape[0]


def around(mask: NDArray[np.bool_]) -> Region:
    """What surrounds the bones with a margin; all where there are none."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return whole(mask.shape)
    margin = MARGIN_SHARE * max(np.ptp(rows), np.ptp(columns)) + 1
    low = (columns[0] - margin, rows[0] - margin)
    return between(low, (columns[-1] + margin, rows[-1] + margin), mask.shape)


def between(first: ArrayLike, second: ArrayLike, shape: tuple[int, ...]) -> Region:
    """The part between two opposite corners (u, v) of a preview (rows, columns); all where that is tiny."""
    corners = np.stack([np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)])
    limit = np.array([shape[1], shape[0]])
    low = np.clip(np.floor(corners.min(axis=0)), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, 1, limit).astype(int)
    size = high - low
    if size.min() < LEAST_PX:
        return whole(shape)
    return int(low[0]), int(low[1]), int(size[0]), int(size[1])


def cut(picture: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """The part of a picture (rows, columns, ...)."""
    left, top, columns, rows = region
    return picture[top : top + rows, left : left + columns]
