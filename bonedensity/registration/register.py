"""CT to X-ray by gradient correlation and CMA-ES, from coarse to fine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.drr.device import require_torch
from bonedensity.errors import RegistrationError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.registration.bone_contrast import bone_contrast
from bonedensity.registration.config import RegistrationConfig
from bonedensity.registration.error import pose_error
from bonedensity.registration.evidence import evidence_at
from bonedensity.registration.landmarks import LandmarkPairs, reprojection_distances
from bonedensity.registration.quality import as_good, judged, visible_share
from bonedensity.registration.result import Quality, RegistrationResult, best_of
from bonedensity.registration.run import SearchRun
from bonedensity.registration.search import OnMoment, SearchResult, unwatched
from bonedensity.registration.setup_checks import refuse_impossible_setup
from bonedensity.registration.view import View

NEW_TRIES = 1
"""Keeps the seeds of further tries apart from all others drawn from the user's seed."""


@dataclass(frozen=True, slots=True)
class FixedBones:
    """Bones whose pose is known: what a moving bone is seen in front of.

    Attributes:
        bones: Labels.
        pose: Their `world_from_ct`.
    """

    bones: tuple[str, ...]
    pose: RigidTransform


def register(
    volume: Volume,
    views: Sequence[View],
    *,
    initial: RigidTransform,
    config: RegistrationConfig | None = None,
    labels: LabelMap | None = None,
    bones: Sequence[str] | None = None,
    centre: ArrayLike | None = None,
    fixed: Sequence[FixedBones] = (),
    landmarks: LandmarkPairs | None = None,
    on_progress: OnProgress = silent,
    on_moment: OnMoment = unwatched,
    should_stop: ShouldStop = never,
) -> RegistrationResult:
    """Find the pose of a bone from radiographs.

    Args:
        volume: CT in HU.
        views: One or more radiographs with cameras in one world.
        initial: `world_from_ct` to start from.
        config: Levels and limits; default for starts within about 20 degrees, 20 mm in plane, 60 mm in depth.
        labels: Segmentation on the CT's grid; without it, everything above 150 HU is registered.
        bones: Labels to register together; default all of `labels`.
        centre: CT point (LPS mm) to turn about; default the middle of the bones.
        fixed: Other bones of the CT whose pose is known; they are drawn behind the moving ones.
        landmarks: Pairs on CT and first view, for the quality only.
        on_progress: Fraction and message.
        on_moment: Where the search stands, after each generation.
        should_stop: True ends the search; the best pose so far is returned.

    Returns:
        Pose, quality and the search's figures.

    Raises:
        RegistrationError: No view, or the bone does not project onto the detector at the start.
        AnatomyError: A bone without voxels.
        CalibrationError: The CT is not in HU.
        GeometryError: Labels on another grid.
    """
    if not views:
        raise RegistrationError("There is no radiograph to register to: give at least one view.")
    bone, points = bone_contrast(volume, labels, bones)
    refuse_impossible_setup(volume, points, views, initial)
    pivot = points.mean(axis=0) if centre is None else np.asarray(centre, dtype=np.float64)
    behind = [(bone_contrast(volume, labels, known.bones)[0], known.pose) for known in fixed]
    config = config or RegistrationConfig()
    _refuse_unfit_optimiser(config)
    started = time.perf_counter()
    tries: list[RegistrationResult] = []
    for seed in _seeds(config):
        run = SearchRun(
            replace(config, seed=seed),
            views,
            bone,
            behind,
            initial,
            pivot,
            on_progress,
            should_stop,
            on_moment,
            tuple(tries),
        )
        tries.append(_result(run, run.all_levels(), points, landmarks))
        if tries[-1].quality.accepted or run.stopped:
            break
    on_progress(1.0, "Registered" if not tries[-1].stopped_early else "Stopped")
    return best_of(tries, time.perf_counter() - started)


def _seeds(config: RegistrationConfig) -> list[int]:
    """Of each try. Only a search that looks at many poses first can end elsewhere when it is made again."""
    wide = config.optimiser == "cma-es" and any(level.scanned for level in config.levels)
    again = np.random.default_rng([config.seed, NEW_TRIES]).integers(2**31, size=config.attempts - 1 if wide else 0)
    return [config.seed, *again.tolist()]


def _result(
    run: SearchRun, ends: list[SearchResult], points: NDArray[np.float64], landmarks: LandmarkPairs | None
) -> RegistrationResult:
    return RegistrationResult(
        world_from_ct=run.frame.pose(ends[0].parameters),
        initial=run.initial,
        centre=run.frame.centre,
        quality=_quality(run, ends, points, landmarks),
        seconds=0.0,
        evaluations=run.evaluations,
        stopped_early=run.stopped,
        trace=tuple(run.trace),
    )


def _quality(
    run: SearchRun, ends: list[SearchResult], points: NDArray[np.float64], landmarks: LandmarkPairs | None
) -> Quality:
    camera = run.views[0].camera
    ends = as_good(ends, run.start_similarity)
    poses = [run.frame.pose(end.parameters) for end in ends]
    apart = [pose_error(other, poses[0], points, camera) for other in poses[1:]]
    pairs = None if landmarks is None else reprojection_distances(landmarks, camera, poses[0])
    known = run.config.similarity == "gradient-correlation" and not run.stopped
    return judged(
        similarity=ends[0].similarity + float(run.config.prior.penalties(ends[0].parameters[None])[0]),
        start_similarity=run.start_similarity,
        agreement_mm=max((a.in_plane_mm for a in apart), default=None),
        agreement_depth_mm=max((a.depth_mm for a in apart), default=None),
        visible=min(visible_share(points, view.camera, poses[0]) for view in run.views),
        turned_deg=(poses[0] @ run.initial.inverse()).angle_deg,
        landmark_mm=None if pairs is None else float(pairs.mean()),
        acceptance=run.config.acceptance,
        evidence=evidence_at(run.judging(), run.frame, ends, points, run.config.prior) if known else None,
        stopped=run.stopped,
    )


def _refuse_unfit_optimiser(config: RegistrationConfig) -> None:
    if config.optimiser not in ("cma-es", "gradient"):
        raise RegistrationError(f"There is no optimiser “{config.optimiser}”: choose cma-es or gradient.")
    if config.optimiser != "gradient":
        return
    require_torch()
    if config.similarity != "gradient-correlation":
        raise RegistrationError(
            f"Gradient descent knows gradient correlation alone, not “{config.similarity}”: choose cma-es for it."
        )
