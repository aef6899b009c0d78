"""Numbers that were fitted to registrations with known truth: `decision.json`, made by a benchmark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class SignModel:
    """How one sign enters the score.

    Attributes:
        mean: Over the cases that were fitted.
        deviation: Standard deviation over them.
        weight: Of the standardised sign in the logistic score.
        usual: The bound that 95 % of the successful cases kept: a least value, or a largest where `weight` < 0.
    """

    mean: float
    deviation: float
    weight: float
    usual: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The content of `decision.json`.

    Attributes:
        intercept: Of the logistic score.
        signs: Name of a sign to its part in the score.
        least_chance: Score from which a registration is accepted.
        uncertainty_factors: Six factors from uncalibrated to calibrated standard deviations.
    """

    intercept: float
    signs: Mapping[str, SignModel]
    least_chance: float
    uncertainty_factors: tuple[float, ...]


@cache
def calibrated() -> Calibrated:
    """The committed calibration."""
    text = resources.files("bonedensity.registration").joinpath("decision.json").read_text("utf-8")
    return read_calibrated(text)


def read_calibrated(text: str) -> Calibrated:
    """From the JSON that `benchmarks/registration_decision.py` writes."""
    values = json.loads(text)
    score = values["decision"]
    return Calibrated(
        intercept=float(score["intercept"]),
        signs={name: SignModel(**part) for name, part in score["signs"].items()},
        least_chance=float(score["least_chance"]),
        uncertainty_factors=tuple(float(f) for f in values["uncertainty"]["factors"]),
    )
