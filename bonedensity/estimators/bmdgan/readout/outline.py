"""Where a proximal femur lies in its image and what its outline is like, against those of the training images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from bonedensity.errors import ModelError

EDGE_G_CM2 = 0.15
"""Areal density from which a pixel belongs to the outline."""

NAMES = ("size", "height", "place", "upright", "slant", "spread", "islands", "lean", "balance")
"""size: share of the image. height, place: row and column of the centre, as shares. upright, slant: difference of the
variances along rows and columns, and twice their covariance, as shares of their sum; both are smooth, unlike the angle
of a long axis. spread: root of that sum, as a share of the rows. islands: share outside the largest piece. lean,
balance: skew across, the neck's side, and along the upright."""

SMALLEST_SPREAD = np.array([0.004, 0.02, 0.02, 0.05, 0.05, 0.004, 0.02, 0.1, 0.1])
"""Least standard deviation of each: training people who are alike must not make everybody else strange."""

LEAST_PIXELS = 12


def outline_signs(projection: NDArray[np.floating]) -> NDArray[np.float64]:
    """`NAMES` of a projection of the proximal femur (g/cm²); all NaN where it shows none."""
    mask = np.asarray(projection) >= EDGE_G_CM2
    if mask.sum() < LEAST_PIXELS:
        return np.full(len(NAMES), np.nan)
    pieces, _ = label(mask)
    islands = 1 - np.bincount(pieces.ravel())[1:].max() / mask.sum()
    rows, columns = np.nonzero(mask)
    tall, wide = mask.shape
    y, x = (rows - rows.mean()) / tall, (columns - columns.mean()) / tall
    down, across, both = float(y @ y) / len(y), float(x @ x) / len(x), float(x @ y) / len(x)
    total = max(down + across, 1e-12)
    place = [(rows.mean() + 0.5) / tall, (columns.mean() + 0.5) / wide]
    return np.array(
        [
            *(mask.mean(), *place, (down - across) / total, 2 * both / total, total**0.5, islands),
            *(_skew(x, across), _skew(y, down)),
        ]
    )


def _skew(values: NDArray[np.float64], variance: float) -> float:
    return float((values**3).mean() / max(variance**1.5, 1e-12))


@dataclass(frozen=True, slots=True)
class OutlineModel:
    """What is usual.

    Attributes:
        centre: Of each of `NAMES`.
        spread: Standard deviation of each.
        limit: Largest distance that is usual.
    """

    centre: tuple[float, ...]
    spread: tuple[float, ...]
    limit: float

    def distance(self, projection: NDArray[np.floating]) -> float:
        """Largest deviation among the signs, in standard deviations; infinite where there is no femur."""
        return float(np.nan_to_num(np.abs(self._deviations(projection)), nan=np.inf).max())

    def strangest(self, projection: NDArray[np.floating]) -> str:
        """Name of the sign that deviates most."""
        return NAMES[int(np.nan_to_num(np.abs(self._deviations(projection)), nan=np.inf).argmax())]

    def _deviations(self, projection: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray((outline_signs(projection) - self.centre) / np.asarray(self.spread))

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"centre": list(self.centre), "spread": list(self.spread), "limit": self.limit}


def fit_outline(projections: list[NDArray[np.floating]], limit: float) -> OutlineModel:
    """The usual outline of training projections that show a femur.

    Raises:
        ModelError: None does.
    """
    signs = np.array([outline_signs(each) for each in projections])
    signs = signs[np.isfinite(signs).all(axis=1)]
    if not len(signs):
        raise ModelError("No training projection shows a proximal femur: check the manifest's truth images.")
    spread = np.maximum(signs.std(axis=0), SMALLEST_SPREAD)
    return OutlineModel(tuple(signs.mean(axis=0).tolist()), tuple(spread.tolist()), limit)


def outline_of(values: Mapping[str, Any]) -> OutlineModel:
    """An outline model from a card's plain values.

    Raises:
        ModelError: A value is missing or none that can be.
    """
    try:
        centre, spread = (tuple(float(each) for each in values[name]) for name in ("centre", "spread"))
        model = OutlineModel(centre, spread, float(values["limit"]))
    except (KeyError, TypeError, ValueError):
        raise ModelError("The card's outline is not complete: train the model again, or get its card again.") from None
    if len(centre) != len(NAMES) or len(spread) != len(NAMES) or not min(spread) > 0 or not model.limit > 0:
        raise ModelError("The card's outline cannot be: train the model again, or get its card again.")
    return model
