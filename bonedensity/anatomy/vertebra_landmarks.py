"""End-plate corners of a vertebral body in its middle plane, and the heights between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.landmark import Landmark
from bonedensity.anatomy.vertebra import VertebralBody, fit_vertebra
from bonedensity.imaging import LabelMap, Volume

MIDDLE_MM = 4.0
"""Half the thickness of the slice in which corners are sought."""

IN_MIDDLE = 0.12
"""Radius of the column in the middle of the body, as a share of its width and depth."""

AT_EDGE = 0.12
"""Share of the depth next to the front or back within which a corner's height is taken."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class VertebraLandmarks:
    """Corners and end plates of one vertebra.

    Attributes:
        body: That they rest on.
        found: Name to landmark: `superior_anterior`, `superior_posterior`, `inferior_anterior`,
            `inferior_posterior`, `superior_centre`, `inferior_centre`, `superior_left` ... `inferior_right`, `centre`.
        anterior_mm: Height at the front.
        middle_mm: Height in the middle.
        posterior_mm: Height at the back.
    """

    body: VertebralBody
    found: dict[str, Landmark]
    anterior_mm: float
    middle_mm: float
    posterior_mm: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "landmarks": {name: landmark.point.tolist() for name, landmark in self.found.items()},
            "details": {name: landmark.to_json() for name, landmark in self.found.items()},
            "heights_mm": {"anterior": self.anterior_mm, "middle": self.middle_mm, "posterior": self.posterior_mm},
        }


def vertebra_landmarks(labels: LabelMap, name: str) -> VertebraLandmarks:
    """Find a vertebra's end-plate corners on its label.

    Args:
        labels: With the vertebra.
        name: TotalSegmentator's name, such as "vertebrae_L3".

    Raises:
        AnatomyError: No such label, or nothing of a body's size in it.
    """
    return landmarks_of(fit_vertebra(labels, name), labels.volume)


def landmarks_of(body: VertebralBody, volume: Volume) -> VertebraLandmarks:
    """The same for a body that is measured already.

    Args:
        body: Measured on its label.
        volume: The label's grid.
    """
    points = body.local(volume.points_where(body.mask))
    voxel = float(volume.spacing.mean())
    sagittal = _corners(points, body, volume, across=0, along=1)
    coronal = _corners(points, body, volume, across=1, along=0)
    found = {"centre": Landmark(body.centre, voxel / 2, "middle between the end plates")}
    for end, plate in (("superior", body.superior), ("inferior", body.inferior)):
        found[f"{end}_centre"] = Landmark(plate.centre, float(np.hypot(voxel / 2, plate.scatter_mm)), "end plate")
    for (end, side), point in {**_named(sagittal, "anterior", "posterior"), **_named(coronal, "right", "left")}.items():
        error = float(np.hypot(voxel / 2, 1.0)) * (3.0 if body.cut_off else 1.0)
        found[f"{end}_{side}"] = Landmark(body.centre + body.axes @ point, error, "corner of the end plate")
    middle = _middle_height(points, voxel)
    return VertebraLandmarks(
        body,
        found,
        anterior_mm=float(sagittal[0][2] - sagittal[1][2]),
        middle_mm=middle,
        posterior_mm=float(sagittal[2][2] - sagittal[3][2]),
    )


def _named(corners: list[Points], first: str, second: str) -> dict[tuple[str, str], Points]:
    names = [("superior", first), ("inferior", first), ("superior", second), ("inferior", second)]
    return dict(zip(names, corners, strict=True))


def _corners(points: Points, body: VertebralBody, volume: Volume, *, across: int, along: int) -> list[Points]:
    """Upper and lower corner at the first end, then at the second end of a local axis; local mm."""
    voxel = float(volume.spacing.mean())
    half = max(MIDDLE_MM, voxel)
    at = 0.0 if across == 0 else float(np.median(points[:, 1]))
    middle = points[np.abs(points[:, across] - at) < half]
    level = middle[np.abs(middle[:, 2]) < 0.25 * body.height_mm]
    walls = [side * _wall(side * level[:, along], level[:, 2], voxel) for side in (-1, 1)]
    reach = max(AT_EDGE * (walls[1] - walls[0]), 1.5 * voxel)
    corners = []
    for side, wall in zip((-1, 1), walls, strict=True):
        edge = middle[side * (middle[:, along] - wall) > -reach]
        for sign in (1, -1):
            point = np.zeros(3)
            point[across], point[along] = at, wall
            point[2] = sign * (_reach(sign * edge[:, 2]) + voxel / 2)
            corners.append(point)
    return corners


def _wall(out: Points, up: Points, voxel: float) -> float:
    """How far out a body's wall stands, as a quarter of its layers have it: a few voxels of one layer are no wall."""
    layers = np.round(up / voxel).astype(int)
    return float(np.quantile([out[layers == layer].max() for layer in np.unique(layers)], 0.75)) + voxel / 2


def _middle_height(points: Points, voxel: float) -> float:
    """Between the end plates in the middle of the body, where these are hollow."""
    width, depth = np.ptp(points[:, 0]), np.ptp(points[:, 1])
    off = np.hypot(points[:, 0] / width, (points[:, 1] - np.median(points[:, 1])) / depth)
    # Of a column that is filled evenly, the height is √12 standard deviations; no voxel's own place matters.
    return float(np.sqrt(12 * points[off < IN_MIDDLE, 2].var() + voxel**2))


def _reach(values: NDArray[np.float64]) -> float:
    """Highest value that is no single voxel's."""
    return float(np.sort(values)[-max(1, len(values) // 50 + 1)])
