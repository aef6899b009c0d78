"""Vertebral corners on a DXA as a point list that can be dragged, and outlines of the counterfactual as curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.scene.attributes import fact, put_fact, refer
from bonedensity.scene.dxa_images import pixel_to_world, stand_with, world_to_pixel
from bonedensity.scene.frames import flipped_points
from bonedensity.scene.markups import landmarks_to_node

CORNERS = ("upper left", "upper right", "lower right", "lower left")
"""In the order of an outline; left and right are the patient's."""

FOUND_COLOR = (0.2, 0.9, 0.6)
COUNTERFACTUAL_COLOR = (1.0, 0.6, 0.2)
FACT = "Corners"


def corner_names() -> list[str]:
    """The sixteen points as labelled: L1 upper left …"""
    return [f"{bone.removeprefix('vertebrae_')} {corner}" for bone in LUMBAR_L1_L4 for corner in CORNERS]


def corners_to_node(scene: Any, outline: NDArray[np.float64], dxa: Any, name: str) -> Any:
    """A new point list with the corners (4, 4, 2), column and row, on a DXA's node."""
    points = dict(zip(corner_names(), pixel_to_world(dxa, outline).reshape(-1, 3), strict=True))
    node = landmarks_to_node(scene, points, name, color=FOUND_COLOR)
    stand_with(node, dxa)
    node.GetDisplayNode().SetPointLabelsVisibility(False)
    refer(node, "Dxa", dxa)
    put_fact(node, FACT, True)
    return node


def set_corners(node: Any, outline: NDArray[np.float64], dxa: Any) -> None:
    """Move the points of a list made here; they stand where the export stands now."""
    for index, point in enumerate(flipped_points(pixel_to_world(dxa, outline)).reshape(-1, 3)):
        node.SetNthControlPointPosition(index, *point.tolist())
    stand_with(node, dxa)


def node_to_corners(node: Any, dxa: Any) -> NDArray[np.float64] | None:
    """Corners (4, 4, 2), column and row on a DXA's node; None where the list is not whole or not ours."""
    if node is None or fact(node, FACT) is None or node.GetNumberOfControlPoints() != len(corner_names()):
        return None
    points = [node.GetNthControlPointPosition(index) for index in range(node.GetNumberOfControlPoints())]
    return world_to_pixel(dxa, flipped_points(points)).reshape(len(LUMBAR_L1_L4), len(CORNERS), 2)


def outlines_to_node(scene: Any, outline: NDArray[np.float64], dxa: Any, name: str, node: Any = None) -> Any:
    """A model of four closed lines on the DXA's plane: the vertebrae's outlines; an existing node takes them over."""
    import vtk

    points, lines = vtk.vtkPoints(), vtk.vtkCellArray()
    for body in flipped_points(pixel_to_world(dxa, outline)):
        ids = [points.InsertNextPoint(*corner.tolist()) for corner in body]
        lines.InsertNextCell(len(ids) + 1, (*ids, ids[0]))
    data = vtk.vtkPolyData()
    data.SetPoints(points)
    data.SetLines(lines)
    if node is None:
        node = scene.AddNewNodeByClass("vtkMRMLModelNode", name)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetColor(*COUNTERFACTUAL_COLOR)
        display.SetLineWidth(2)
        display.SetSliceIntersectionThickness(2)
        display.SetSliceDisplayModeToProjection()
        display.SetVisibility2D(True)
        display.SetLighting(False)
        refer(node, "Dxa", dxa)
    stand_with(node, dxa)
    node.SetAndObservePolyData(data)
    return node
