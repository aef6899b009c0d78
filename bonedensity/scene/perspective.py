"""Where the 3D view looks from: far enough to see X-ray source, bones and detector together."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.geometry import PinholeCamera
from bonedensity.scene.frames import flipped_points
from bonedensity.scene.models import beam_points

DISTANCE = 1.9
"""Eye to the beam's middle, over the beam's length; Slicer's 3D view opens 30 degrees."""

DIRECTION = np.array([0.8, -0.35, -0.5])
"""From the beam's middle to the eye, in the X-ray camera's axes: from its right, above, and the source's side."""


def look_at_beam(scene: Any, camera: PinholeCamera, *, view: str = "1") -> Any:
    """Let a 3D view look at the whole beam with the X-ray's rows level; returns the vtkMRMLCameraNode.

    Args:
        scene: The scene.
        camera: The X-ray's.
        view: The 3D view's name in Slicer's layouts.
    """
    points = beam_points(camera)
    detector = points[1:].mean(axis=0)
    middle = (points[0] + detector) / 2
    world_from_axes = camera.camera_from_world.rotation.T
    towards_eye = world_from_axes @ (DIRECTION / np.linalg.norm(DIRECTION))
    eye = middle + DISTANCE * np.linalg.norm(detector - points[0]) * towards_eye
    node = _camera_node(scene, view)
    node.SetFocalPoint(flipped_points(middle).tolist())
    node.SetPosition(flipped_points(eye).tolist())
    node.SetViewUp(flipped_points(-world_from_axes[:, 1]).tolist())
    node.ResetClippingRange()
    return node


def _camera_node(scene: Any, view: str) -> Any:
    count = scene.GetNumberOfNodesByClass("vtkMRMLCameraNode")
    nodes = [scene.GetNthNodeByClass(index, "vtkMRMLCameraNode") for index in range(count)]
    found = next((node for node in nodes if node.GetLayoutName() == view), None)
    if found is not None:
        return found
    node = scene.CreateNodeByClass("vtkMRMLCameraNode")
    node.UnRegister(None)
    node.SetName("Camera")
    node.SetLayoutName(view)
    return scene.AddNode(node)
