"""One resolution level made ready: small images, a coarse volume, and the similarity of a pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Projector
from bonedensity.drr.render import rays_in_patient
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import Volume
from bonedensity.imaging.resample import block_mean_2d, coarser
from bonedensity.registration.config import Level
from bonedensity.registration.similarity import GradientCorrelation
from bonedensity.registration.view import View


class LevelProblem:
    """The similarity of any pose, mean over views, at one level.

    Args:
        bone: What the DRR integrates: the bone's contrast to soft tissue, zero elsewhere.
        views: Radiographs with cameras, at full resolution.
        level: Sizes and smoothing.
    """

    def __init__(self, bone: Volume, views: Sequence[View], level: Level) -> None:
        reduced = coarser(bone, level.voxel_mm)
        self._projector = Projector(np.asarray(reduced.array, dtype=np.float32), reduced.index_to_patient)
        self._cameras: list[PinholeCamera] = []
        self._similarities: list[GradientCorrelation] = []
        for view in views:
            factor = max(1, round(max(view.image.shape) / level.size_px))
            self._cameras.append(view.camera.resampled(factor))
            image = block_mean_2d(view.image, factor)
            region = None if view.region is None else block_mean_2d(view.region, factor) > 0.5
            self._similarities.append(GradientCorrelation(image, region, smoothing_px=level.smoothing_px))
        self.evaluations = 0

    def similarity(self, pose: RigidTransform) -> float:
        """Gradient correlation at `world_from_ct`, mean over views."""
        self.evaluations += 1
        values = [
            similarity(self.drr(camera, pose))
            for camera, similarity in zip(self._cameras, self._similarities, strict=True)
        ]
        return float(np.mean(values))

    def drr(self, camera: PinholeCamera, pose: RigidTransform) -> NDArray[np.float32]:
        """The bone's projection at this level."""
        return self._projector(rays_in_patient(camera, pose))
