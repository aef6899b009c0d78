"""CT to X-ray by gradient correlation and CMA-ES, from coarse to fine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.drr.quantity import EFFECTIVE_KEV
from bonedensity.errors import CalibrationError, GeometryError, RegistrationError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.volume import same_grid
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.registration.config import Level, RegistrationConfig
from bonedensity.registration.error import pose_error
from bonedensity.registration.landmarks import LandmarkPairs, reprojection_distances
from bonedensity.registration.level import LevelProblem
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.quality import judged, visible_share
from bonedensity.registration.result import Quality, RegistrationResult
from bonedensity.registration.search import SearchResult, search
from bonedensity.registration.view import View

BONE_ABOVE_HU = 50.0
"""Soft tissue around a bone is near this; only what a bone has above it makes an edge on a radiograph."""

METAL_ABOVE_HU = 2000.0
"""No bone is denser; metal is held to this."""

WHOLE_BODY_ABOVE_HU = 150.0
"""Without a segmentation, voxels above this stand for bone."""


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
    should_stop: ShouldStop = never,
) -> RegistrationResult:
    """Find the pose of a bone from radiographs.

    Args:
        volume: CT in HU.
        views: One or more radiographs with cameras in one world.
        initial: `world_from_ct` to start from.
        config: Levels and limits; default for starts within about 10 degrees, 10 mm in plane, 30 mm in depth.
        labels: Segmentation on the CT's grid; without it, everything above 150 HU is registered.
        bones: Labels to register together; default all of `labels`.
        centre: CT point (LPS mm) to turn about; default the middle of the bones.
        fixed: Other bones of the CT whose pose is known; they are drawn behind the moving ones.
        landmarks: Pairs on CT and first view, for the quality only.
        on_progress: Fraction and message.
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
    bone, points = _bone(volume, labels, bones)
    _refuse_invisible_start(points, views, initial)
    pivot = points.mean(axis=0) if centre is None else np.asarray(centre, dtype=np.float64)
    behind = [(_bone(volume, labels, known.bones)[0], known.pose) for known in fixed]
    run = _Run(config or RegistrationConfig(), views, bone, behind, initial, pivot, on_progress, should_stop)
    started = time.perf_counter()
    ends = run.all_levels()
    on_progress(1.0, "Registered" if not run.stopped else "Stopped")
    pose = run.frame.pose(ends[0].parameters)
    return RegistrationResult(
        world_from_ct=pose,
        initial=initial,
        centre=run.frame.centre,
        quality=_quality(run, ends, points, landmarks),
        seconds=time.perf_counter() - started,
        evaluations=run.evaluations,
        stopped_early=run.stopped,
        trace=tuple(run.trace),
    )


@dataclass
class _Run:
    """The state of one registration."""

    config: RegistrationConfig
    views: Sequence[View]
    bone: Volume
    behind: Sequence[tuple[Volume, RigidTransform]]
    initial: RigidTransform
    centre: NDArray[np.float64]
    on_progress: OnProgress
    should_stop: ShouldStop
    trace: list[float] = field(default_factory=list)
    evaluations: int = 0
    stopped: bool = False
    start_similarity: float = -1.0

    def __post_init__(self) -> None:
        self.frame = ViewFrame(self.views[0].camera, self.initial, self.centre)
        self._generations = sum(level.generations * level.starts for level in self.config.levels)

    def all_levels(self) -> list[SearchResult]:
        """The ends of the finest level's independent searches, best first."""
        ends = [SearchResult(np.zeros(6), -1.0)]
        for number, level in enumerate(self.config.levels):
            problem = LevelProblem(self.bone, self.views, level, similarity=self.config.similarity, fixed=self.behind)
            if number == len(self.config.levels) - 1:
                self.start_similarity = problem.similarity(self.initial)
            ends = self._one_level(problem, level, number, ends[0].parameters)
            self.evaluations += problem.evaluations
            if self.stopped:
                break
        return ends

    def _one_level(
        self, problem: LevelProblem, level: Level, number: int, start: NDArray[np.float64]
    ) -> list[SearchResult]:
        rng = np.random.default_rng([self.config.seed, number])
        prior = self.config.prior
        ends = []
        for attempt in range(level.starts):
            offset = rng.normal(size=6) * level.spread.scale if attempt else np.zeros(6)
            ends.append(
                search(
                    lambda many: problem.similarities([self.frame.matrix(p) for p in many]) - prior.penalties(many),
                    start=start + offset,
                    spread=level.spread,
                    population=level.population,
                    generations=level.generations,
                    seed=int(rng.integers(2**31)),
                    on_generation=lambda _, value: self._report(level, value),
                )
            )
            if self.stopped:
                break
        return sorted(ends, key=lambda end: -end.similarity)

    def _report(self, level: Level, similarity: float) -> bool:
        self.trace.append(similarity)
        fraction = min(1.0, len(self.trace) / self._generations)
        self.on_progress(fraction, f"Registering at {level.size_px} pixels: similarity {similarity:.3f}")
        self.stopped = self.should_stop()
        return self.stopped


