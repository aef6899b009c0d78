"""The body of a person in the posture of an image; how each person is laid or stood differs a little."""

from __future__ import annotations

import numpy as np

from bonedensity.anatomy.labels import Side
from bonedensity.virtual.body import Body
from bonedensity.virtual.hip.body import make_hip_body
from bonedensity.virtual.hip.posture import FemurPosture, HipPosture
from bonedensity.virtual.population import Region
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.body import make_spine_body
from bonedensity.virtual.spine.posture import DXA, STANDING, SUPINE
from bonedensity.virtual.streams import stream

TILT_DEG: dict[str, tuple[float, float]] = {"standing": (-5.0, 5.0)}
"""Mean and standard deviation of pelvic tilt; anatomy sheet, 7.1."""

LYING_TILT_DEG = (0.0, 5.0)

ROTATION_DEG: dict[str, tuple[float, float]] = {"ct": (0.0, 8.0), "dxa": (22.0, 5.0), "standing": (3.0, 10.0)}
"""Internal rotation of the femurs: aimed at 15 degrees for X-rays and at 25 for DXA, seldom reached."""

X_RAY_ROTATION_DEG = (8.0, 9.0)

ABDUCTION_DEG: dict[str, tuple[float, float]] = {"abduction": (10.0, 3.0), "adduction": (-9.0, 3.0)}
NEUTRAL_ABDUCTION_DEG = (0.0, 2.5)
PELVIC_TURN_DEG, SIDES_DIFFER_DEG = 2.0, 2.0
STEEPEST_DEG = 25.0
"""No joint is turned farther than this."""


def body_for(region: Region, person: Person, posture: str) -> Body:
    """One person in one posture.

    Args:
        region: Hip or spine.
        person: Who.
        posture: "ct", "dxa", "standing", or for a hip also "supine", "abduction", "adduction".
    """
    if region == "spine":
        return make_spine_body(person, posture={"ct": SUPINE, "dxa": DXA}.get(posture, STANDING))
    return make_hip_body(person, hip_posture(person, posture))


def hip_posture(person: Person, posture: str) -> HipPosture:
    """How a person's hips are held in a posture, with the spread of anatomy sheet 7.1."""
    rng = stream(person.seed, f"posture {posture}", person.visit)
    tilt = _drawn(TILT_DEG.get(posture, LYING_TILT_DEG), rng)
    turn, lift = PELVIC_TURN_DEG * rng.normal(), 1.5 * rng.normal()
    rotation = _drawn(ROTATION_DEG.get(posture, X_RAY_ROTATION_DEG), rng)
    abduction = _drawn(ABDUCTION_DEG.get(posture, NEUTRAL_ABDUCTION_DEG), rng)
    sides: tuple[Side, ...] = ("L", "R")
    femurs = {
        side: FemurPosture(rotation + SIDES_DIFFER_DEG * rng.normal(), abduction + rng.normal(), 2.0 * rng.normal())
        for side in sides
    }
    return HipPosture(tilt, turn, lift, femurs)


def _drawn(spread: tuple[float, float], rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(*spread), -STEEPEST_DEG, STEEPEST_DEG))
