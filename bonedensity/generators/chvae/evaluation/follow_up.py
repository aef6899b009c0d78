"""Predicted against observed morphometry at a later visit, always beside “nothing changes”."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from bonedensity.densitometry.agreement import Agreement, agreement
from bonedensity.densitometry.agreement.pairs import paired
from bonedensity.errors import StatisticsError


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One attribute at a later visit.

    Attributes:
        name: Attribute.
        predicted: Agreement of the counterfactual with what was observed.
        persistence: Agreement of the first visit's value with it: the baseline.
        r2: Share of the observed variance that is explained; below 0 when worse than the mean.
        r2_persistence: The same of the baseline.
        r2_change: Share of the variance of the *change* that is explained.
        sign_agreement: Share of people whose change has the predicted sign, of those with a change in both.
        sign_p: One-sided p-value against tossing a coin.
    """

    name: str
    predicted: Agreement
    persistence: Agreement
    r2: float
    r2_persistence: float
    r2_change: float
    sign_agreement: float
    sign_p: float

    @property
    def mae_ratio(self) -> float:
        """Mean absolute error over the baseline's; below 1 is better than “nothing changes”."""
        return self.predicted.errors.mae / self.persistence.errors.mae

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "name": self.name,
            "r2": self.r2,
            "r2_persistence": self.r2_persistence,
            "r2_change": self.r2_change,
            "sign_agreement": self.sign_agreement,
            "sign_p": self.sign_p,
            "mae_ratio": self.mae_ratio,
            "predicted": self.predicted.to_json(),
            "persistence": self.persistence.to_json(),
        }

    def line(self) -> str:
        """For people, the baseline in brackets."""
        p, b = self.predicted, self.persistence
        return (
            f"{self.name}: R² {self.r2:.3f} [{self.r2_persistence:.3f}], ICC(A,1) {p.intraclass.value:.3f} "
            f"[{b.intraclass.value:.3f}], MAE {p.errors.mae:.3g} [{b.errors.mae:.3g}] {p.unit}, "
            f"sign {self.sign_agreement:.3f} (p {self.sign_p:.2g}), R² of the change {self.r2_change:.3f} [0]"
        )


def follow_up(name: str, first: ArrayLike, predicted: ArrayLike, observed: ArrayLike, *, unit: str = "") -> FollowUp:
    """Judge a prediction of one attribute.

    Args:
        name: Attribute.
        first: (n) at the first visit.
        predicted: (n) under do(age = that of the later visit).
        observed: (n) at the later visit.
        unit: As printed.

    Raises:
        StatisticsError: Not paired, fewer than three, or nobody changes.
    """
    truth, told = paired(observed, predicted)
    _, start = paired(observed, first)
    real, said = truth - start, told - start
    moved = (real != 0) & (said != 0)
    if not moved.any():
        raise StatisticsError(f"Nobody's {name} changes between the visits, so no change can be judged.")
    right = int((np.sign(real[moved]) == np.sign(said[moved])).sum())
    return FollowUp(
        name=name,
        predicted=agreement(truth, told, unit=unit),
        persistence=agreement(truth, start, unit=unit),
        r2=explained(truth, told),
        r2_persistence=explained(truth, start),
        r2_change=1 - float(((real - said) ** 2).sum() / (real**2).sum()),
        sign_agreement=right / int(moved.sum()),
        sign_p=float(binomtest(right, int(moved.sum()), 0.5, alternative="greater").pvalue),
    )


def explained(truth: NDArray[np.float64], told: NDArray[np.float64]) -> float:
    """R² about the mean of the truth."""
    return 1 - float(((truth - told) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
