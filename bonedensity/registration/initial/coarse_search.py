"""A coarse search over a wide range of poses, for starts that nobody knows better than "about an AP view"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import qmc

from bonedensity.errors import RegistrationError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.registration.bone_contrast import bone_contrast
from bonedensity.registration.config import Level, Spread
from bonedensity.registration.initial.candidates import Candidate, distinct
from bonedensity.registration.initial.coarse_views import CoarseViews
from bonedensity.registration.level import LevelProblem
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.view import View

COARSE = Level(64, 4.0, 1.5, Spread(6.0, 4.0, 15.0), population=1, generations=1, equalising_px=2.0)
"""Images of 64 pixels and voxels of 4 mm: a DRR takes a fraction of a millisecond."""

STEP_DEG = 11.0
"""Distance between neighbouring rotations; a refinement finds its way from about this far."""

LEAST_SAMPLES, MOST_SAMPLES = 64, 4096

REFINED_PER_CANDIDATE = 4
"""Starts refined for each candidate asked for: similar ones fall together."""

REFINEMENT_EVALUATIONS = 140
"""DRRs for one refinement."""

SAMPLING_SHARE = 0.6
"""Of the time, roughly."""


@dataclass(frozen=True, slots=True)
class SearchRange:
    """How far from the start a pose may be, in the first view's own axes.

    Attributes:
        rotation_deg: About each axis (degrees); 180 for any rotation.
        shift_mm: To the right and down (mm, at the bone).
        depth_mm: Away from the source (mm).
    """

    rotation_deg: float
    shift_mm: float
    depth_mm: float = 40.0

    def __post_init__(self) -> None:
        values = (self.rotation_deg, self.shift_mm, self.depth_mm)
        if not (np.isfinite(values).all() and min(values) >= 0 and self.rotation_deg <= 180):
            raise RegistrationError(
                f"The search range ({self.rotation_deg}°, {self.shift_mm} mm, depth {self.depth_mm} mm) is impossible: "
                "give 0 to 180 degrees and no negative length."
            )

    @property
    def samples(self) -> int:
        """Rotations to look at, such that neighbours are about `STEP_DEG` apart; a power of two."""
        turns = (1 + 2 * self.rotation_deg / STEP_DEG) ** 3
        return int(2 ** np.ceil(np.log2(np.clip(turns, LEAST_SAMPLES, MOST_SAMPLES))))


def coarse_search(
    volume: Volume,
    views: Sequence[View],
    *,
    start: RigidTransform,
    search_range: SearchRange,
    labels: LabelMap | None = None,
    bones: Sequence[str] | None = None,
    similarity: str = "gradient-correlation",
    count: int = 4,
    seed: int = 0,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> list[Candidate]:
    """The best distinct poses of a range, best first; a refinement may end a little outside it.

    Rotations and depths are drawn evenly (scrambled Sobol); for each, the in-plane shift comes from one Fourier
    correlation of edges in every view. The best are refined and those that fall together counted once.

    Args:
        volume: CT in HU.
        views: One or more radiographs with cameras in one world.
        start: `world_from_ct` amid the range.
        search_range: How far to look.
        labels: Segmentation on the CT's grid.
        bones: Labels to search for together; default all.
        similarity: Name of what the refinement compares; the shifts come from edges.
        count: Candidates to hand back, at most.
        seed: Same seed, same candidates.
        on_progress: Fraction and message.
        should_stop: True ends the search; the best candidates so far are returned.

    Raises:
        RegistrationError: No view, or no bone.
        BoneDensityError: As `bone_contrast`.
    """
    if not views:
        raise RegistrationError("There is no radiograph to search on: give at least one view.")
    bone, points = bone_contrast(volume, labels, bones)
    problem = LevelProblem(bone, views, COARSE, similarity=similarity)
    frame = ViewFrame(views[0].camera, start, points.mean(axis=0))
    coarse = CoarseViews(bone, views, COARSE, frame)
    sampling = part_of(on_progress, 0.0, SAMPLING_SHARE)
    sampled = _sampled(coarse, search_range, seed, sampling, should_stop)
    best = distinct(sampled, frame, REFINED_PER_CANDIDATE * count)
    refined = _refined(problem, frame, best, part_of(on_progress, SAMPLING_SHARE, 1.0), should_stop)
    on_progress(1.0, "Searched")
    return distinct(refined, frame, count)


def _sampled(
    coarse: CoarseViews, reach: SearchRange, seed: int, on_progress: OnProgress, should_stop: ShouldStop
) -> list[Candidate]:
    """Every drawn rotation and depth, shifted in plane to where its edges fit best."""
    draws = qmc.Sobol(4, seed=seed).random(reach.samples) * 2 - 1
    draws[0] = 0.0  # the start itself
    scale = np.array([reach.rotation_deg] * 3 + [reach.depth_mm])
    found: list[Candidate] = []
    for number, draw in enumerate(draws * scale):
        parameters = np.array([*draw[:3], 0.0, 0.0, draw[3]])
        found.append(coarse.shifted(parameters, reach.shift_mm))
        if number % 64 == 0:
            on_progress(number / len(draws), f"Looking at {len(draws)} directions")
            if should_stop():
                break
    return found


def _refined(
    problem: LevelProblem,
    frame: ViewFrame,
    starts: Sequence[Candidate],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> list[Candidate]:
    scale = COARSE.spread.scale

    def loss(offset: NDArray[np.float64], parameters: NDArray[np.float64]) -> float:
        return -problem.similarity(frame.pose(parameters + offset * scale))

    found = []
    for number, start in enumerate(starts):
        parameters = frame.parameters(start.world_from_ct)
        if should_stop():
            found.append(Candidate(start.world_from_ct, -loss(np.zeros(6), parameters)))
            break
        on_progress(number / len(starts), f"Refining {len(starts)} of them")
        end = minimize(
            loss,
            np.zeros(6),
            args=(parameters,),
            method="Nelder-Mead",
            options={
                "maxfev": REFINEMENT_EVALUATIONS,
                "initial_simplex": np.vstack([np.zeros(6), np.eye(6)]),
                "xatol": 0.02,
                "fatol": 1e-4,
            },
        )
        found.append(Candidate(frame.pose(parameters + end.x * scale), -float(end.fun)))
    return found
