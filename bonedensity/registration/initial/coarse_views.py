"""Radiographs at low resolution, on which a DRR finds its in-plane shift in one step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Projector
from bonedensity.drr.render import rays_in_patient
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.camera import MINIMUM_DEPTH_MM
from bonedensity.imaging import Volume
from bonedensity.imaging.resample import coarser
from bonedensity.registration.config import Level
from bonedensity.registration.initial.candidates import Candidate
from bonedensity.registration.initial.shift_finder import ShiftFinder
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.view import View


class CoarseViews:
    """Shifts poses in plane to where their edges fit best, in all views together.

    Args:
        bone: What the DRR integrates.
        views: Radiographs with cameras, at full resolution.
        level: Their size and smoothing.
        frame: Axes and centre of the poses.
    """

    def __init__(self, bone: Volume, views: Sequence[View], level: Level, frame: ViewFrame) -> None:
        reduced = coarser(bone, level.voxel_mm)
        self._projector = Projector(np.asarray(reduced.array, dtype=np.float32), reduced.index_to_patient)
        self._frame = frame
        self._cameras: list[PinholeCamera] = []
        self._finders: list[ShiftFinder] = []
        for view in views:
            camera, image, region = view.reduced(level.size_px)
            self._cameras.append(camera)
            self._finders.append(ShiftFinder(image, region, smoothing_px=level.smoothing_px))

    def shifted(self, parameters: NDArray[np.float64], reach_mm: float) -> Candidate:
        """The pose of six parameters, moved within `reach_mm`; a pose that no view shows has similarity -1."""
        pose = self._frame.pose(parameters)
        axes, shifts, scores = [], [], []
        for camera, finder in zip(self._cameras, self._finders, strict=True):
            mm_per_pixel = self._mm_per_pixel(camera, pose)
            if mm_per_pixel is None:
                return Candidate(pose, -1.0)
            reach = min(int(reach_mm / min(mm_per_pixel)), min(camera.rows, camera.columns) - 1)
            score, right, down = finder(self._projector(rays_in_patient(camera, pose)), reach)
            axes += list(camera.camera_from_world.rotation[:2])
            shifts += [right * mm_per_pixel[0], down * mm_per_pixel[1]]
            scores.append(score)
        move, *_ = np.linalg.lstsq(np.array(axes), np.array(shifts), rcond=0.1)  # one view: none in depth
        return Candidate(RigidTransform.from_translation(move) @ pose, float(np.mean(scores)))

    def _mm_per_pixel(self, camera: PinholeCamera, pose: RigidTransform) -> tuple[float, float] | None:
        """Size of a pixel at the bone's centre, along u and v; None where it lies behind the source."""
        depth = float(camera.camera_from_world.apply(pose.apply(self._frame.centre))[2])
        if depth <= MINIMUM_DEPTH_MM:
            return None
        return depth / float(camera.intrinsics[0, 0]), depth / float(camera.intrinsics[1, 1])
