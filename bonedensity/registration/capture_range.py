"""From how far a registration finds home: starts off by known amounts along each axis, and all round in plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.registration.bone_contrast import bone_contrast
from bonedensity.registration.config import Level, RegistrationConfig, Spread
from bonedensity.registration.error import pose_error
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.register import register
from bonedensity.registration.uncertainty import AXES
from bonedensity.registration.view import View

QUICK_LEVELS = (
    Level(64, 4.0, 1.0, Spread(7.0, 8.0, 25.0), population=24, generations=30, equalising_px=2.0),
    Level(128, 2.5, 1.0, Spread(1.5, 1.5, 10.0), population=14, generations=20, equalising_px=4.0),
)
"""A small budget: what fails with it may succeed with more."""

SUCCESS_MM = 2.0
"""In-plane mTRE below which a start has come home."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """Which starts are tried.

    Attributes:
        turns_deg: Turns about each axis of the view, both ways (degrees).
        shifts_mm: Shifts right and down, both ways, and radii of the rings in plane (mm at the bone).
        depths_mm: Shifts in depth, both ways (mm).
        directions: Of each ring, evenly round from right towards down.
    """

    turns_deg: tuple[float, ...] = (10.0, 20.0, 30.0, 45.0)
    shifts_mm: tuple[float, ...] = (15.0, 30.0, 50.0, 75.0)
    depths_mm: tuple[float, ...] = (40.0, 80.0, 120.0, 180.0)
    directions: int = 8

    def starts(self) -> list[tuple[str, NDArray[np.float64]]]:
        """Name of the axis (or "in plane") and six offsets (3 degrees, 3 mm); the true pose first."""
        found = [("truth", np.zeros(6))]
        reaches = (*(self.turns_deg,) * 3, self.shifts_mm, self.shifts_mm, self.depths_mm)
        for axis, ((name, _), reach) in enumerate(zip(AXES, reaches, strict=True)):
            found += [(name, value * np.eye(6)[axis]) for value in sorted([*reach, *(-r for r in reach)])]
        for radius in self.shifts_mm:
            for angle in 2 * np.pi * np.arange(self.directions) / self.directions:
                found.append(("in plane", np.array([0, 0, 0, radius * np.cos(angle), radius * np.sin(angle), 0])))
        return found


@dataclass(frozen=True, slots=True)
class Trial:
    """One start and where it ended.

    Attributes:
        axis: Name of the axis, "in plane" for a ring, "truth" for the start at the true pose.
        offset: Six offsets of the start (3 degrees, 3 mm, in the first view's frame).
        in_plane_mm: In-plane mTRE of the end; NaN where the start was refused.
        accepted: The registration's own decision.
    """

    axis: str
    offset: tuple[float, ...]
    in_plane_mm: float
    accepted: bool

    @property
    def success(self) -> bool:
        """Whether the end is within 2 mm in plane."""
        return self.in_plane_mm < SUCCESS_MM


@dataclass(frozen=True, slots=True)
class CaptureMap:
    """All trials; fewer than asked for where it was stopped."""

    trials: tuple[Trial, ...]

    def of(self, axis: str) -> list[Trial]:
        """The trials of one axis, in order."""
        return [trial for trial in self.trials if trial.axis == axis]

    def range_of(self, axis: str) -> float:
        """Largest offset (degrees or mm) up to which every start along an axis came home; 0 with none."""
        trials = sorted(self.of(axis), key=lambda trial: float(np.linalg.norm(trial.offset)))
        reach = 0.0
        for distance in sorted({round(float(np.linalg.norm(trial.offset)), 6) for trial in trials}):
            ring = [trial for trial in trials if round(float(np.linalg.norm(trial.offset)), 6) == distance]
            if not all(trial.success for trial in ring):
                break
            reach = distance
        return reach

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: the range of each axis, and all trials."""
        axes = dict.fromkeys(trial.axis for trial in self.trials if trial.axis != "truth")
        return {
            "success_below_mm": SUCCESS_MM,
            "ranges": {axis: self.range_of(axis) for axis in axes},
            "trials": [{**asdict(trial), "success": trial.success} for trial in self.trials],
        }


def capture_range(
    volume: Volume,
    views: Sequence[View],
    truth: RigidTransform,
    *,
    labels: LabelMap | None = None,
    bones: Sequence[str] | None = None,
    centre: ArrayLike | None = None,
    offsets: Offsets | None = None,
    config: RegistrationConfig | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> CaptureMap:
    """Register from many starts around a known pose.

    Args:
        volume: CT in HU.
        views: Radiographs with cameras in one world.
        truth: `world_from_ct` that is right.
        labels: Segmentation on the CT's grid.
        bones: To register together.
        centre: CT point (LPS mm) to turn about; default the middle of the bones.
        offsets: Which starts.
        config: Of each registration; default a small budget.
        on_progress: Fraction and message.
        should_stop: True ends with the trials so far.

    Raises:
        BoneDensityError: As `register`, where even the start at the true pose is refused.
    """
    chosen = config or RegistrationConfig(levels=QUICK_LEVELS)
    _, points = bone_contrast(volume, labels, bones)
    pivot = points.mean(axis=0) if centre is None else np.asarray(centre, dtype=np.float64)
    frame = ViewFrame(views[0].camera, truth, pivot)
    starts = (offsets or Offsets()).starts()
    trials: list[Trial] = []
    for number, (axis, offset) in enumerate(starts):
        if should_stop():
            break
        on_progress(number / len(starts), f"Start {number + 1} of {len(starts)}: {axis}")
        try:
            result = register(
                volume, views, initial=frame.pose(offset), config=chosen, labels=labels, bones=bones, centre=centre
            )
        except BoneDensityError:
            if axis == "truth":
                raise
            trials.append(Trial(axis, tuple(offset.tolist()), float("nan"), False))
            continue
        error = pose_error(result.world_from_ct, truth, points, frame.camera).in_plane_mm
        trials.append(Trial(axis, tuple(offset.tolist()), error, result.quality.accepted))
    on_progress(1.0, f"{len(trials)} of {len(starts)} starts tried")
    return CaptureMap(tuple(trials))
