"""From the mouse on the picture to the bones' pose: what is under the cursor stays under it.

All moves are made in the view's own frame (right, down, depth; the camera looks along +z), so that neither the way in
which a pose is written as six numbers nor earlier turns change what a drag does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.rotation import rotation_matrix

Gesture = Literal["shift", "turn", "spin"]
"""shift: in plane. turn: out of plane, about the view's right and down axes. spin: about the viewing axis."""

NEAREST_POINTS = 12
"""Surface points nearest to the cursor, before and behind the bone's middle, whose mean depth is the depth there."""

REACH_PX = 40.0
"""Farther than this from every surface point the cursor is on no bone, and the bones' middle gives the depth."""

LEAST_RADIUS_MM = 20.0
"""Of the ball that a turn rolls."""

NEAR_CENTRE_PX = 3.0
"""Nearer than this to the bones' middle a cursor has no direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Grip:
    """The bones as the mouse took hold of them; a drag is always reckoned from here, so that it does not drift.

    Attributes:
        camera: Of the X-ray; pixels are its own.
        pose: `world_from_ct` when the button went down.
        centre: (3,) CT point (LPS mm) that turns go through.
        points: (N, 3) on the shown bones' surfaces (CT LPS mm); may be empty.
        at: (2,) pixel (u, v) where the button went down.
    """

    camera: PinholeCamera
    pose: RigidTransform
    centre: NDArray[np.float64]
    points: NDArray[np.float64]
    at: NDArray[np.float64]

    def dragged(self, gesture: Gesture, to: ArrayLike) -> RigidTransform:
        """`world_from_ct` with the cursor at pixel `to` (u, v)."""
        there = np.asarray(to, dtype=np.float64)
        if gesture == "shift":
            return self._shifted(there)
        return self._turned(there) if gesture == "turn" else self._spun(there)

    @property
    def depth_mm(self) -> float:
        """Depth (mm from the source, along the view's axis) of what is under the cursor."""
        return depth_under(self.camera, self.pose, self.points, self.centre, self.at)

    def _shifted(self, to: NDArray[np.float64]) -> RigidTransform:
        """A point at the gripped depth moves by exactly as many pixels as the cursor did."""
        rays = self.camera.directions(np.stack([self.at, to]))
        return moved(self.camera, self.pose, RigidTransform.from_translation((rays[1] - rays[0]) * self.depth_mm))

    def _turned(self, to: NDArray[np.float64]) -> RigidTransform:
        """As a ball of the bones' size rolls under the cursor: its side that faces the source goes along."""
        pivot = in_camera(self.camera, self.pose, self.centre)
        rays = self.camera.directions(np.stack([self.at, to]))
        right, down, _ = (rays[1] - rays[0]) * pivot[2] / self._radius_mm()
        return moved(self.camera, self.pose, turn_about(pivot, np.array([down, -right, 0.0])))

    def _spun(self, to: NDArray[np.float64]) -> RigidTransform:
        """By the angle that the cursor describes about the bones' middle; positive is clockwise on the screen."""
        pivot = in_camera(self.camera, self.pose, self.centre)
        arms = self.camera.directions(np.stack([self.at, to]))[:, :2] - pivot[:2] / pivot[2]
        if np.linalg.norm(arms, axis=1).min() * self.camera.intrinsics[0, 0] < NEAR_CENTRE_PX:
            return self.pose
        before, after = np.arctan2(arms[:, 1], arms[:, 0])
        return moved(self.camera, self.pose, turn_about(pivot, np.array([0.0, 0.0, after - before])))

    def _radius_mm(self) -> float:
        if not len(self.points):
            return LEAST_RADIUS_MM
        return max(LEAST_RADIUS_MM, float(np.sqrt(np.mean(np.sum((self.points - self.centre) ** 2, axis=1)))))


def depth_under(
    camera: PinholeCamera,
    pose: RigidTransform,
    points: NDArray[np.float64],
    centre: NDArray[np.float64],
    pixel: NDArray[np.float64],
) -> float:
    """Depth (mm from the source) of the bone under a pixel (u, v): the mean of its nearest surface points'.

    Where no bone is near, that of `centre`. Points and centre are CT LPS mm.
    """
    middle = float(in_camera(camera, pose, centre)[2])
    if not len(points):
        return middle
    placed = in_camera(camera, pose, points)
    placed = placed[placed[:, 2] > 1.0]
    pixels = placed @ camera.intrinsics.T
    away = np.linalg.norm(pixels[:, :2] / pixels[:, 2:] - pixel, axis=1)
    nearest = np.argsort(away)[:NEAREST_POINTS]
    if not len(nearest) or away[nearest[0]] > REACH_PX:
        return middle
    return float(placed[nearest, 2].mean())


def deepened(camera: PinholeCamera, pose: RigidTransform, centre: NDArray[np.float64], by_mm: float) -> RigidTransform:
    """Moved away from the source along the ray through the bones' middle, whose pixel stays where it is."""
    pivot = in_camera(camera, pose, centre)
    return moved(camera, pose, RigidTransform.from_translation(pivot * (by_mm / pivot[2])))


def nudged(camera: PinholeCamera, pose: RigidTransform, centre: NDArray[np.float64], by: ArrayLike) -> RigidTransform:
    """Moved by six numbers (3 degrees, 3 mm) about the view's right, down and depth axes, from where it stands."""
    turn, shift = np.split(np.asarray(by, dtype=np.float64), 2)
    increment = turn_about(in_camera(camera, pose, centre), np.radians(turn))
    return moved(camera, pose, RigidTransform.from_translation(shift) @ increment)


def in_camera(camera: PinholeCamera, pose: RigidTransform, points: ArrayLike) -> NDArray[np.float64]:
    """CT points (..., 3) in the view's frame (mm: right, down, depth)."""
    return np.asarray(camera.camera_from_world.apply(pose.apply(points)))


def turn_about(pivot: NDArray[np.float64], rotation_vector: NDArray[np.float64]) -> RigidTransform:
    """The rotation by a vector (radians) about a point."""
    rotation = rotation_matrix(rotation_vector)
    return RigidTransform.from_rotation_translation(rotation, pivot - rotation @ pivot)


def moved(camera: PinholeCamera, pose: RigidTransform, increment: RigidTransform) -> RigidTransform:
    """A pose after an increment in the view's frame."""
    from_world = camera.camera_from_world
    return from_world.inverse() @ increment @ from_world @ pose
