"""Named landmarks and a point list node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.scene.frames import flipped_points
from bonedensity.scene.parents import world_from_node

GLYPH_PERCENT = 1.5
"""Size of a point on the screen, in percent of the view."""

TEXT_PERCENT = 2.5
"""Size of a label on the screen, in percent of the view."""


def landmarks_to_node(
    scene: Any,
    landmarks: Mapping[str, ArrayLike],
    name: str,
    *,
    color: tuple[float, float, float] = (0.2, 0.9, 0.6),
    locked: bool = False,
    notes: Mapping[str, str] | None = None,
) -> Any:
    """A new vtkMRMLMarkupsFiducialNode with one labelled point for each landmark.

    Args:
        scene: The scene.
        landmarks: Name to (3,) LPS mm, in the node's own coordinates.
        name: Node name.
        color: (r, g, b) in [0, 1].
        locked: Points cannot be dragged.
        notes: Name to a description that Slicer's point table shows.
    """
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    node.CreateDefaultDisplayNodes()
    for label, point in landmarks.items():
        index = node.AddControlPoint(flipped_points(point).tolist(), label)
        node.SetNthControlPointDescription(index, (notes or {}).get(label, ""))
    node.SetLocked(locked)
    display = node.GetDisplayNode()
    display.SetSelectedColor(*color)
    display.SetColor(*color)
    display.SetPointLabelsVisibility(True)
    display.SetGlyphScale(GLYPH_PERCENT)
    display.SetTextScale(TEXT_PERCENT)
    return node


def node_to_landmarks(node: Any, *, in_world: bool = True) -> dict[str, NDArray[np.float64]]:
    """Label to (3,) LPS mm of every placed point; points without position (skipped in a template) are left out.

    Args:
        node: Any markups node.
        in_world: Linear parent transforms are applied.

    Raises:
        GeometryError: A parent transform that is not linear.
    """
    world = world_from_node(node) if in_world else np.eye(4)
    placed = [
        index
        for index in range(node.GetNumberOfControlPoints())
        if node.GetNthControlPointPositionStatus(index) == node.PositionDefined
    ]
    points = {
        node.GetNthControlPointLabel(index): flipped_points(node.GetNthControlPointPosition(index)) for index in placed
    }
    return {label: world[:3, :3] @ point + world[:3, 3] for label, point in points.items()}
