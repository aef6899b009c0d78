"""Poses as six numbers in the view's own frame, about the bone's centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform


@dataclass(frozen=True, slots=True, eq=False)
class ViewFrame:
    """Increments to a pose that a person at the screen would name.

    Rotation vector (degrees) about the view's axes right, down and depth, through the bone's centre where the
    starting pose puts it; then a shift (mm) along the same axes.

    Attributes:
        camera: The view whose axes are used.
        start: `world_from_ct` that six zeros stand for.
        centre: Of rotation, in CT coordinates (LPS mm).
    """

    camera: PinholeCamera
    start: RigidTransform
    centre: NDArray[np.float64]

    def pose(self, parameters: ArrayLike) -> RigidTransform:
        """`world_from_ct` at six parameters (3 degrees, 3 mm)."""
        camera_from_world = self.camera.camera_from_world
        pivot = camera_from_world.apply(self.start.apply(self.centre))
        moved = RigidTransform.from_parameters(parameters, centre=pivot)
        return camera_from_world.inverse() @ moved @ camera_from_world @ self.start

    def parameters(self, pose: RigidTransform) -> NDArray[np.float64]:
        """The six parameters of a pose; the inverse of `pose`."""
        camera_from_world = self.camera.camera_from_world
        pivot = camera_from_world.apply(self.start.apply(self.centre))
        moved = camera_from_world @ pose @ self.start.inverse() @ camera_from_world.inverse()
        return moved.to_parameters(centre=pivot)
