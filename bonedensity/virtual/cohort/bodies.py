"""The body of a person in the posture of an image; how each person is laid or stood differs a little."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bonedensity.anatomy.labels import Side
from bonedensity.virtual.body import Body
from bonedensity.virtual.hip.body import make_straight_hips, posed_body
from bonedensity.virtual.hip.posture import FemurPosture, HipPosture
from bonedensity.virtual.hip.variant import HEALTHY, HipVariant
from bonedensity.virtual.population import Region
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.body import make_spine_body
from bonedensity.virtual.spine.posture import DXA, STANDING, SUPINE
from bonedensity.virtual.streams import stream

TILT_DEG: dict[str, tuple[float, float]] = {"standing": (-5.0, 5.0)}
"""Mean and standard deviation of pelvic tilt; anatomy sheet, 7.1."""

LYING_TILT_DEG = (0.0, 5.0)

ROTATION_DEG: dict[str, tuple[float, float]] = {"ct": (0.0, 8.0), "dxa": (22.0, 5.0)}
"""Internal rotation of the femurs: aimed at 25 degrees for DXA."""

X_RAY_ROTATION_DEG = (0.0, 12.0)
"""Aimed at 15 degrees, not reached (anatomy sheet, 7.1)."""

WORN_OUT_DEG, WORN_GRADE = 15.0, 2
"""Hips with osteoarthritis of this grade lie turned out so much farther (10 to 20 degrees, anatomy sheet 7.1)."""

ABDUCTION_DEG: dict[str, tuple[float, float]] = {"abduction": (10.0, 3.0), "adduction": (-9.0, 3.0)}
NEUTRAL_ABDUCTION_DEG = (0.0, 5.0)
PELVIC_TURN_DEG, SIDES_DIFFER_DEG = 2.0, 2.0
STEEPEST_DEG = 25.0
"""No joint is turned farther than this."""


def bodies_for(region: Region, person: Person) -> Callable[[str], Body]:
    """The bodies of one person by posture: what all postures share is built once.

    Args:
        region: Hip or spine.
        person: Who.

    Returns:
        Body for "ct", "dxa", "standing", or for a hip also "supine", "abduction", "adduction".
    """
    if region == "spine":
        return lambda posture: make_spine_body(person, posture={"ct": SUPINE, "dxa": DXA}.get(posture, STANDING))
    straight = make_straight_hips(person)
    return lambda posture: posed_body(straight, hip_posture(person, posture, straight.shape.variant))


def hip_posture(person: Person, posture: str, variant: HipVariant = HEALTHY) -> HipPosture:
    """How a person's hips are held in a posture, with the spread of anatomy sheet 7.1.

    Args:
        person: Who.
        posture: As of `bodies_for`.
        variant: Worn hips are held turned out; on a DXA's table the brace holds them.
    """
    rng = stream(person.seed, f"posture {posture}", person.visit)
    tilt = _drawn(TILT_DEG.get(posture, LYING_TILT_DEG), rng)
    turn, lift = PELVIC_TURN_DEG * rng.normal(), 1.5 * rng.normal()
    rotation = _drawn(ROTATION_DEG.get(posture, X_RAY_ROTATION_DEG), rng)
    abduction = _drawn(ABDUCTION_DEG.get(posture, NEUTRAL_ABDUCTION_DEG), rng)
    sides: tuple[Side, ...] = ("L", "R")
    out = {side: WORN_OUT_DEG * (posture != "dxa" and variant.side(side).grade >= WORN_GRADE) for side in sides}
    femurs = {
        side: FemurPosture(
            rotation - out[side] + SIDES_DIFFER_DEG * rng.normal(), abduction + rng.normal(), 2.0 * rng.normal()
        )
        for side in sides
    }
    return HipPosture(tilt, turn, lift, femurs)


def _drawn(spread: tuple[float, float], rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(*spread), -STEEPEST_DEG, STEEPEST_DEG))
