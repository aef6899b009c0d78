"""Ischium and pubis of the left side: tubes through control points of the reference pelvis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.hip.pelvis.shape import PelvisShape
from bonedensity.virtual.solids import Solid, beyond, sweep, tapered_capsule

ISCHIUM = ((67, 28, 14), (65, 32, 0), (63.5, 35, -14), (61, 39, -28), (56, 43, -42), (49.5, 42, -57), (42.5, 35, -68))
ISCHIUM_HALF = ((22, 17), (22, 16), (22, 14.5), (22, 15), (21, 16), (19, 15.5), (13, 12))
"""From the posterior column to the tuberosity; the first half-axis runs from front to back."""

LOWER_RAMUS = ((40, 33, -69), (32, 21, -70), (25.5, 8, -65.5), (20, -5, -59), (15, -14, -52), (11, -20, -46))
LOWER_RAMUS_HALF = ((10, 8), (10, 6), (9.5, 5), (9.5, 5), (10, 5.5), (10.5, 6.5))
"""From the tuberosity to the pubic body; the first half-axis runs upwards and outwards."""

UPPER_RAMUS = ((66, -17, 0), (56, -20, -3), (47, -24, -4), (38, -28.5, -10), (29, -34, -15.5), (18, -39, -19))
UPPER_RAMUS_HALF = ((15, 13), (13, 11), (11.5, 9), (10.5, 8), (10, 8), (9, 8))
"""From the socket to the pubic body; the first half-axis runs upwards."""

PUBIC_BODY = ((12, -46, -18), (12.5, -35, -28), (12, -25, -38), (10, -17, -48))
PUBIC_BODY_HALF = ((13, 8.5), (13.5, 10.5), (13, 10), (9.5, 7.5))
"""Beside the symphysis, downwards and backwards; the first half-axis runs outwards."""


def rami(shape: PelvisShape) -> list[Solid]:
    """Ischium with its spine, both rami and the pubic body (LPS mm)."""
    size = shape.scale
    body = _tube(shape, PUBIC_BODY, PUBIC_BODY_HALF, (1, 0, 0), exponent=2.3)
    spine = shape.place([[62, 46, 2], [51, 58, -3]])
    tubercle = shape.place([[22, -49, -14], [26, -53, -13]])
    return [
        _tube(shape, ISCHIUM, ISCHIUM_HALF, (0, 1, 0)),
        _tube(shape, LOWER_RAMUS, LOWER_RAMUS_HALF, (0.7, 0, 0.7)),
        _tube(shape, UPPER_RAMUS, UPPER_RAMUS_HALF, (0, 0.3, 1)),
        beyond(body, (shape.symphysis_mm / 2, 0, 0), (1, 0, 0)),
        tapered_capsule(spine[0], spine[1], 8 * size, 3.5 * size),
        tapered_capsule(tubercle[0], tubercle[1], 4.5 * size, 3.5 * size),
    ]


def _tube(
    shape: PelvisShape,
    centres: tuple[tuple[float, ...], ...],
    half: tuple[tuple[float, ...], ...],
    across: tuple[float, float, float],
    exponent: float = 2.0,
) -> Solid:
    halves: NDArray[np.float64] = shape.scale * np.asarray(half, dtype=np.float64)
    return sweep(shape.place(np.asarray(centres)), halves, across=across, exponent=exponent)
