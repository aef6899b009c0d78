"""One resolution level made ready: small images, a coarse volume, and the similarity of many poses at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Projector, searching_backend
from bonedensity.geometry import RayGrid, RigidTransform, pinhole_rays
from bonedensity.imaging import Volume
from bonedensity.imaging.resample import coarser
from bonedensity.registration.config import Level
from bonedensity.registration.equalise import equalised
from bonedensity.registration.pose import rigid_inverse
from bonedensity.registration.similarity import GradientCorrelation, Similarity, copied, similarity_by_name
from bonedensity.registration.view import View


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="registration")


class LevelProblem:
    """The similarity of any pose, mean over views, at one level.

    Candidates are shared among threads, each projecting on one thread alone: nothing waits for anything.

    Args:
        bone: What the DRR integrates: the bone's contrast to soft tissue, zero elsewhere.
        views: Radiographs with cameras, at full resolution.
        level: Sizes and smoothing.
        similarity: Name of the similarity.
        fixed: Other bones where they are known to be, projected once and added to every DRR.
    """

    def __init__(
        self,
        bone: Volume,
        views: Sequence[View],
        level: Level,
        *,
        similarity: str = "gradient-correlation",
        fixed: Sequence[tuple[Volume, RigidTransform]] = (),
    ) -> None:
        self._projector = _projector(bone, level)
        self.level = level
        self.views = reduced = [view.reduced(level.size_px) for view in views]
        self._rays = [pinhole_rays(view.camera) for view in reduced]
        behind = [(_projector(other, level), pose.inverse().matrix) for other, pose in fixed]
        self._background = [_projected(rays, behind) for rays in self._rays]
        own = [
            similarity_by_name(
                similarity,
                equalised(view.image, view.region, level.equalising_px),
                view.region,
                smoothing_px=level.smoothing_px,
            )
            for view in reduced
        ]
        self._similarities = _for_all_threads(own)
        self.evaluations = 0

    def plain(self, smoothing_px: float) -> LevelProblem:
        """The same projections, compared by gradient correlation with the radiograph as it is.

        What a decision was calibrated on must not depend on how a level searches.

        Args:
            smoothing_px: Of both images (standard deviation, pixels).
        """
        twin = copy(self)
        twin.level = replace(self.level, smoothing_px=smoothing_px, equalising_px=0.0)
        twin._similarities = _for_all_threads(
            [GradientCorrelation(view.image, view.region, smoothing_px=smoothing_px) for view in self.views]
        )
        return twin

    @property
    def compared_pixels(self) -> int:
        """Pixels that are compared, all views together."""
        return sum(view.image.size if view.region is None else int(view.region.sum()) for view in self.views)

    def similarity(self, pose: RigidTransform) -> float:
        """Similarity at `world_from_ct`, mean over views."""
        return float(self.similarities([pose.matrix])[0])

    def similarities(self, poses: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Similarities of many poses (4x4 `world_from_ct`), on all processors; (N,)."""
        self.evaluations += len(poses)
        values = np.empty(len(poses))
        shares = [range(first, len(poses), len(self._similarities)) for first in range(len(self._similarities))]
        if len(poses) < len(shares):
            shares = [range(len(poses))]

        def work(worker: int) -> None:
            for number in shares[worker]:
                values[number] = self._one(poses[number], self._similarities[worker])

        for done in [_pool().submit(work, worker) for worker in range(len(shares))]:
            done.result()
        return values

    def projections(self, pose: RigidTransform) -> list[tuple[NDArray[np.float32], NDArray[np.float32] | None]]:
        """Of each view: the DRR of the moving bone alone at `world_from_ct`, and that of the fixed bones."""
        ct_from_world = rigid_inverse(pose.matrix)
        own = [self._projector(rays.moved(ct_from_world)) for rays in self._rays]
        return list(zip(own, self._background, strict=True))

    def _one(self, pose: NDArray[np.float64], similarities: Sequence[Similarity]) -> float:
        ct_from_world = rigid_inverse(pose)
        total = 0.0
        for rays, background, similarity in zip(self._rays, self._background, similarities, strict=True):
            image = self._projector(rays.moved(ct_from_world))
            if background is not None:
                image += background
            total += similarity(image)
        return total / len(self._rays)


def _for_all_threads(similarities: Sequence[Similarity]) -> list[list[Similarity]]:
    """One set of similarities for each thread."""
    workers = os.cpu_count() or 1
    return [list(similarities), *([copied(one) for one in similarities] for _ in range(workers - 1))]


def _projector(bone: Volume, level: Level) -> Projector:
    reduced = coarser(bone, level.voxel_mm)
    array = np.asarray(reduced.array, dtype=np.float32)
    return Projector(array, reduced.index_to_patient, backend=searching_backend(), threads=1)


def _projected(rays: RayGrid, fixed: Sequence[tuple[Projector, NDArray[np.float64]]]) -> NDArray[np.float32] | None:
    """The fixed bones' sum along a view's rays, given with `ct_from_world` each; None without any."""
    if not fixed:
        return None
    images = [projector(rays.moved(ct_from_world)) for projector, ct_from_world in fixed]
    return np.sum(images, axis=0, dtype=np.float32)
