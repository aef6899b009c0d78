"""The decision accepted or doubtful, with its reasons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.config import Acceptance
from bonedensity.registration.result import Quality


def visible_share(points: NDArray[np.float64], camera: PinholeCamera, pose: RigidTransform) -> float:
    """Share of CT points (LPS mm) that project onto the detector; 0 where some lie behind the source."""
    try:
        u, v = camera.project(pose.apply(points)).T
    except GeometryError:
        return 0.0
    inside = (u >= -0.5) & (u <= camera.columns - 0.5) & (v >= -0.5) & (v <= camera.rows - 0.5)
    return float(inside.mean())


def judged(
    *,
    similarity: float,
    start_similarity: float,
    agreement_mm: float | None,
    agreement_depth_mm: float | None,
    visible: float,
    turned_deg: float,
    landmark_mm: float | None,
    acceptance: Acceptance,
    stopped: bool = False,
) -> Quality:
    """Collect the signs and decide.

    Args:
        similarity: At the pose found.
        start_similarity: At the start.
        agreement_mm: In-plane distance between independent searches (mm).
        agreement_depth_mm: Their distance along the view's axis (mm).
        visible: Share of the bone on the detector.
        turned_deg: Rotation away from the start (degrees).
        landmark_mm: Mean reprojection distance of landmark pairs (mm).
        acceptance: The limits.
        stopped: Whether the search was stopped before its end.
    """
    reasons = []
    if stopped:
        reasons.append("The search was stopped before its end.")
    if not similarity >= acceptance.similarity:  # also where it is not a number
        reasons.append(f"The edges agree weakly: similarity {similarity:.2f} is below {acceptance.similarity:.2f}.")
    if similarity <= start_similarity:
        reasons.append("The search found nothing better than its start.")
    if agreement_mm is not None and agreement_mm > acceptance.agreement_mm:
        reasons.append(
            f"Two searches ended {agreement_mm:.1f} mm apart in plane (limit {acceptance.agreement_mm:.1f})."
        )
    if visible < acceptance.visible_share:
        reasons.append(
            f"Only {visible:.0%} of the bone lies on the radiograph (at least {acceptance.visible_share:.0%})."
        )
    if turned_deg > acceptance.from_start_deg:
        reasons.append(
            f"The bone turned {turned_deg:.0f}° away from its start (limit {acceptance.from_start_deg:.0f}°)."
        )
    if landmark_mm is not None and landmark_mm > acceptance.landmark_mm:
        reasons.append(f"Landmarks lie {landmark_mm:.1f} mm apart (limit {acceptance.landmark_mm:.1f}).")
    return Quality(
        similarity=similarity,
        start_similarity=start_similarity,
        agreement_mm=agreement_mm,
        agreement_depth_mm=agreement_depth_mm,
        visible_share=visible,
        landmark_mm=landmark_mm,
        accepted=not reasons,
        reasons=tuple(reasons),
    )
