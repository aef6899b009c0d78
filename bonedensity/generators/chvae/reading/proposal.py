"""How an export probably lies and which part of it shows the spine: a proposal, for a person to take or leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import AnatomyError
from bonedensity.generators.chvae.reading.dxa_image import SMALLEST, Crop, DxaImage, unscanned, without_margins
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.generators.chvae.reading.plausible import FEWEST_LIKE_SPINE, check_spine, spine_bands, widening

EMPTY_RANGE = 4.0
"""Greys between darkest and brightest of a row or column up to which nothing is shown there."""

WHITEST = 0.3
"""Share of an image that margins filled with white may take (they take about 0.07); more is the background of an image
on which bone is dark."""

SURELY_WIDER = 0.025
"""Share of the width by which a spine must narrow downwards before it is said to stand on its head: a wrong proposal is
worse than none."""

MARGIN_PX = 2
"""Empty pixels at an edge that are not worth a proposal."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do with an export before the network sees it.

    Attributes:
        orientation: How it should be turned.
        crop: Of the turned image.
        reasons: Why, one sentence each; none where it can stay as it is.
    """

    orientation: Orientation
    crop: Crop
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "orientation": self.orientation.to_json(),
            "crop": list(self.crop),
            "reasons": list(self.reasons),
        }


def propose(image: DxaImage) -> Proposal:
    """How an image should lie and be cropped.

    Left and right cannot be told from a spine, so mirroring is never proposed.

    Raises:
        AnatomyError: However it is turned it shows no AP spine.
    """
    best = max(_candidates(), key=lambda each: _score(each.apply(image.array)))
    upright = best.apply(image.array)
    crop = shown_part(upright)
    turned = turned_image(image, best).with_crop(crop)
    check_spine(without_margins(turned), image.name)
    return Proposal(best, crop, tuple(_reasons(best, crop, upright.shape)))


def turned_image(image: DxaImage, orientation: Orientation) -> DxaImage:
    """The image as it should lie, uncropped."""
    array = orientation.apply(image.array)
    pixel_mm = orientation.pixel_mm(image.pixel_mm)
    return replace(image, array=array, crop=(0, array.shape[0], 0, array.shape[1]), pixel_mm=pixel_mm)


def shown_part(greys: NDArray[np.floating]) -> Crop:
    """The part of an image between its empty edges."""
    rows, columns = greys.shape
    top, bottom = _ends(np.ptp(greys, axis=1), rows)
    left, right = _ends(np.ptp(greys, axis=0), columns)
    return top, bottom, left, right


def _ends(span: NDArray[np.floating], count: int) -> tuple[int, int]:
    shown = np.flatnonzero(span > EMPTY_RANGE)
    if len(shown) == 0 or shown[-1] + 1 - shown[0] < SMALLEST:
        return 0, count
    first, end = int(shown[0]), int(shown[-1]) + 1
    return (first if first > MARGIN_PX else 0), (end if end < count - MARGIN_PX else count)


def _candidates() -> list[Orientation]:
    """The order decides between equals: as it was read comes first."""
    return [Orientation(turns, False, inverted) for inverted in (False, True) for turns in range(4)]


def _score(upright: NDArray[np.float32]) -> tuple[int, int]:
    """Bands that look like a spine; among enough of them, whether the column widens downwards as a spine does."""
    top, bottom, left, right = shown_part(upright)
    seen = DxaImage(upright, (top, bottom, left, right))
    if unscanned(seen.seen).mean() > WHITEST:
        return -FEWEST_LIKE_SPINE, 0
    greys = without_margins(seen)
    bands = spine_bands(greys)
    try:
        check_spine(greys, "")
    except AnatomyError:
        return bands - FEWEST_LIKE_SPINE, 0
    return 100, int(widening(greys) >= -SURELY_WIDER)


def _reasons(orientation: Orientation, crop: Crop, shape: tuple[int, ...]) -> list[str]:
    said = []
    if orientation.inverted:
        said.append("Bone is dark on this image: its greys should be inverted.")
    if orientation.quarter_turns:
        how = {1: "a quarter turn to the left", 2: "half a turn", 3: "a quarter turn to the right"}
        said.append(f"The spine does not stand upright: {how[orientation.quarter_turns]} would mend that.")
    if crop != (0, shape[0], 0, shape[1]):
        said.append("The edges show nothing: the image should be cropped.")
    return said
