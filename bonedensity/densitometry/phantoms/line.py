"""The robust straight line through a phantom's rods, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.phantoms.phantom import Phantom

ROD_TOLERANCE_MG_CM3 = 1.0
"""Standard uncertainty of a rod's nominal density, and the least scatter of rods about their line."""

HUBER = 1.345
"""Residuals beyond this many scales weigh less (95 % efficiency for normal errors)."""

ROUNDS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """density = slope x HU + intercept, from rods.

    Attributes:
        slope: mg/cm³ per HU.
        intercept: mg/cm³ at 0 HU.
        residuals: (n) rod's density by the line minus nominal (mg/cm³).
        covariance: 2x2 of slope and intercept.
    """

    slope: float
    intercept: float
    residuals: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def rms(self) -> float:
        """Root mean square residual (mg/cm³)."""
        return float(np.sqrt((self.residuals**2).mean()))


def fit_line(phantom: Phantom, hu: ArrayLike) -> Line:
    """Line of a phantom by iteratively reweighted least squares (Huber).

    A two-parameter phantom (Mindways) is fitted as HU minus water-equivalent against density, and the maker's
    constants lead from the rods' materials to bone in tissue.

    Args:
        phantom: What was scanned.
        hu: (n) mean HU of its rods, in order.
    """
    measured, nominal = np.asarray(hu, dtype=np.float64), np.asarray(phantom.densities, dtype=np.float64)
    if phantom.water_equivalents is None:
        (slope, intercept), covariance, residuals = _huber(measured, nominal)
        return Line(slope, intercept, residuals, covariance)
    excess = measured - np.asarray(phantom.water_equivalents)
    (slope, intercept), covariance, residuals = _huber(excess, nominal)
    sigma, beta = 1 / slope + phantom.sigma, -intercept / slope + phantom.beta
    to_bone = _jacobian(slope, intercept, sigma, beta)
    return Line(1 / sigma, -beta / sigma, residuals, to_bone @ covariance @ to_bone.T)


def calibration_of(phantom: Phantom, line: Line) -> Calibration:
    """A line as a calibration that carries its uncertainty."""
    spread = np.sqrt(np.diag(line.covariance))
    return Calibration(
        slope=line.slope,
        intercept=line.intercept,
        material=phantom.material,
        source=phantom.name,
        slope_uncertainty=float(spread[0] / line.slope),
        intercept_uncertainty=float(spread[1]),
        residual_mg_cm3=line.rms,
    )


def _huber(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[tuple[float, float], NDArray[np.float64], NDArray[np.float64]]:
    """Slope and intercept, their covariance, and fitted minus given."""
    design, weight = np.column_stack([x, np.ones(len(x))]), np.ones(len(x))
    found: NDArray[np.float64] = np.zeros(2)
    for _ in range(ROUNDS):
        normal = design.T @ (weight[:, None] * design)
        found = np.asarray(np.linalg.solve(normal, design.T @ (weight * y)), dtype=np.float64)
        rest = np.abs(design @ found - y)
        scale = max(1.4826 * float(np.median(rest)), ROD_TOLERANCE_MG_CM3)
        weight = np.minimum(1.0, HUBER * scale / np.maximum(rest, 1e-12))
    residuals = design @ found - y
    freedom = len(x) - 2
    variance = float(weight @ residuals**2) / freedom if freedom > 0 else 0.0
    inverse = np.asarray(np.linalg.inv(design.T @ (weight[:, None] * design)), dtype=np.float64)
    return (float(found[0]), float(found[1])), max(variance, ROD_TOLERANCE_MG_CM3**2) * inverse, residuals


def _jacobian(slope: float, intercept: float, sigma: float, beta: float) -> NDArray[np.float64]:
    """Of (1/sigma, -beta/sigma) by the two-parameter fit's (slope, intercept)."""
    by_fit = np.array([[-1 / slope**2, 0.0], [intercept / slope**2, -1 / slope]])
    return np.array([[-1 / sigma**2, 0.0], [beta / sigma**2, -1 / sigma]]) @ by_fit
