"""Landmark pairs from which no pose follows, refused in a sentence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError, RegistrationError
from bonedensity.registration.initial.landmark_values import NamedPairs

FEWEST_PAIRS = 3
PAIRS_WITHOUT_START = 4

OFF_LINE_MM = 5.0
"""Points that all lie this near to one line leave the turn about it to the marking errors."""

APART_PX = 2.0
"""Pixels that all lie this near to each other were not marked on a bone."""


def refuse_unusable_pairs(landmarks: NamedPairs, *, has_start: bool) -> None:
    """Raise where no pose follows.

    Raises:
        RegistrationError: Too few pairs, three without a start, CT points on one line, or pixels on one spot.
        GeometryError: Coordinates that are not finite.
    """
    in_ct, on_xray = landmarks.pairs.in_ct, landmarks.pairs.on_xray
    if not (np.isfinite(in_ct).all() and np.isfinite(on_xray).all()):
        raise GeometryError("A landmark has a coordinate that is not finite: mark it again.")
    if len(landmarks) < FEWEST_PAIRS:
        raise RegistrationError(
            f"A pose needs at least three landmark pairs, four without a start, but {len(landmarks)} were given: mark "
            "more points on both images."
        )
    if len(landmarks) < PAIRS_WITHOUT_START and not has_start:
        raise RegistrationError(
            "Three landmark pairs fit up to four poses: mark a fourth, or state the view to start from."
        )
    if _off_line_mm(in_ct) < OFF_LINE_MM:
        raise RegistrationError(
            f"The landmarks {', '.join(landmarks.names)} lie on one line within {OFF_LINE_MM:.0f} mm, so the turn "
            "about it stays open: mark one off that line."
        )
    if float(np.ptp(on_xray, axis=0).max()) < APART_PX:
        raise RegistrationError(
            "All landmarks lie on one spot of the radiograph: mark each at its own pixel (u to the right, v down)."
        )


def _off_line_mm(points: NDArray[np.float64]) -> float:
    """Largest distance (mm) of the points from the line that fits them best."""
    centred = points - points.mean(axis=0)
    axis = np.linalg.svd(centred)[2][0]
    return float(np.linalg.norm(centred - np.outer(centred @ axis, axis), axis=1).max())
