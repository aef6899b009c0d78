"""What a registration found, and how far it may be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.registration.signs import Signs
from bonedensity.registration.uncertainty import PoseUncertainty


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """Signs of a good or a doubtful registration.

    Attributes:
        similarity: Similarity at the finest level, mean over views.
        start_similarity: The same at the starting pose.
        agreement_mm: In-plane distance between independent searches of the finest level (mm); None with one search.
        agreement_depth_mm: The same along the view's axis: the weak direction of a single view.
        visible_share: Share of the bone's surface that projects onto the detector.
        landmark_mm: Mean in-plane reprojection distance of the landmark pairs (mm); None without pairs.
        accepted: The decision.
        reasons: Why it is doubtful, one sentence each; empty when accepted.
        chance: Calibrated score in [0, 1] of an in-plane error below 2 mm; None where the search was stopped or
            compared by another similarity than gradient correlation.
        signs: What the score was made of; None as `chance`.
        uncertainty: Standard deviations of the six parameters; None as `chance`.
    """

    similarity: float
    start_similarity: float
    agreement_mm: float | None
    agreement_depth_mm: float | None
    visible_share: float
    landmark_mm: float | None
    accepted: bool
    reasons: tuple[str, ...]
    chance: float | None = None
    signs: Signs | None = None
    uncertainty: PoseUncertainty | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["reasons"] = list(self.reasons)
        values["signs"] = None if self.signs is None else self.signs.to_json()
        values["uncertainty"] = None if self.uncertainty is None else self.uncertainty.to_json()
        return values


@dataclass(frozen=True, slots=True, eq=False)
class RegistrationResult:
    """The outcome of one registration.

    Attributes:
        world_from_ct: The pose found.
        initial: The pose it started from.
        centre: CT point (LPS mm) it was parametrised about.
        quality: How far to trust it.
        seconds: Wall time.
        evaluations: DRRs compared.
        stopped_early: The caller asked to stop; the pose is the best so far.
        trace: Best similarity after each generation, all levels in a row.
    """

    world_from_ct: RigidTransform
    initial: RigidTransform
    centre: NDArray[np.float64]
    quality: Quality
    seconds: float
    evaluations: int
    stopped_early: bool
    trace: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """As the object that `register --json` prints and `POSE.json` holds."""
        return {
            "world_from_ct": self.world_from_ct.matrix.ravel().tolist(),
            "initial_world_from_ct": self.initial.matrix.ravel().tolist(),
            "centre": self.centre.tolist(),
            "similarity": self.quality.similarity,
            "seconds": self.seconds,
            "evaluations": self.evaluations,
            "accepted": self.quality.accepted,
            "stopped_early": self.stopped_early,
            "quality": self.quality.to_json(),
        }


def best_of(tries: Sequence[RegistrationResult], seconds: float) -> RegistrationResult:
    """The accepted try, or the one of the highest similarity; the figures are those of all tries together."""
    best = max(tries, key=lambda one: (one.quality.accepted, one.quality.similarity))
    return replace(
        best,
        seconds=seconds,
        evaluations=sum(one.evaluations for one in tries),
        stopped_early=tries[-1].stopped_early,
        trace=tuple(value for one in tries for value in one.trace),
    )
