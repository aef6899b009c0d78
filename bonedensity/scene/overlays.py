"""Images on the grid of an X-ray, such as the DRR of one bone, coloured to lie over it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.scene.attributes import put_fact, refer
from bonedensity.scene.color_tables import Color, color_table
from bonedensity.scene.radiographs import set_window
from bonedensity.scene.volumes import own_grid, put_image, put_unit, stored_array, unit_of

SEEN_FROM = 0.01
"""Values below this part of the largest are transparent: there the X-ray shows through untouched."""


def overlay_to_node(
    scene: Any, array: NDArray[np.generic], reference: Any, name: str, color: Color = (1.0, 0.6, 0.2), unit: str = "1"
) -> Any:
    """A new volume node with an image on the very grid of an X-ray's node, from black to `color`.

    Args:
        scene: The scene.
        array: (rows, columns), any real type.
        reference: The X-ray's volume node.
        name: Node name.
        color: (r, g, b) in [0, 1] of the largest value.
        unit: What the numbers mean, such as "g/cm²".

    Raises:
        GeometryError: The image has another size than the X-ray.
    """
    columns, rows, _ = reference.GetImageData().GetDimensions()
    if np.shape(array) != (rows, columns):
        raise GeometryError(
            f"“{name}” has shape {np.shape(array)}, but the X-ray “{reference.GetName()}” {(rows, columns)}: project "
            "with the X-ray's own camera."
        )
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    put_image(node, np.asarray(array)[np.newaxis], own_grid(reference))
    put_unit(node, unit)
    node.SetAndObserveTransformNodeID(reference.GetTransformNodeID())
    refer(node, "Radiograph", reference)
    put_fact(node, "Color", list(color))
    node.CreateDefaultDisplayNodes()
    _show_as_ramp(scene, node, color, float(np.max(array)))
    return node


def node_to_overlay(node: Any) -> tuple[NDArray[np.generic], str]:
    """The image (rows, columns) and its unit."""
    return stored_array(node)[0], unit_of(node, "1")


def set_overlay(node: Any, array: NDArray[np.generic]) -> None:
    """Give an overlay other numbers on its grid, as while a slider moves; its colours stretch to the new largest.

    Raises:
        GeometryError: The image has another size.
    """
    columns, rows, _ = node.GetImageData().GetDimensions()
    if np.shape(array) != (rows, columns):
        raise GeometryError(f"“{node.GetName()}” has {rows} x {columns} pixels, but the new image {np.shape(array)}.")
    put_image(node, np.asarray(array)[np.newaxis], own_grid(node))
    largest = float(np.max(array))
    set_window(node, 0.0, largest)
    node.GetDisplayNode().SetThreshold(SEEN_FROM * largest, max(largest, 1e-6))


def color_ramp(scene: Any, color: Color) -> Any:
    """The colour node from black to `color`; one a scene and colour."""
    name = "Ramp #" + "".join(f"{round(255 * part):02X}" for part in color)
    red, green, blue = color
    return color_table(scene, name, lambda share: (share * red, share * green, share * blue))


def _show_as_ramp(scene: Any, node: Any, color: Color, largest: float) -> None:
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(color_ramp(scene, color).GetID())
    set_window(node, 0.0, largest)
    display.AutoThresholdOff()
    display.SetThreshold(SEEN_FROM * largest, max(largest, 1e-6))
    display.ApplyThresholdOn()
