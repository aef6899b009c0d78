"""How thick the femur's cortex is: thin over head and trochanters, thick below the neck, a tube along the shaft."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import smooth_step
from bonedensity.virtual.fields import ageing, bell
from bonedensity.virtual.hip.femur.shape import FemurShape
from bonedensity.virtual.solids import Field, Points


@dataclass(frozen=True, slots=True)
class CortexNorms:
    """Thickness (mm) at one age.

    Attributes:
        above: Neck, above and behind (Poole10).
        below: Neck, below and in front (Poole10).
        shaft: 10 cm below the lesser trochanter.
        subchondral: Under the head's joint surface.
        trochanter: On the side of the greater trochanter.
    """

    above: float
    below: float
    shaft: float
    subchondral: float
    trochanter: float


def cortex_norms(age: float, *, female: bool) -> CortexNorms:
    """Means at an age (years); anatomy sheet, section 1.2."""
    past_fifty = max(age - 50.0, 0.0)
    if female:
        above, below = ageing(age, 1.63, 0.33), ageing(age, 3.9, 3.3)
        return CortexNorms(above, below, 7.0 - 0.06 * past_fifty, ageing(age, 1.1, 0.8), ageing(age, 1.3, 0.85))
    above, below = ageing(age, 1.65, 0.6), ageing(age, 4.0, 3.5)
    return CortexNorms(above, below, 8.0 - 0.03 * past_fifty, ageing(age, 1.3, 1.0), ageing(age, 1.3, 0.95))


def femur_cortex(shape: FemurShape) -> Field:
    """Thickness (mm) at every point of the left femur."""
    norms = cortex_norms(shape.age, female=shape.female)
    length, factor = shape.neck_length_mm, shape.cortex_factor
    calcar = shape.at(np.array([-15.0 * shape.scale, -3.0 * shape.scale, 0.45 * shape.lesser_up_mm]))
    thin_side = 0.8 * shape.neck_up - 0.6 * shape.axes[:, 1]

    def thickness(p: Points) -> NDArray[np.floating]:
        from_head = -_along(p, shape.head_centre, shape.neck_to_head)
        down = shape.lesser_up_mm - _along(p, shape.neck_foot, shape.axes[:, 2])
        aside = p - (shape.head_centre.astype(p.dtype) - from_head[..., None] * shape.neck_to_head.astype(p.dtype))
        lean = aside @ thin_side.astype(p.dtype) / (np.sqrt(np.sum(aside**2, axis=-1)) + 1e-3)
        neck = norms.above + (norms.below - norms.above) * smooth_step(lean, 0.2, -1.0)
        in_neck = smooth_step(from_head, 0.36 * length, 0.5 * length) * smooth_step(
            from_head, 0.95 * length, 0.7 * length
        )
        in_head = smooth_step(from_head, 0.55 * length, 0.35 * length)
        rest = norms.trochanter + (norms.subchondral - norms.trochanter) * in_head
        upper = rest + (neck - rest) * in_neck + 0.5 * norms.below * bell(p, calcar, 12.0 * shape.scale) * (1 - in_neck)
        tube = norms.shaft * (0.47 + 0.53 * smooth_step(down, 0.0, 90.0))
        behind = -_along(p, shape.shaft_axis(shape.lesser_up_mm - 60.0), shape.axes[:, 1])
        tube = tube * (1 + 0.16 * smooth_step(behind, 2.0, 12.0))
        return factor * (upper + (tube - upper) * smooth_step(down, -28.0, 18.0))

    return thickness


def _along(p: Points, origin: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.floating]:
    return (p - origin.astype(p.dtype)) @ direction.astype(p.dtype)
