"""Between a user's image and the network that sees it in the spine's frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.alignment.grain import without_grain
from bonedensity.generators.chvae.alignment.sampling import grid_of, pixel_shares, places, read_at
from bonedensity.generators.chvae.alignment.spine_frame import movement, resized_corners, to_frame
from bonedensity.generators.chvae.alignment.view import canonical_view, usable_corners
from bonedensity.generators.chvae.counterfactual.transfer import Sizes
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage, unscanned, without_margins

FADING = 0.06
"""Share of the frame, along its sides, in which a change falls to nothing."""

SAME = 1e-6
"""Growth below which nothing is moved."""


class SpineTransfer:
    """The network sees the spine with its corners where all spines have them.

    What it changes is carried back along the same map and added. Then, where bodies grow, the sum is read where it was
    before, so that an edge stays as sharp as it was taken; counting noise alone stays in its place.

    Args:
        image: The user's.
        corners: Of L1 to L4, as shares of the crop's columns and rows (16, 2).
        pixels: Rows and columns of the view.
    """

    def __init__(self, image: DxaImage, corners: NDArray[np.floating], pixels: int) -> None:
        self._image, self._margins = image, unscanned(image.seen)
        self._corners, said = usable_corners(corners)
        self.notes: tuple[str, ...] = (said,) if said else ()
        self.view = canonical_view(image, self._corners, pixels)
        rows, columns = image.seen.shape
        self._in_frame = grid_of(places(to_frame(self._corners), rows, columns))
        self._at = grid_of(places(lambda at: at, rows, columns))
        self._greys = without_margins(image)
        self._smooth = without_grain(self._greys)
        self._fading = _fading(pixels)

    def added(self, change: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """See `Transfer`."""
        return self._moved(self._smooth + self._read(change), sizes)

    def put(self, picture: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """See `Transfer`; beyond the frame the image stays."""
        known = self._read(np.ones_like(picture)) / WHITE
        return self._moved(self._smooth + self._read(picture) - known * self._greys, sizes)

    def carried(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """See `Transfer`."""
        return self._whole(self._read(values))

    def again(self, shown: NDArray[np.floating], sizes: Sizes) -> NDArray[np.float32]:
        """See `Transfer`."""
        after = resized_corners(self._corners, *sizes) if _grows(sizes) else self._corners
        return canonical_view(replace(self._image, array=np.asarray(shown, np.float32)), after, len(self.view))

    def _read(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        # Vertebrae above and below the frame change as those do that it ends in.
        return read_at(WHITE * values * self._fading, self._in_frame, beyond="border")

    def _moved(self, smooth: NDArray[np.float32], sizes: Sizes) -> NDArray[np.float32]:
        """Change of the image whose smooth part has become another and whose bodies grow."""
        if not _grows(sizes):
            return self._whole(smooth - self._smooth)
        at = places(movement(self._corners, *sizes), *smooth.shape).mul_(2).add_(self._at)
        # What comes into sight at the upper and lower border was never seen: its mirror image is likest.
        return self._whole(read_at(smooth, at, beyond="reflection") - self._smooth)

    def _whole(self, change: NDArray[np.float32]) -> NDArray[np.float32]:
        full = np.zeros(self._image.array.shape, np.float32)
        top, bottom, left, right = self._image.crop
        full[top:bottom, left:right] = np.where(self._margins, 0, change)
        return full


def _grows(sizes: Sizes) -> bool:
    return max(abs(size - 1) for size in sizes) > SAME


def _fading(pixels: int) -> NDArray[np.float32]:
    """1 in the frame's middle, 0 at its sides (pixels, pixels)."""
    from_side = 0.5 - np.abs(pixel_shares(pixels, pixels)[..., 0] - 0.5)
    share = np.clip((from_side - 0.5 / pixels) / FADING, 0, 1)
    return np.asarray(share, dtype=np.float32)
