"""Where on an AP spine DXA the spine is: the region of interest of losses and of their judgment."""

from __future__ import annotations

SPINE_SHARE = 0.4
"""Of the image's width, in the middle and over its whole height."""


def region_columns(columns: int) -> slice:
    """The columns of the region of interest."""
    aside = round(columns * (1 - SPINE_SHARE) / 2)
    return slice(aside, columns - aside)
