"""Whether several views agree: each alone must want the bone where they want it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.registration.config import RegistrationConfig
from bonedensity.registration.register import register
from bonedensity.registration.result import RegistrationResult
from bonedensity.registration.view import View

NEARLY_PARALLEL = 0.17
"""Sine of the angle (10 degrees) between two rays below which their distance says nothing about depth."""


@dataclass(frozen=True, slots=True)
class AgreementLimits:
    """From where on views disagree.

    Attributes:
        gap_mm: Between the rays on which two views see the bone's centre (mm).
        rotation_deg: Between the rotations that two views want alone (degrees).
    """

    gap_mm: float = 3.0
    rotation_deg: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class ViewAgreement:
    """How far the poses that single views want are apart.

    Attributes:
        gap_mm: Largest distance between the rays on which two views see the bone's centre (mm). A single view does not
            know depth, so depth does not count.
        rotation_deg: Largest angle between two views' rotations (degrees).
        pair: The two views (from 1) that are the furthest apart.
        reasons: Why the views disagree, one sentence; empty when they agree.
    """

    gap_mm: float
    rotation_deg: float
    pair: tuple[int, int]
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "gap_mm": self.gap_mm,
            "rotation_deg": self.rotation_deg,
            "views": list(self.pair),
            "reasons": list(self.reasons),
        }


def view_agreement(
    cameras: Sequence[PinholeCamera],
    poses: Sequence[RigidTransform],
    centre: ArrayLike,
    *,
    limits: AgreementLimits | None = None,
) -> ViewAgreement:
    """Compare what each view alone found.

    Args:
        cameras: Two or more, in one world.
        poses: `world_from_ct` that each view found alone, in the same order.
        centre: The bone's centre (CT LPS mm).
        limits: From where on they disagree.
    """
    allowed = limits or AgreementLimits()
    seen = [(camera.source, pose.apply(centre)) for camera, pose in zip(cameras, poses, strict=True)]
    found = []
    for first, second in combinations(range(len(cameras)), 2):
        gap = _ray_distance(seen[first], seen[second])
        turn = (poses[first] @ poses[second].inverse()).angle_deg
        found.append((max(gap / allowed.gap_mm, turn / allowed.rotation_deg), gap, turn, (first + 1, second + 1)))
    worst, _, _, pair = max(found)
    gap, turn = max(each[1] for each in found), max(each[2] for each in found)
    reasons = (
        f"Views {pair[0]} and {pair[1]} disagree: alone, they see the bone {gap:.1f} mm apart (limit "
        f"{allowed.gap_mm:.1f}) and turned by {turn:.1f}° (limit {allowed.rotation_deg:.0f}): check that each camera "
        "belongs to its radiograph, that both are calibrated in one world, and that the patient lay still.",
    )
    return ViewAgreement(gap, turn, pair, reasons if worst > 1 else ())


def agreement_at(
    volume: Volume,
    views: Sequence[View],
    result: RegistrationResult,
    *,
    config: RegistrationConfig | None = None,
    labels: LabelMap | None = None,
    bones: Sequence[str] | None = None,
    limits: AgreementLimits | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ViewAgreement:
    """Register each view alone from the common pose, at the last two levels, and compare.

    Args:
        volume: CT in HU.
        views: Two or more, with cameras in one world.
        result: Their common registration.
        config: That it was made with.
        labels: Segmentation on the CT's grid.
        bones: That were registered.
        limits: From where on views disagree.
        on_progress: Fraction and message.
        should_stop: True ends the searches early.
    """
    settings = config or RegistrationConfig()
    local = replace(settings, levels=settings.levels[-2:])
    alone = [
        register(
            volume,
            [view],
            initial=result.world_from_ct,
            config=local,
            labels=labels,
            bones=bones,
            on_progress=part_of(on_progress, number / len(views), (number + 1) / len(views)),
            should_stop=should_stop,
        ).world_from_ct
        for number, view in enumerate(views)
    ]
    return view_agreement([view.camera for view in views], alone, result.centre, limits=limits)


def doubted(result: RegistrationResult, agreement: ViewAgreement) -> RegistrationResult:
    """The result, no longer accepted where its views disagree."""
    if not agreement.reasons:
        return result
    quality = replace(result.quality, accepted=False, reasons=(*result.quality.reasons, *agreement.reasons))
    return replace(result, quality=quality)


def _ray_distance(
    first: tuple[NDArray[np.float64], NDArray[np.float64]], second: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> float:
    """Shortest distance (mm) between two lines, each through a source and a point; for parallel ones, of the points."""
    directions = [(point - source) / np.linalg.norm(point - source) for source, point in (first, second)]
    normal = np.cross(directions[0], directions[1])
    length = float(np.linalg.norm(normal))
    between = second[1] - first[1]
    if length < NEARLY_PARALLEL:
        across = between - directions[0] * (between @ directions[0])
        return float(np.linalg.norm(across))
    return float(abs(between @ normal) / length)
