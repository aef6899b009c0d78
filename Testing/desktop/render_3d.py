"""What the 3D view would show of bones and beams, drawn by VTK without a window (OSMesa)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
import vtk

BACKGROUND = (0.93, 0.93, 0.93)
DARKER = 0.6
"""Lines are drawn on a light ground here, on a dark one in Slicer."""


def render_models(path: Path, size: tuple[int, int] = (640, 520)) -> None:
    """Draw the live bones and beams as the scene's camera sees them, into a PNG file."""
    renderer = vtk.vtkRenderer()
    renderer.SetBackground(*BACKGROUND)
    for node in slicer.util.getNodesByClass("vtkMRMLModelNode"):
        if node.GetDisplayNode() is not None and node.GetPolyData() is not None and node.GetName().startswith("Live"):
            renderer.AddActor(actor_of(node))
    place_camera(renderer)
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(*size)
    window.AddRenderer(renderer)
    window.Render()
    image = vtk.vtkWindowToImageFilter()
    image.SetInput(window)
    image.ReadFrontBufferOff()
    writer = vtk.vtkPNGWriter()
    writer.SetInputConnection(image.GetOutputPort())
    writer.SetFileName(str(path))
    writer.Write()


def actor_of(node: Any) -> Any:
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(node.GetPolyData())
    mapper.ScalarVisibilityOff()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    display, look = node.GetDisplayNode(), actor.GetProperty()
    look.SetColor(*(display.GetColor() if display.GetLighting() else [DARKER * c for c in display.GetColor()]))
    look.SetLighting(display.GetLighting())
    look.SetLineWidth(display.GetLineWidth())
    look.SetPointSize(display.GetPointSize())
    if node.GetParentTransformNode() is not None:
        matrix = vtk.vtkMatrix4x4()
        node.GetParentTransformNode().GetMatrixTransformToWorld(matrix)
        actor.SetUserMatrix(matrix)
    return actor


def place_camera(renderer: Any) -> None:
    node, camera = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCameraNode"), renderer.GetActiveCamera()
    camera.SetPosition(node.GetPosition())
    camera.SetFocalPoint(node.GetFocalPoint())
    camera.SetViewUp(node.GetViewUp())
    renderer.ResetCameraClippingRange()
