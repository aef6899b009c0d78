"""The X-ray beam in 3D: source, detector outline, and the four rays to its corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray

from bonedensity.geometry import PinholeCamera
from bonedensity.scene.frames import flipped_points
from bonedensity.workflows.beam import LINES, beam_points

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


def _lines(points: NDArray[np.float64]) -> Any:
    data = vtk.vtkPoints()
    data.SetDataTypeToDouble()
    for point in points:
        data.InsertNextPoint(*point)
    cells = vtk.vtkCellArray()
    for line in LINES:
        cells.InsertNextCell(len(line), line)
    vertices = vtk.vtkCellArray()
    vertices.InsertNextCell(1, (0,))
    result = vtk.vtkPolyData()
    result.SetPoints(data)
    result.SetLines(cells)
    result.SetVerts(vertices)
    return result
