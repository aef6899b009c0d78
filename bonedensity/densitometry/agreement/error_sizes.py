"""How far an estimate is from its reference: mean absolute, root mean square and standard error of estimate."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.densitometry.agreement.pairs import paired, varied


@dataclass(frozen=True, slots=True)
class ErrorSizes:
    """Sizes of error in the values' unit.

    Attributes:
        mae: Mean absolute difference.
        rmse: Root mean squared difference.
        see: Standard error of estimate: scatter (n-2) about the least-squares line that predicts the reference from
            the estimate, so what is left after a linear correction.
    """

    mae: float
    rmse: float
    see: float

    def to_json(self) -> dict[str, float]:
        """As a JSON object."""
        return asdict(self)


def error_sizes(reference: ArrayLike, estimate: ArrayLike) -> ErrorSizes:
    """MAE, RMSE and SEE of paired values.

    Args:
        reference: (n) values.
        estimate: (n) values, same order and unit.

    Raises:
        StatisticsError: Not pairs, or the estimates have no spread.
    """
    y, x = paired(reference, estimate)
    varied(x, "estimated")
    centred = x - x.mean()
    slope = (centred @ y) / (centred @ centred)
    rest = y - y.mean() - slope * centred
    difference = x - y
    return ErrorSizes(
        mae=float(np.abs(difference).mean()),
        rmse=math.sqrt(float((difference**2).mean())),
        see=math.sqrt(float(rest @ rest) / (len(x) - 2)),
    )
