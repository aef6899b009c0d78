"""Where the 3D view looks from: far enough to see X-ray source, bones and detector together."""

from __future__ import annotations

from typing import Any

from bonedensity.geometry import PinholeCamera
from bonedensity.scene.frames import flipped_points
from bonedensity.workflows.beam import eye_on_beam


def look_at_beam(scene: Any, camera: PinholeCamera, *, view: str = "1") -> Any:
    """Let a 3D view look at the whole beam with the X-ray's rows level; returns the vtkMRMLCameraNode.

    Args:
        scene: The scene.
        camera: The X-ray's.
        view: The 3D view's name in Slicer's layouts.
    """
    eye = eye_on_beam(camera)
    node = _camera_node(scene, view)
    node.SetFocalPoint(flipped_points(eye.focus).tolist())
    node.SetPosition(flipped_points(eye.position).tolist())
    node.SetViewUp(flipped_points(eye.up).tolist())
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
