"""Colour nodes of our own: smooth scales of 256 colours, one a scene and name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STEPS = 256
"""Colours of a scale."""

Color = tuple[float, float, float]
"""Red, green and blue in [0, 1]."""


def color_table(scene: Any, name: str, color_at: Callable[[float], Color]) -> Any:
    """The colour node of a name; made where the scene has none.

    Args:
        scene: The scene.
        name: Of the node.
        color_at: Colour at a share of the scale, 0 to 1.
    """
    found = scene.GetFirstNode(name, "vtkMRMLColorTableNode")
    if found is not None:
        return found
    node = scene.AddNewNodeByClass("vtkMRMLColorTableNode", name)
    node.SetTypeToUser()
    node.SetHideFromEditors(False)
    node.SetNumberOfColors(STEPS)
    for step in range(STEPS):
        node.SetColor(step, str(step), *color_at(step / (STEPS - 1)), 1.0)
    node.GetLookupTable().SetRange(0, STEPS - 1)
    return node