def _bone(volume: Volume, labels: LabelMap | None, bones: Sequence[str] | None) -> tuple[Volume, NDArray[np.float64]]:
    """What the DRR integrates (1/mm), cropped to the bone, and its voxel centres (LPS mm)."""
    if volume.unit != "HU":
        raise CalibrationError(f"A CT is registered in HU, but “{volume.name}” is in {volume.unit}: give the CT in HU.")
    hu = np.asarray(volume.array, dtype=np.float32)
    if labels is None:
        mask = hu > WHOLE_BODY_ABOVE_HU
        if not mask.any():
            raise RegistrationError(
                f"“{volume.name}” holds nothing above {WHOLE_BODY_ABOVE_HU:.0f} HU: no bone to register."
            )
    else:
        if not same_grid(volume, labels.volume):
            raise GeometryError(f"The segmentation does not lie on the grid of “{volume.name}”: resample it first.")
        mask = labels.mask(labels.present() if bones is None else bones)
    contrast = np.where(mask, np.clip(hu - BONE_ABOVE_HU, 0, METAL_ABOVE_HU), np.float32(0)) * np.float32(
        linear_attenuation("water", EFFECTIVE_KEV) / 1000
    )
    indices = np.argwhere(mask)[:, ::-1]
    cropped = volume.with_array(contrast, unit="1/mm").cropped(indices.min(axis=0), indices.max(axis=0) + 1)
    step = max(1, len(indices) // 2000)
    return cropped, volume.to_patient(indices[::step])


def _refuse_invisible_start(points: NDArray[np.float64], views: Sequence[View], initial: RigidTransform) -> None:
    for number, view in enumerate(views, 1):
        if visible_share(points, view.camera, initial) == 0:
            raise RegistrationError(
                f"At the starting pose the bone projects outside radiograph {number}, or lies behind the source: move "
                "it into the image first (check the camera's distances and the pose)."
            )


def _quality(
    run: _Run, ends: list[SearchResult], points: NDArray[np.float64], landmarks: LandmarkPairs | None
) -> Quality:
    camera = run.views[0].camera
    poses = [run.frame.pose(end.parameters) for end in ends]
    apart = [pose_error(other, poses[0], points, camera) for other in poses[1:]]
    pairs = None if landmarks is None else reprojection_distances(landmarks, camera, poses[0])
    return judged(
        similarity=ends[0].similarity + float(run.config.prior.penalties(ends[0].parameters[None])[0]),
        start_similarity=run.start_similarity,
        agreement_mm=max((a.in_plane_mm for a in apart), default=None),
        agreement_depth_mm=max((a.depth_mm for a in apart), default=None),
        visible=min(visible_share(points, view.camera, poses[0]) for view in run.views),
        turned_deg=(poses[0] @ run.initial.inverse()).angle_deg,
        landmark_mm=None if pairs is None else float(pairs.mean()),
        acceptance=run.config.acceptance,
        stopped=run.stopped,
    )
