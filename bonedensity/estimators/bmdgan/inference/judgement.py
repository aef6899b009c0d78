"""Whether a result can be trusted, from four signs; the paper only wishes for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.estimators.bmdgan.data.exposures import UNITS, Target
from bonedensity.estimators.bmdgan.readout.calibration import Calibration

WHAT_IS_STRANGE = {
    "size": "is too large or too small",
    "height": "lies too high or too low: check the crop",
    "place": "lies too far to one side: check the side and the crop",
    "upright": "is too slender or too broad",
    "slant": "is tilted as in no training image: check the side, and that the image is upright",
    "spread": "is too compact or too far spread",
    "islands": "falls into pieces",
    "lean": "points to the wrong side: check the side, and that the image is upright",
    "balance": "is cut off, or upside down: check the crop, and that the image is upright",
}
"""By name of an outline's sign."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One target's density, read in both ways.

    Attributes:
        decomposition: From the projection.
        regression: From the regression head.
    """

    decomposition: float
    regression: float

    @property
    def apart(self) -> float:
        """By how much both differ; infinite where one is not there."""
        difference = abs(self.decomposition - self.regression)
        return difference if math.isfinite(difference) else math.inf


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one radiograph.

    Attributes:
        reasons: Why no number should be given, a sentence each; empty where it may.
        score: The worst sign as a share of what is usual; above 1 there are reasons.
        outline: That of the outline.
        likeness: That of the features.
        disagreement: That of the two readings.
    """

    reasons: tuple[str, ...]
    score: float
    outline: float
    likeness: float
    disagreement: float


def judge(
    calibration: Calibration,
    projection: NDArray[np.floating],
    readings: Mapping[Target, Reading],
    distance: float,
) -> Judgement:
    """Judge one result.

    Args:
        calibration: With the limits.
        projection: Areal density (g/cm²) of the proximal femur, on the networks' grid.
        readings: By target.
        distance: Of the features from the training images'.
    """
    outline = calibration.outline.distance(projection) / calibration.outline.limit
    likeness = distance / calibration.likeness_limit if math.isfinite(distance) else math.inf
    worst = {name: reading.apart / calibration.readouts[name].disagreement for name, reading in readings.items()}
    worst = {name: share if math.isfinite(share) else math.inf for name, share in worst.items()}
    reasons = []
    if math.isinf(outline):
        reasons.append("No proximal femur is seen: is this a hip from the front, with its side and crop given rightly?")
    elif outline > 1:
        strange = WHAT_IS_STRANGE[calibration.outline.strangest(projection)]
        reasons.append(f"The proximal femur that is seen {strange}.")
    if likeness > 1:
        reasons.append(f"The radiograph is unlike the training images: {likeness:.1f} times the usual distance.")
    if math.isfinite(outline):
        reasons += [_disagreement(name, readings[name]) for name, share in worst.items() if share > 1]
    apart = max(worst.values(), default=0.0)
    return Judgement(tuple(reasons), max(outline, likeness, apart), outline, likeness, apart)


def _disagreement(target: Target, reading: Reading) -> str:
    unit = UNITS[target]
    return (
        f"Decomposition ({reading.decomposition:.3g} {unit}) and regression ({reading.regression:.3g} {unit}) "
        "disagree more than is usual."
    )
