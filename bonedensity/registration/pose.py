"""Poses as six numbers in the view's own frame, about the bone's centre."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.rotation import rotation_matrix


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
    _world_from_camera: NDArray[np.float64] = field(init=False, repr=False)
    _camera_from_ct: NDArray[np.float64] = field(init=False, repr=False)
    _pivot: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        camera_from_world = self.camera.camera_from_world
        object.__setattr__(self, "_world_from_camera", camera_from_world.inverse().matrix)
        object.__setattr__(self, "_camera_from_ct", (camera_from_world @ self.start).matrix)
        object.__setattr__(self, "_pivot", camera_from_world.apply(self.start.apply(self.centre)))

    def pose(self, parameters: ArrayLike) -> RigidTransform:
        """`world_from_ct` at six parameters (3 degrees, 3 mm)."""
        return RigidTransform(self.matrix(np.asarray(parameters, dtype=np.float64)))

    def matrix(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same as a bare 4x4: thousands of candidates a second need no checks."""
        turned = np.eye(4)
        rotation = rotation_matrix(np.radians(parameters[:3]))
        turned[:3, :3] = rotation
        turned[:3, 3] = self._pivot + parameters[3:] - rotation @ self._pivot
        return self._world_from_camera @ turned @ self._camera_from_ct

    def parameters(self, pose: RigidTransform) -> NDArray[np.float64]:
        """The six parameters of a pose; the inverse of `pose`."""
        camera_from_world = self.camera.camera_from_world
        moved = camera_from_world @ pose @ self.start.inverse() @ camera_from_world.inverse()
        return moved.to_parameters(centre=self._pivot)


def rigid_inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of a rigid 4x4, by transposing its rotation."""
    inverse = np.eye(4)
    rotation = matrix[:3, :3].T
    inverse[:3, :3] = rotation
    inverse[:3, 3] = -rotation @ matrix[:3, 3]
    return inverse
