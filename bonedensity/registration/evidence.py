"""Everything that is looked at, at the pose found, before a registration is judged: signs and uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.config import Level, Prior
from bonedensity.registration.level import LevelProblem
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.profiles import profile_steps, similarity_profiles
from bonedensity.registration.search import SearchResult
from bonedensity.registration.signs import Signs, edges_at
from bonedensity.registration.uncertainty import (
    PoseUncertainty,
    expected_in_plane_mm,
    in_plane_moments,
    pose_uncertainty,
)

SIZE_PX, VOXEL_MM, SMOOTHING_PX = 256, 1.5, 1.0
"""Size of the image, voxels and smoothing at which a pose is judged, whatever the search used: the calibration's."""


class Evidence(NamedTuple):
    """What a pose's surroundings say about it."""

    signs: Signs
    uncertainty: PoseUncertainty


def judging_problem(finest: LevelProblem, made: Callable[[Level], LevelProblem]) -> LevelProblem:
    """What a pose is judged by: gradient correlation with the radiograph as it is, at the calibration's resolution.

    Args:
        finest: The search's last level, which serves where its resolution fits.
        made: Makes another level.
    """
    level = finest.level
    if (level.size_px, level.voxel_mm) != (SIZE_PX, VOXEL_MM):
        finest = made(replace(level, size_px=SIZE_PX, voxel_mm=VOXEL_MM))
    return finest.plain(SMOOTHING_PX)


def evidence_at(
    problem: LevelProblem, frame: ViewFrame, ends: Sequence[SearchResult], points: NDArray[np.float64], prior: Prior
) -> Evidence:
    """Evaluate the similarity around the best end, and compare edges there; some 90 DRRs.

    Args:
        problem: From `judging_problem`.
        frame: In which the ends are given.
        ends: Of the finest level's independent searches, best first.
        points: Of the bone (CT LPS mm).
        prior: Of the search.
    """
    poses = [frame.pose(end.parameters) for end in ends]
    here = ViewFrame(frame.camera, poses[0], frame.centre)
    profiles = similarity_profiles(
        lambda many: problem.similarities([here.matrix(p) for p in many]), profile_steps(points, here)
    )
    uncertainty = pose_uncertainty(
        profiles,
        similarity=float(profiles.values[0, 2]),
        pixels=problem.compared_pixels,
        spread=prior.spread,
        ends=np.array([here.parameters(pose) for pose in poses]),
    )
    edges = edges_at(problem, poses[0], frame.centre)
    signs = Signs(
        edge_correlation=edges.correlation,
        edges_found=edges.found,
        similarity=float(profiles.values[0, 2]),
        rival=edges.rival,
        expected_mm=expected_in_plane_mm(uncertainty.covariance, in_plane_moments(points, here)),
    )
    return Evidence(signs, uncertainty)
