"""X-ray and projected bones in one picture, in the ways by which a person judges a registration."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bonedensity.workflows.pictures import (
    DRR_COLOR,
    EDGE_COLOR,
    RGB,
    TILES,
    blend,
    drr_grey,
    on_grey,
    thin_edges,
)

Mode = Literal["blend", "checkerboard", "edges", "difference"]

MODES: tuple[Mode, ...] = get_args(Mode)
"""blend: bones in orange over the X-ray. checkerboard: fields of both in turn. edges: the bones' edges on the X-ray.
difference: X-ray minus bones, mid grey where they agree."""


def compose(
    mode: Mode, xray: NDArray[np.float64], drr: NDArray[np.generic] | None = None, opacity: float = 0.75
) -> RGB:
    """The picture (rows, columns, 3) in [0, 1].

    Args:
        mode: How.
        xray: (rows, columns) in [0, 1], bone bright, as `pictures.grey` stretches it.
        drr: The bones' projection on the same grid; None shows the X-ray alone.
        opacity: Of the bones, 0 to 1.
    """
    if drr is None or opacity <= 0:
        return on_grey(xray)
    bones = drr_grey(drr)
    if mode == "blend":
        return blend(xray, bones, strength=opacity)
    if mode == "edges":
        return _edges(xray, bones, opacity)
    if mode == "difference":
        return on_grey(np.clip(0.5 + 0.5 * (xray - opacity * bones) - 0.25 * (1 - opacity), 0, 1))
    return _fields(xray, bones, opacity)


def _edges(xray: NDArray[np.float64], bones: NDArray[np.float64], opacity: float) -> RGB:
    picture = on_grey(xray)
    edges = thin_edges(bones)
    picture[edges] = (1 - opacity) * picture[edges] + opacity * EDGE_COLOR
    return picture


def _fields(xray: NDArray[np.float64], bones: NDArray[np.float64], opacity: float) -> RGB:
    side = max(1, max(xray.shape) // TILES)
    v, u = np.indices(xray.shape) // side
    share = opacity * ((u + v) % 2)[..., None]
    return (1 - share) * on_grey(xray) + share * on_grey(bones) * DRR_COLOR
