"""The decision accepted or doubtful, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.calibrated import calibrated
from bonedensity.registration.config import PLAIN_SIMILARITY, Acceptance
from bonedensity.registration.decision import chance_of_success, doubts
from bonedensity.registration.evidence import Evidence
from bonedensity.registration.result import Quality
from bonedensity.registration.search import SearchResult

AS_GOOD = 0.9
"""Share of the best search's gain over the start from which another search's end is as good an answer."""


def visible_share(points: NDArray[np.float64], camera: PinholeCamera, pose: RigidTransform) -> float:
    """Share of CT points (LPS mm) that project onto the detector; 0 where some lie behind the source."""
    try:
        u, v = camera.project(pose.apply(points)).T
    except GeometryError:
        return 0.0
    inside = (u >= -0.5) & (u <= camera.columns - 0.5) & (v >= -0.5) & (v <= camera.rows - 0.5)
    return float(inside.mean())


def as_good(ends: Sequence[SearchResult], start_similarity: float) -> list[SearchResult]:
    """The best end and those that gained nearly as much over the start; a search that got lost says nothing against it.

    Args:
        ends: Of the finest level's independent searches, best first.
        start_similarity: At the start, at the finest level.
    """
    least = start_similarity + AS_GOOD * (ends[0].similarity - start_similarity)
    return [ends[0], *(end for end in ends[1:] if end.similarity >= least)]


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
    evidence: Evidence | None = None,
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
        evidence: Signs and uncertainty at the pose found; None where the search was stopped or compared by another
            similarity than gradient correlation, and a plain limit on the similarity decides.
        stopped: Whether the search was stopped before its end.
    """
    reasons = []
    if stopped:
        reasons.append("The search was stopped before its end.")
    chance = None if evidence is None else chance_of_success(evidence.signs, calibrated())
    reasons += _disagreement(similarity, chance, evidence, acceptance)
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
        chance=chance,
        signs=None if evidence is None else evidence.signs,
        uncertainty=None if evidence is None else evidence.uncertainty,
    )


def _disagreement(
    similarity: float, chance: float | None, evidence: Evidence | None, acceptance: Acceptance
) -> list[str]:
    """Why bone and radiograph do not agree: by the plain limit where there is one, else by the calibrated score."""
    if evidence is not None and chance is not None and acceptance.similarity is None:
        return doubts(evidence.signs, calibrated()) if chance < calibrated().least_chance else []
    limit = PLAIN_SIMILARITY if acceptance.similarity is None else acceptance.similarity
    if similarity >= limit:
        return []
    return [f"The edges agree weakly: similarity {similarity:.2f} is below {limit:.2f}."]  # also where not a number
