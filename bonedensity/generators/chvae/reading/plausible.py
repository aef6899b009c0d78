"""Whether an image can be an AP spine DXA at all; what it is instead, in a sentence."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import AnatomyError
from bonedensity.generators.chvae.reading.resample import resized

OTHERS = {
    "a lateral spine": ("LATERAL", "LVA", "VFA", "DVA", "IVA"),
    "a hip": ("HIP", "FEMUR", "LFEMUR", "RFEMUR", "DUALFEMUR", "PELVIS"),
    "a whole body": ("TOTALBODY", "WHOLEBODY", "TOTAL BODY", "WHOLE BODY"),
    "a knee or forearm": ("KNEE", "FOREARM", "RADIUS"),
}
"""Words of a header that say what else a DXA shows."""

TALLEST = 1.9
"""Rows over columns: AP spines have 1.1 (Lunar iDXA), lateral ones 2.2, whole bodies 2.9."""

WIDEST = 0.92
"""Likewise; hips have 0.79 and 0.88."""

BANDS, CORE, ASIDE = 12, 0.09, 0.30
"""Bands from above to below; half width of a spine's core and the distance to its flanks, as shares of the width."""

BRIGHTER = 1.35
"""Of a band's core to its flanks: ribs and noise in front of a heavy body leave no more."""

FEWEST_LIKE_SPINE = 9
"""Of the bands, that must look like a piece of spine."""


def check_header(words: str, name: str) -> None:
    """Refuse a file whose header says that it shows something else.

    Args:
        words: Body part, view and descriptions of the header.
        name: For the message.

    Raises:
        AnatomyError: It shows something else.
    """
    tokens = f" {' '.join(re.split(r'[^A-Z]+', words.upper()))} "
    for what, signs in OTHERS.items():
        if any(f" {sign} " in tokens for sign in signs):
            raise AnatomyError(f"“{name}” shows {what} according to its header: give an AP spine DXA.")


def check_spine(greys: NDArray[np.floating], name: str) -> None:
    """Refuse an image that does not show a spine from the front, from top to bottom.

    Args:
        greys: The cropped image (rows, columns), bone bright, margins black.
        name: For the message.

    Raises:
        AnatomyError: Its shape or its content is another's.
    """
    rows, columns = greys.shape
    if rows > TALLEST * columns:
        raise AnatomyError(
            f"“{name}” is {rows} x {columns} pixels, as a lateral spine or a whole body: crop it to the AP spine."
        )
    if rows < WIDEST * columns:
        raise AnatomyError(f"“{name}” is {rows} x {columns} pixels, as a hip: an AP spine is taller than wide.")
    if spine_bands(greys) < FEWEST_LIKE_SPINE:
        raise AnatomyError(
            f"“{name}” shows no spine that runs from top to bottom: give an AP spine DXA, or crop it to L1–L4."
        )


def spine_bands(greys: NDArray[np.floating]) -> int:
    """Of `BANDS`, those whose brightest stretch lies below that of its neighbours and is much brighter than the flanks.

    Args:
        greys: The cropped image (rows, columns), bone bright, margins black.
    """
    smooth, profiles = _profiles(greys)
    half, aside = _widths(profiles.shape[1])
    middle = smooth[:, aside:-aside].argmax(axis=1) + aside
    typical = np.median(middle)
    count = 0
    for profile, at in zip(smooth, middle, strict=True):
        flanks = max(profile[at - aside], profile[min(at + aside, len(profile) - 1)])
        count += bool(abs(at - typical) <= 2 * half and profile[at] > BRIGHTER * flanks and profile[at] > 0)
    return count


def widening(greys: NDArray[np.floating]) -> float:
    """By how much the bright column is wider in the lower half than in the upper: a share of the image's width.

    Vertebrae grow towards the sacrum, so a spine that stands on its head narrows downwards.
    """
    smooth, profiles = _profiles(greys)
    _, aside = _widths(profiles.shape[1])
    middle = int(np.median(smooth[:, aside:-aside].argmax(axis=1))) + aside
    column = profiles[:, max(middle - aside, 0) : middle + aside]
    wide = (column > 0.5 * np.percentile(column, 90, axis=1, keepdims=True)).sum(axis=1)
    return float(wide[BANDS // 2 :].mean() - wide[: BANDS // 2].mean()) / profiles.shape[1]


def _widths(columns: int) -> tuple[int, int]:
    return round(CORE * columns), round(ASIDE * columns)


def _profiles(greys: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Bands' mean rows, smoothed over a spine's core and as they are (BANDS, 64)."""
    small = resized(greys, (4 * BANDS, 64))
    profiles = small.reshape(BANDS, -1, small.shape[1]).mean(axis=1)
    half, _ = _widths(small.shape[1])
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.array([np.convolve(profile, kernel, mode="same") for profile in profiles]), profiles
