"""Pictures that leave the program: each carries “synthetic, research use” in its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnwritableFileError
from bonedensity.generators.chvae.reading.dxa_image import WHITE

if TYPE_CHECKING:
    from PIL.Image import Image

MARK = "synthetic, research use"

LEAST_RANGE = 10.0
"""Greys at which the colours of a difference are full, at least: noise must not look like change."""

FRAME_MS = 350


def grey_picture(greys: NDArray[np.floating], caption: str, *, mark: str = MARK) -> Image:
    """Greys 0 to 252 as an 8-bit picture, with a caption and the mark below."""
    levels = np.clip(np.rint(greys * (255.0 / WHITE)), 0, 255).astype(np.uint8)
    return captioned_picture(np.repeat(levels[..., None], 3, axis=2), caption, mark)


def difference_picture(difference: NDArray[np.floating], caption: str) -> Image:
    """Brighter in red, darker in blue, unchanged in white."""
    full = max(LEAST_RANGE, float(np.percentile(np.abs(difference), 99.5)))
    share = np.clip(difference / full, -1, 1)[..., None]
    red, blue = np.array([178.0, 24.0, 43.0]), np.array([33.0, 102.0, 172.0])
    colours = 255 + np.maximum(share, 0) * (red - 255) + np.maximum(-share, 0) * (blue - 255)
    return captioned_picture(np.rint(colours).astype(np.uint8), f"{caption} (full colour at ±{full:.0f} greys)")


def write_picture(picture: Image, path: Path) -> None:
    """Write a PNG.

    Raises:
        UnwritableFileError: It cannot be written.
    """
    try:
        picture.save(path)
    except OSError as error:
        raise UnwritableFileError(f"“{path}” cannot be written ({error.strerror or error}).") from None


def write_sweep(frames: Sequence[Image], path: Path) -> None:
    """Write pictures as a GIF that runs to and fro for ever.

    Raises:
        UnwritableFileError: It cannot be written, or there is no frame.
    """
    if not frames:
        raise UnwritableFileError(f"“{path}” was not written: a sweep needs at least one value.")
    both = [*frames, *frames[-2:0:-1]]
    small = [frame.convert("L") for frame in both]
    try:
        small[0].save(path, save_all=True, append_images=small[1:], duration=FRAME_MS, loop=0)
    except OSError as error:
        raise UnwritableFileError(f"“{path}” cannot be written ({error.strerror or error}).") from None


def captioned_picture(colours: NDArray[np.uint8], caption: str, mark: str = MARK) -> Image:
    """A picture (rows, columns, 3) with a black strip below that holds both texts."""
    import PIL.Image
    from PIL import ImageDraw, ImageFont

    size = max(11, colours.shape[1] // 45)
    strip = 2 * size + 14
    whole = PIL.Image.new("RGB", (colours.shape[1], colours.shape[0] + strip), "black")
    whole.paste(PIL.Image.fromarray(colours), (0, 0))
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(size)
    pen.text((6, colours.shape[0] + 3), caption, fill="white", font=font)
    pen.text((6, colours.shape[0] + size + 7), mark, fill=(255, 200, 80), font=font)
    return whole
