"""How surely a registration knows each of its six parameters, from how fast the similarity falls around the pose.

Gradient correlation S compares n pixels as a normalised correlation does. Were their differences independent and
normal, the log-likelihood of a pose would be -n/2 ln(1 - S²), and a fall of S by d would cost n S d / (1 - S²). The
curvature of S times w = n S / (1 - S²) is therefore an information matrix (Cramér-Rao) up to a factor: pixels are not
independent, and edges have biases that no noise explains. The factors, one an axis, are calibrated on registrations
with known truth so that 68 % of the errors lie within one standard deviation (`decision.json`, docs/registration.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.registration.calibrated import calibrated
from bonedensity.registration.config import Spread
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.profiles import Profiles

AXES = (
    ("turn about right", "degrees"),
    ("turn about down", "degrees"),
    ("turn about depth", "degrees"),
    ("right", "mm"),
    ("down", "mm"),
    ("depth", "mm"),
)
"""Names and units of the six parameters, in the frame of the first view, about the bone's centre."""

LEAST_SIMILARITY = 0.02
"""Below it a registration says nothing; keeps the weight positive."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseUncertainty:
    """Standard deviations of a pose's six parameters.

    Attributes:
        covariance: (6, 6) degrees and mm, in the order of `AXES`; its diagonal holds the squared standard deviations.
        information: (6, 6) weight times curvature, before calibration.
        apart: (6,) standard deviation of the finest level's independent ends; zeros with one.
        profiles: The similarities that it was taken from.
    """

    covariance: NDArray[np.float64]
    information: NDArray[np.float64]
    apart: NDArray[np.float64]
    profiles: Profiles

    @property
    def standard_deviations(self) -> NDArray[np.float64]:
        """(6,) degrees about right, down and depth; mm right, down and in depth."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def depth_mm(self) -> float:
        """Standard deviation along the first view's axis (mm)."""
        return float(self.standard_deviations[5])

    def depth_sd_at(self, offset: ArrayLike) -> float:
        """Standard deviation (mm) of the depth of another point of the bone.

        Args:
            offset: (3,) mm from the pose's centre, to the right, down and away in the first view.
        """
        x, y, _ = np.asarray(offset, dtype=np.float64)
        along = np.array([np.radians(y), -np.radians(x), 0.0, 0.0, 0.0, 1.0])
        return float(np.sqrt(along @ self.covariance @ along))

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: name to standard deviation and unit, and the profiles."""
        deviations = self.standard_deviations.tolist()
        return {
            "standard_deviations": {
                name: {"value": value, "unit": unit} for (name, unit), value in zip(AXES, deviations, strict=True)
            },
            "covariance": self.covariance.tolist(),
            "profiles": [
                {"axis": name, "unit": unit, "offsets": offsets.tolist(), "similarities": values.tolist()}
                for (name, unit), offsets, values in zip(AXES, self.profiles.offsets, self.profiles.values, strict=True)
            ],
        }


def pose_uncertainty(
    profiles: Profiles, *, similarity: float, pixels: int, spread: Spread, ends: NDArray[np.float64]
) -> PoseUncertainty:
    """From profiles of gradient correlation to standard deviations.

    What the similarity does not know, the prior does: no standard deviation exceeds the prior's spread. Independent
    searches that end apart add their own scatter.

    Args:
        profiles: Around the pose found.
        similarity: There.
        pixels: That are compared, all views together.
        spread: Of the prior.
        ends: (N, 6) parameters of the finest level's independent searches.
    """
    level = min(max(similarity, LEAST_SIMILARITY), 1 - 1e-6)
    information = pixels * level / (1 - level**2) * _positive(profiles.curvature, profiles.offsets[:, 3])
    factors = np.array(calibrated().uncertainty_factors)
    apart = ends.std(axis=0, ddof=1) if len(ends) > 1 else np.zeros(6)
    return PoseUncertainty(covariance_of(information, factors, spread, apart), information, apart, profiles)


def covariance_of(
    information: NDArray[np.float64], factors: NDArray[np.float64], spread: Spread, apart: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(6, 6) covariance from uncalibrated information, one factor an axis, the prior's spread and the ends' scatter."""
    scaled = information / np.outer(factors, factors) + np.diag(spread.scale**-2.0)
    return np.asarray(np.linalg.inv(scaled) + np.diag(apart**2))


def in_plane_moments(points: NDArray[np.float64], frame: ViewFrame) -> NDArray[np.float64]:
    """(6, 6) matrix M: six small changes p move a bone's points in plane by p M p mm² (mean square).

    Args:
        points: (N, 3) of the bone (CT LPS mm).
        frame: At the pose found.
    """
    camera_from_ct = frame.camera.camera_from_world @ frame.start
    x, y, z = (camera_from_ct.apply(points) - camera_from_ct.apply(frame.centre)).T
    none, one = np.zeros_like(x), np.ones_like(x)
    degree = np.radians(1.0)
    right = np.stack([none, z * degree, -y * degree, one, none, none])
    down = np.stack([-z * degree, none, x * degree, none, one, none])
    return np.asarray((right @ right.T + down @ down.T) / len(x))


def expected_in_plane_mm(covariance: NDArray[np.float64], moments: NDArray[np.float64]) -> float:
    """Root mean square in-plane error (mm) of a bone's points that a covariance stands for."""
    return float(np.sqrt(np.trace(moments @ covariance)))


def _positive(curvature: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curvature without the directions in which the similarity does not fall; judged in steps, which compare."""
    values, vectors = np.linalg.eigh(curvature * np.outer(steps, steps))
    kept = (vectors * np.clip(values, 0, None)) @ vectors.T
    return np.asarray(kept / np.outer(steps, steps))
