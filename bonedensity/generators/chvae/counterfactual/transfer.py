"""How the network comes to see a user's image, and how what it changes comes back to it: in the image's own frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage, network_view, on_own_grid, unscanned

Sizes = tuple[float, float]
"""By what widths and heights grow."""


class Transfer(Protocol):
    """Between one image and the network.

    Attributes:
        view: What the network sees (P, P) in [0, 1].
        notes: What a user should know of it.
    """

    view: NDArray[np.float32]
    notes: tuple[str, ...]

    def added(self, change: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """Greys by which the image changes (rows, columns) when the view changes by (P, P) and bodies grow."""

    def put(self, picture: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """Greys by which the image changes where the network's picture (P, P) stands in its place."""

    def carried(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Values of the view (P, P), shares of the grey range, as greys on the image's grid."""

    def again(self, shown: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """The view of an image that this one has become."""


class ImageTransfer:
    """The network sees the crop as it lies, and its change is brought to the image's grid by resizing.

    Args:
        image: The user's.
        pixels: Rows and columns of the view.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, image: DxaImage, pixels: int) -> None:
        self._image, self._margins = image, unscanned(image.seen)
        self.view = network_view(image, pixels)

    def added(self, change: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """See `Transfer`; how far bodies grow is part of the change."""
        return self.carried(change)

    def put(self, picture: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """See `Transfer`."""
        inside = self.carried(np.ones_like(picture)) > 0
        return np.where(inside, self.carried(picture) - np.minimum(self._image.array, WHITE), 0).astype(np.float32)

    def carried(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """See `Transfer`."""
        return on_own_grid(values, self._image, self._margins)

    def again(self, shown: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """See `Transfer`."""
        return network_view(replace(self._image, array=np.asarray(shown, np.float32)), len(self.view))


def growth(before: Mapping[str, float], after: Mapping[str, float], names: Sequence[str]) -> Sizes:
    """By what widths and heights grow from some attributes to others.

    Area is width times height; where it changes otherwise than they do, both take an equal part of what is left.

    Args:
        before: Attributes of the person.
        after: Under the intervention.
        names: Width, height and area; those that the graph lacks stay.
    """
    width, height, area = (after[n] / before[n] if n in before and n in after else 1.0 for n in names)
    rest = (area / (width * height)) ** 0.5 if names[2] in after else 1.0
    return width * rest, height * rest
