"""All agreement statistics of one method against another, as a study quotes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.densitometry.agreement.bland_altman import BlandAltman, bland_altman
from bonedensity.densitometry.agreement.correlation import concordance, pearson
from bonedensity.densitometry.agreement.error_sizes import ErrorSizes, error_sizes
from bonedensity.densitometry.agreement.intraclass import intraclass
from bonedensity.densitometry.agreement.pairs import CONFIDENCE, Estimate, paired


@dataclass(frozen=True, slots=True)
class Agreement:
    """An estimate against its reference.

    Attributes:
        unit: Of the values, as printed.
        pearson: PCC.
        intraclass: ICC(A,1).
        concordance: Lin's CCC.
        errors: MAE, RMSE, SEE.
        differences: Bias and limits of agreement.
    """

    unit: str
    pearson: Estimate
    intraclass: Estimate
    concordance: Estimate
    errors: ErrorSizes
    differences: BlandAltman

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "unit": self.unit,
            "count": self.differences.count,
            "pcc": self.pearson.to_json(),
            "icc_a1": self.intraclass.to_json(),
            "ccc": self.concordance.to_json(),
            **self.errors.to_json(),
            "bland_altman": self.differences.to_json(),
        }

    def lines(self) -> list[str]:
        """One statistic a line, for people."""
        d = self.differences
        return [
            f"n {d.count}",
            f"PCC {self.pearson}",
            f"ICC(A,1) {self.intraclass}",
            f"CCC {self.concordance}",
            f"MAE {self.errors.mae:.3g}, RMSE {self.errors.rmse:.3g}, SEE {self.errors.see:.3g} {self.unit}",
            f"Bias {d.bias} {self.unit}, limits {d.lower_limit.value:.3g} to {d.upper_limit.value:.3g} {self.unit}",
        ]


def agreement(
    reference: ArrayLike, estimate: ArrayLike, *, unit: str = "", confidence: float = CONFIDENCE
) -> Agreement:
    """Every agreement statistic of paired values.

    Args:
        reference: (n) values of the method compared against.
        estimate: (n) values of the method under study, same order and unit.
        unit: As printed.
        confidence: Coverage of the intervals.

    Raises:
        StatisticsError: Not pairs, fewer than three, or without spread.
    """
    x, y = paired(reference, estimate)
    return Agreement(
        unit=unit,
        pearson=pearson(x, y, confidence=confidence),
        intraclass=intraclass(np.column_stack([x, y]), confidence=confidence),
        concordance=concordance(x, y, confidence=confidence),
        errors=error_sizes(x, y),
        differences=bland_altman(x, y, confidence=confidence),
    )
