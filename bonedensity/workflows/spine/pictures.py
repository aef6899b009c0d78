"""The pictures of a spine session as colours: factual, counterfactual, difference, uncertainty, curtain, grid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.reading.dxa_image import WHITE
from bonedensity.workflows.spine.images import Greys, Outline
from bonedensity.workflows.spine.results import Kept

Picture = NDArray[np.uint8]
"""(rows, columns, 3), bytes: floats would take three times as long at every move of a slider."""

Layer = Literal["counterfactual", "difference", "uncertainty"]
"""What is laid over the export."""

LEAST_RANGE = 10.0
"""Greys at which the colours of a difference are full, at least: noise must not look like change."""

RED, BLUE = np.array([178.0, 24.0, 43.0]), np.array([33.0, 102.0, 172.0])
FACTUAL_LINE, COUNTERFACTUAL_LINE = (51, 230, 153), (255, 153, 51)
"""Outlines of the vertebrae as observed, and as they would be."""

HALF = 127
"""Steps of colour on either side of no change."""

LONGEST_PX = 300
"""Longer side of a picture in a panel, at most: more is never shown there."""

TILE_PX = 150
"""Longer side of a picture in the grid."""


def grey_picture(greys: Greys) -> Picture:
    """Greys 0 to 252 from black to white."""
    return np.repeat(_bytes(greys * (255 / WHITE))[..., np.newaxis], 3, axis=2)


def difference_picture(difference: Greys) -> Picture:
    """Brighter in red, darker in blue, unchanged in white."""
    full = max(LEAST_RANGE, float(np.percentile(np.abs(difference), 99.5)))
    step = np.clip(np.rint(difference * (HALF / full) + HALF), 0, 2 * HALF).astype(np.uint8)
    return np.asarray(_change_colors()[step], dtype=np.uint8)


@lru_cache(maxsize=1)
def _change_colors() -> Picture:
    """From full blue (0) over white (`HALF`) to full red."""
    share = (np.arange(2 * HALF + 1) / HALF - 1)[:, np.newaxis]
    return _bytes(255 + np.maximum(share, 0) * (RED - 255) + np.maximum(-share, 0) * (BLUE - 255))


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def uncertainty_picture(spread: Greys) -> Picture:
    """From black (sure) to yellow."""
    share = np.clip(spread / max(1.0, float(spread.max())), 0, 1)
    return np.stack([_bytes(255 * share), _bytes(217 * share**2), np.zeros(share.shape, np.uint8)], axis=2)


def curtain(factual: Greys, counterfactual: Greys, share: float) -> Greys:
    """The counterfactual left of a vertical line at a share of the width, the export right of it."""
    edge = round(float(np.clip(share, 0, 1)) * factual.shape[1])
    return np.concatenate([counterfactual[:, :edge], factual[:, edge:]], axis=1)


def small(greys: Greys, longest_px: int = LONGEST_PX) -> tuple[Greys, int]:
    """An image thinned out for a small picture, and by which whole factor; a block's mean stands for it."""
    rows, columns, factor = fitted_to_blocks(greys.shape, longest_px)
    # Adding strided views is five times as quick as a mean over two axes, and this is done at every move of a slider.
    total = np.zeros((rows // factor, columns // factor), dtype=np.float32)
    for down in range(factor):
        for across in range(factor):
            total += greys[down:rows:factor, across:columns:factor]
    return np.asarray(total / factor**2, dtype=np.float32), factor


def fitted_to_blocks(shape: tuple[int, ...], longest_px: int) -> tuple[int, int, int]:
    """Rows and columns of an image that its small picture shows, a multiple of the last number, the whole factor."""
    factor = max(1, -(-max(shape) // longest_px))
    return shape[0] // factor * factor, shape[1] // factor * factor, factor


def with_outline(picture: Picture, outline: Outline | None, color: Sequence[int], factor: int = 1) -> Picture:
    """The picture with the vertebrae's outlines drawn on it.

    Args:
        picture: Thinned out by `factor`.
        outline: Corners in pixels of the whole image.
        color: (r, g, b), bytes.
        factor: By which the picture was thinned.
    """
    if outline is None or not np.isfinite(outline).all():
        return picture
    drawn = picture.copy()
    rows, columns = picture.shape[:2]
    for body in (outline + 0.5) / factor - 0.5:
        for start, end in zip(body, np.roll(body, -1, axis=0), strict=True):
            steps = int(np.ceil(np.abs(end - start).max())) + 1
            line = np.rint(start + np.linspace(0, 1, steps)[:, np.newaxis] * (end - start)).astype(int)
            thick = np.concatenate([line + np.array(shift) for shift in ((0, 0), (1, 0), (0, 1))])
            inside = (thick >= 0).all(axis=1) & (thick[:, 0] < columns) & (thick[:, 1] < rows)
            drawn[thick[inside, 1], thick[inside, 0]] = color
    return drawn


def grid_picture(kept: Sequence[Kept]) -> tuple[Picture, list[tuple[str, list[str]]]]:
    """Kept counterfactuals side by side: a row a person, a column what was set.

    Returns:
        The picture, and for each row the person with the titles of its columns ("" for none).
    """
    people = list(dict.fromkeys(item.person for item in kept))
    titles = list(dict.fromkeys(item.title for item in kept))
    whole = np.full((len(people) * TILE_PX, len(titles) * TILE_PX, 3), 255, dtype=np.uint8)
    shown = [(person, ["" for _ in titles]) for person in people]
    for item in kept:
        row, column = people.index(item.person), titles.index(item.title)
        tile = grey_picture(small(item.image, TILE_PX)[0])[:TILE_PX, :TILE_PX]
        top, left = row * TILE_PX + (TILE_PX - tile.shape[0]) // 2, column * TILE_PX + (TILE_PX - tile.shape[1]) // 2
        whole[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
        shown[row][1][column] = item.title
    return whole, shown
