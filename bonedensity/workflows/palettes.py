"""Colours for bones and edges over a grey X-ray that every kind of colour vision tells apart.

After Okabe & Ito 2008 ("Color universal design"), made brighter where a thin line lies on grey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """Two colours, (red, green, blue) in [0, 1].

    Attributes:
        bones: Of the projection; positive in a difference.
        edges: Of lines; negative in a difference.
    """

    bones: Color
    edges: Color


PALETTES = {
    "orange": Palette((1.0, 0.62, 0.12), (0.25, 0.85, 1.0)),
    "blue": Palette((0.34, 0.71, 0.98), (1.0, 0.89, 0.26)),
    "purple": Palette((0.86, 0.55, 0.78), (0.20, 0.92, 0.62)),
    "white": Palette((1.0, 1.0, 1.0), (1.0, 0.50, 0.15)),
}
"""By name; the first is the default."""

BONE_COLORS: tuple[Color, ...] = (
    (0.34, 0.78, 1.0),
    (1.0, 0.70, 0.10),
    (0.20, 0.88, 0.62),
    (0.98, 0.92, 0.30),
    (0.92, 0.58, 0.82),
    (1.0, 0.47, 0.20),
    (0.75, 0.75, 1.0),
)
"""Of bones that stand beside each other, in turn."""


def bytes_of(color: Color) -> NDArray[np.float32]:
    """(3,) from 0 to 255."""
    return np.asarray(color, dtype=np.float32) * np.float32(255)
