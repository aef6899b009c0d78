"""How likely a registration with certain signs is right, and which signs speak against it.

A logistic score over a few signs, fitted to registrations with known truth and tested on others; the figures stand in
`decision.json` beside the coefficients, the method in docs/registration.md. It knows gradient correlation alone.
"""

from __future__ import annotations

import math

from bonedensity.registration.calibrated import Calibrated, SignModel
from bonedensity.registration.signs import Signs

SENTENCES = {
    "edge_correlation": "Where its own edges project, bone and radiograph correlate at {value:.2f} only; {usual}.",
    "similarity": "Around the bone, radiograph and projection correlate at {value:.2f} only; {usual}.",
    "rival": "Another place, up to 45 mm aside, fits {value:.0%} as well; {usual}.",
    "expected_mm": "The similarity hardly falls around the pose: {value:.1f} mm of error in plane are likely; {usual}.",
}
"""What each sign means to a person; `usual` is the bound that 95 % of good registrations keep."""

USUAL = {
    "edge_correlation": "{:.2f} or more is usual",
    "similarity": "{:.2f} or more is usual",
    "rival": "at most {:.0%} is usual",
    "expected_mm": "at most {:.1f} mm is usual",
}


LOGARITHMIC = ("expected_mm",)
"""Signs whose base-10 logarithm enters the score."""


def entered(name: str, value: float) -> float:
    """A sign as it enters the score."""
    return math.log10(max(value, 1e-6)) if name in LOGARITHMIC else value


def chance_of_success(signs: Signs, model: Calibrated) -> float:
    """Score in [0, 1] of a registration being right (in-plane error below 2 mm); 0 where a sign is not a number.

    It is a probability for the mix of cases that it was fitted to, and elsewhere a score.
    """
    score = model.intercept + sum(_part(signs, name, part) for name, part in model.signs.items())
    if math.isnan(score):
        return 0.0
    return 1 / (1 + math.exp(min(-score, 700.0)))


def doubts(signs: Signs, model: Calibrated) -> list[str]:
    """One sentence for each sign outside what is usual; for the worst one where all are usual."""
    outside = [name for name, part in model.signs.items() if _unusual(signs, name, part)]
    if not outside:
        outside = [min(model.signs, key=lambda name: _part(signs, name, model.signs[name]))]
    return [_sentence(signs, name, model.signs[name]) for name in outside]


def _part(signs: Signs, name: str, part: SignModel) -> float:
    return part.weight * (entered(name, float(getattr(signs, name))) - part.mean) / part.deviation


def _unusual(signs: Signs, name: str, part: SignModel) -> bool:
    value = float(getattr(signs, name))
    within = value >= part.usual if part.weight > 0 else value <= part.usual
    return not within  # also where it is not a number


def _sentence(signs: Signs, name: str, part: SignModel) -> str:
    return SENTENCES[name].format(value=getattr(signs, name), usual=USUAL[name].format(part.usual))
