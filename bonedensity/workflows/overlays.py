"""X-ray and projected bones in one picture, in the ways by which a person judges a registration.

Quick enough to follow the mouse: grey values and bones are bytes, and what happens to a pixel is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bonedensity.workflows.outlines import rim, thin_edges
from bonedensity.workflows.palettes import BONE_COLORS, PALETTES, Palette, bytes_of
from bonedensity.workflows.picture_difference import difference

Mode = Literal["blend", "checkerboard", "flicker", "curtain", "edges", "outlines", "difference"]

MODES: tuple[Mode, ...] = get_args(Mode)
"""blend: bones in colour over the X-ray. checkerboard: fields of both in turn. flicker: both in turn in time.
curtain: the X-ray left of a line, the bones right of it. edges: the bones' inner and outer edges on the X-ray.
outlines: each bone's rim on the X-ray. difference: what remains when the fitted bones are taken off; grey is equal."""

Grey = NDArray[np.uint8]
"""(rows, columns)."""

Picture = NDArray[np.uint8]
"""(rows, columns, 3), red, green, blue."""

TILES = 8
"""Fields of the checkerboard along the longer side."""

BRIGHTEST = 99.5
"""Percentile of the bones' projection, where there is any, that is drawn brightest."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is made.

    Attributes:
        mode: The way.
        opacity: Of the bones, 0 to 1.
        palette: Name of the colours.
        split: Where the curtain's line stands, share of the width.
        second: The flicker's other half is shown.
    """

    mode: Mode = "blend"
    opacity: float = 0.75
    palette: str = "orange"
    split: float = 0.5
    second: bool = False


def compose(
    look: Look, xray: Grey, drr: NDArray[np.generic] | None = None, rims: Sequence[NDArray[np.bool_]] = ()
) -> Picture:
    """The picture.

    Args:
        look: How.
        xray: (rows, columns) as `grey_bytes` stretches it, bone bright.
        drr: The bones' projection on the same grid; None shows the X-ray alone.
        rims: Each bone's own rim for the mode "outlines"; without them, that of all bones together.
    """
    if drr is None or look.opacity <= 0:
        return on_grey(xray)
    colors, bones = PALETTES[look.palette], bone_bytes(drr)
    if look.mode in ("edges", "outlines"):
        return _lines(look, xray, bones, colors, rims)
    return _MADE[look.mode](look, xray, bones, colors)


def grey_bytes(image: NDArray[np.generic], *, low: float = 1.0, high: float = 99.7) -> Grey:
    """An X-ray's grey values stretched between two percentiles."""
    values = np.asarray(image, dtype=np.float32)
    darkest, brightest = np.percentile(values, (min(low, high), max(low, high)))
    return _bytes((values - np.float32(darkest)) * np.float32(255 / max(brightest - darkest, 1e-9)))


def bone_bytes(drr: NDArray[np.generic]) -> Grey:
    """A bone projection, black where there is no bone."""
    values = np.asarray(drr, dtype=np.float32)
    some = values[::2, ::2]
    filled = some[some > 0]
    largest = float(np.percentile(filled, BRIGHTEST)) if filled.size else float(values.max())
    return _bytes(values * np.float32(255 / max(largest, 1e-9)))


def on_grey(image: Grey) -> Picture:
    """A grey image as colours."""
    return np.repeat(image[..., None], 3, axis=2)


def fields(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The checkerboard's fields that show the bones."""
    side = max(1, max(shape) // TILES)
    return ((np.arange(shape[0]) // side)[:, None] + np.arange(shape[1]) // side) % 2 == 1


def _blend(look: Look, xray: Grey, bones: Grey, colors: Palette) -> Picture:
    """More opaque and brighter where the bones are denser."""
    density = np.arange(256, dtype=np.float32) / np.float32(255)
    alpha = np.float32(look.opacity) * density ** np.float32(0.6)
    color = alpha[:, None] * bytes_of(colors.bones) * np.maximum(density, 0.25)[:, None] ** np.float32(0.3)
    kept = np.take(1 - alpha, bones) * xray
    return np.stack([(kept + np.take(color[:, part], bones)).astype(np.uint8) for part in range(3)], axis=2)


def _mixed(look: Look, xray: Grey, bones: Grey, colors: Palette, shown: NDArray[np.bool_]) -> Picture:
    """The X-ray, and where `shown` the bones on black, as far as they are opaque."""
    share = np.float32(look.opacity) * shown
    kept = (1 - share) * xray
    shaded = [bones * np.float32(part) for part in colors.bones]
    return np.stack([(kept + share * each).astype(np.uint8) for each in shaded], axis=2)


def _checkerboard(look: Look, xray: Grey, bones: Grey, colors: Palette) -> Picture:
    return _mixed(look, xray, bones, colors, fields((xray.shape[0], xray.shape[1])))


def _flicker(look: Look, xray: Grey, bones: Grey, colors: Palette) -> Picture:
    return _mixed(look, xray, bones, colors, np.ones(xray.shape, dtype=bool)) if look.second else on_grey(xray)


def _curtain(look: Look, xray: Grey, bones: Grey, colors: Palette) -> Picture:
    line = round(look.split * xray.shape[1])
    picture = _mixed(look, xray, bones, colors, np.broadcast_to(np.arange(xray.shape[1]) >= line, xray.shape))
    picture[:, max(0, line - 1) : line + 1] = bytes_of(colors.edges)
    return picture


def _lines(look: Look, xray: Grey, bones: Grey, colors: Palette, rims: Sequence[NDArray[np.bool_]]) -> Picture:
    picture = on_grey(xray)
    if look.mode == "edges":
        lines = [thin_edges(bones)]
    elif rims:
        lines = list(rims)
    else:
        lines = [rim(bones > 0)]
    shades = BONE_COLORS if look.mode == "outlines" and rims else (colors.edges,)
    for number, line in enumerate(lines):
        shade = bytes_of(shades[number % len(shades)])
        picture[line] = (1 - look.opacity) * picture[line] + look.opacity * shade
    return picture


def _difference(look: Look, xray: Grey, bones: Grey, colors: Palette) -> Picture:
    """Mid grey where they agree, the bones' colour where the X-ray has more, the edges' colour where it has less."""
    rest = difference(xray, bones)[..., None] * np.float32(look.opacity)
    more, less = np.maximum(rest, 0), np.maximum(-rest, 0)
    middle = np.float32(128) * (1 - more) * (1 - less)
    return (middle + more * bytes_of(colors.bones) + less * bytes_of(colors.edges)).astype(np.uint8)


def _bytes(values: NDArray[np.float32]) -> Grey:
    return np.clip(values, 0, 255).astype(np.uint8)


_MADE: dict[str, Callable[[Look, Grey, Grey, Palette], Picture]] = {
    "blend": _blend,
    "checkerboard": _checkerboard,
    "flicker": _flicker,
    "curtain": _curtain,
    "difference": _difference,
}
