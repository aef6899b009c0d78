"""The X-ray beam in 3D: source, detector outline, and the four rays to its corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray

from bonedensity.geometry import PinholeCamera
from bonedensity.scene.cameras import detector_grid
from bonedensity.scene.frames import flipped_points

BEAM_COLOR = (0.95, 0.85, 0.35)


def beam_to_node(scene: Any, camera: PinholeCamera, name: str = "X-ray beam") -> Any:
    """A new vtkMRMLModelNode of lines in the world: points 0 the source, 1 to 4 the detector's corners.

    Args:
        scene: The scene.
        camera: Source, detector and pose.
        name: Node name.
    """
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", name)
    node.SetAndObservePolyData(_lines(flipped_points(beam_points(camera))))
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetColor(*BEAM_COLOR)
    display.SetLineWidth(2)
    display.SetPointSize(8)
    display.SetLighting(False)
    display.SetVisibility2D(False)
    return node


def beam_points(camera: PinholeCamera) -> NDArray[np.float64]:
    """(5, 3) LPS mm: the source, then the detector's outer corners from the first pixel, rightwards, then down."""
    right, bottom = camera.columns - 0.5, camera.rows - 0.5
    pixels = np.array([(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)])
    grid = detector_grid(camera)
    corners = pixels @ grid[:3, :2].T + grid[:3, 3]
    return np.vstack([camera.source, corners])


def _lines(points: NDArray[np.float64]) -> Any:
    data = vtk.vtkPoints()
    data.SetDataTypeToDouble()
    for point in points:
        data.InsertNextPoint(*point)
    cells = vtk.vtkCellArray()
    for line in [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2, 3, 4, 1)]:
        cells.InsertNextCell(len(line), line)
    vertices = vtk.vtkCellArray()
    vertices.InsertNextCell(1, (0,))
    result = vtk.vtkPolyData()
    result.SetPoints(data)
    result.SetLines(cells)
    result.SetVerts(vertices)
    return result
