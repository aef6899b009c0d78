"""The signs by which a registration is judged, taken at the pose found from the finest level's images."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.edge_signs import EdgeSigns, edge_signs
from bonedensity.registration.level import LevelProblem


@dataclass(frozen=True, slots=True)
class Signs:
    """What the decision looks at; of several views, the mean.

    Attributes:
        edge_correlation: Of gradients within the bone's own edge band; see `EdgeSigns`.
        edges_found: Share of the bone's strong edges that meet an edge of the radiograph. Told, but not in the score:
            beside the others it adds nothing.
        similarity: Gradient correlation of the whole region, mean over views, as the judging problem compares.
        rival: Correlation at the best far shift, as a share of that at the pose found.
        expected_mm: In-plane error that the standard deviations stand for (mm).
    """

    edge_correlation: float
    edges_found: float
    similarity: float
    rival: float
    expected_mm: float

    def to_json(self) -> dict[str, float | None]:
        """As a JSON object; null for what the images cannot tell."""
        return {name: value if math.isfinite(value) else None for name, value in asdict(self).items()}


def edges_at(problem: LevelProblem, pose: RigidTransform, centre: NDArray[np.float64]) -> EdgeSigns:
    """Project the bone once more and compare edges, view by view; the mean of each sign.

    Args:
        problem: The finest level.
        pose: `world_from_ct` found.
        centre: Of the bone (CT LPS mm), for its depth.
    """
    found = [
        edge_signs(
            own,
            behind,
            view.image,
            view.region,
            smoothing_px=problem.level.smoothing_px,
            pixel_mm=pixel_at_mm(view.camera, pose.apply(centre)),
        )
        for view, (own, behind) in zip(problem.views, problem.projections(pose), strict=True)
    ]
    return EdgeSigns(
        correlation=float(np.mean([one.correlation for one in found])),
        found=float(np.mean([one.found for one in found])),
        rival=float(np.mean([one.rival for one in found])),
    )


def pixel_at_mm(camera: PinholeCamera, point: NDArray[np.float64]) -> float:
    """Size of a pixel (mm) at a world point's depth."""
    depth = float(camera.camera_from_world.apply(point)[2])
    return depth / float(camera.intrinsics[0, 0])
