"""How one target's densities are read, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.readout.threshold import THRESHOLDS_G_CM2, areal_mean, areal_means, tuned_threshold


@dataclass(frozen=True, slots=True)
class ReadOut:
    """From images to one density.

    Attributes:
        threshold: Areal density (g/cm²) from which a pixel counts.
        slope: Of the line from mean areal density to the target, in the target's unit per g/cm².
        intercept: Of that line, in the target's unit.
        mean: Of the training people's targets; the head's zero.
        spread: Standard deviation of these; the head's one.
        decomposition_radius: Half the interval about the decomposition's density; infinite where not known.
        regression_radius: Likewise about the regression's.
        disagreement: Largest difference of the two that is usual; infinite where not known.
    """

    threshold: float
    slope: float
    intercept: float
    mean: float
    spread: float
    decomposition_radius: float = math.inf
    regression_radius: float = math.inf
    disagreement: float = math.inf

    def of_projection(self, projection: NDArray[np.floating]) -> float:
        """The density from a projection of the proximal femur (g/cm²); NaN where it shows none."""
        return self.intercept + self.slope * areal_mean(projection, self.threshold)

    def of_regression(self, number: float) -> float:
        """The density from the head's number."""
        return self.mean + self.spread * number

    def to_json(self) -> dict[str, float | None]:
        """As a JSON object; what is infinite is null."""
        return {name: value if math.isfinite(value) else None for name, value in asdict(self).items()}


def fit_readout(projections: list[NDArray[np.floating]], targets: ArrayLike) -> ReadOut:
    """Threshold and line from true projections of the training people (the paper's section 2.5).

    Args:
        projections: (n) areal densities (g/cm²).
        targets: (n) measured densities; NaN where there is none.

    Raises:
        StatisticsError: Too few that differ.
    """
    wanted = np.asarray(targets, dtype=np.float64)
    means = areal_means(projections, THRESHOLDS_G_CM2)
    threshold = tuned_threshold(means, wanted, THRESHOLDS_G_CM2)
    own = means[:, int(np.argmin(np.abs(THRESHOLDS_G_CM2 - threshold)))]
    known = np.isfinite(wanted) & np.isfinite(own)
    slope, intercept = np.polyfit(own[known], wanted[known], 1)
    return ReadOut(threshold, float(slope), float(intercept), float(wanted[known].mean()), float(wanted[known].std()))


def readout_of(values: Mapping[str, Any]) -> ReadOut:
    """A read-out from a card's plain values.

    Raises:
        ModelError: A value is missing, unknown or no number.
    """
    names = {each.name for each in fields(ReadOut)}
    numbers = {name: math.inf if value is None else value for name, value in values.items()}
    plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in numbers.values())
    if set(values) != names or not plain or any(math.isnan(value) for value in numbers.values()):
        raise ModelError("The card's read-out is not complete: train the model again, or get its card again.")
    return ReadOut(**{name: float(value) for name, value in numbers.items()})
