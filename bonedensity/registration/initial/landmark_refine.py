"""Levenberg-Marquardt on the reprojection of landmark pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.landmarks import LandmarkPairs

NEAREST_MM = 1.0
"""Depth to which points are held during the search, so that none passes behind the source."""

TOLERANCE = 1e-14
"""Relative change at which the refinement ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A least-squares pose.

    Attributes:
        camera_from_ct: The pose.
        sum_of_squares: Of the distances at the landmarks' mean depth (mm²).
        standard_errors: Of the six parameters for a marking error of 1 mm on each axis (3 degrees, 3 mm).
    """

    camera_from_ct: RigidTransform
    sum_of_squares: float
    standard_errors: NDArray[np.float64]

    def scatter_mm(self, pairs: int) -> float:
        """Marking error on each axis that the distances speak of (mm); 0 for three pairs, which always fit."""
        freedom = 2 * pairs - 6
        return float(np.sqrt(self.sum_of_squares / freedom)) if freedom > 0 else 0.0


def refined(pairs: LandmarkPairs, camera: PinholeCamera, start: RigidTransform) -> Fit:
    """The pose of least squares near `start` (`camera_from_ct`).

    Distances are measured in a plane at the start's mean depth, kept while searching: measured at each point's own
    depth, moving towards the source would shrink all of them.
    """
    rays = camera.directions(pairs.on_xray)[:, :2]
    pivot = start.apply(pairs.in_ct.mean(axis=0))
    from_start = start.apply(pairs.in_ct)
    depth = max(NEAREST_MM, float(from_start[:, 2].mean()))

    def distances(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = RigidTransform.from_parameters(parameters, centre=pivot).apply(from_start)
        projected = moved[:, :2] / np.maximum(moved[:, 2:], NEAREST_MM)
        return np.asarray(((projected - rays) * depth).ravel())

    found = least_squares(
        distances, np.zeros(6), method="lm", xtol=TOLERANCE, ftol=TOLERANCE, gtol=TOLERANCE, max_nfev=2000
    )
    return Fit(
        camera_from_ct=RigidTransform.from_parameters(found.x, centre=pivot) @ start,
        sum_of_squares=2 * float(found.cost),
        standard_errors=np.sqrt(np.diag(np.linalg.pinv(found.jac.T @ found.jac))),
    )
