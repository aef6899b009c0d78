"""A DXA export as a volume node of one slice, and what lies over it: counterfactual, difference, uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.scene.attributes import put_fact, refer
from bonedensity.scene.color_tables import Color, color_table
from bonedensity.scene.frames import flipped_points
from bonedensity.scene.radiographs import set_window
from bonedensity.scene.volumes import own_grid, put_image, put_unit, stored_array

GREYS = (0.0, 252.0)
"""Shown from black to white."""

PROVISIONAL_MM = 0.25
"""Pixel size with which an export of unknown spacing is drawn; nothing is measured with it."""

LEAST_RANGE = 10.0
"""Greys at which the colours of a difference are full, at least: noise must not look like change."""

DIVERGING = "Difference (blue to red)"
WARM = "Uncertainty (black to yellow)"


def dxa_to_node(scene: Any, array: NDArray[np.generic], pixel_mm: tuple[float, float] | None, name: str) -> Any:
    """A new vtkMRMLScalarVolumeNode of an export, upright in the coronal plane: rows down, the patient's left right.

    Args:
        scene: The scene.
        array: Greys (rows, columns), 0 to 255.
        pixel_mm: (row, column); None where nobody knows.
        name: Node name.
    """
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    put_image(node, np.asarray(array)[np.newaxis], _coronal_grid(np.shape(array), pixel_mm or (PROVISIONAL_MM,) * 2))
    put_fact(node, "PixelMm", None if pixel_mm is None else list(pixel_mm))
    put_unit(node, "1")
    node.CreateDefaultDisplayNodes()
    set_window(node, *GREYS)
    return node


def node_to_greys(node: Any) -> NDArray[np.float32]:
    """The image (rows, columns) of any volume node of one slice.

    Raises:
        GeometryError: No image, a colour image, or several slices.
    """
    array = stored_array(node)
    if array.shape[0] != 1:
        raise GeometryError(
            f"“{node.GetName()}” has {array.shape[0]} slices, so it is no DXA export: choose a single image."
        )
    return array[0].astype(np.float32)


def is_single_image(node: Any) -> bool:
    """Whether `node_to_greys` would give an image."""
    image = node.GetImageData()
    return image is not None and image.GetDimensions()[2] == 1 and image.GetNumberOfScalarComponents() == 1


def layer_to_node(scene: Any, array: NDArray[np.generic], reference: Any, name: str) -> Any:
    """A new volume node with another image on the very grid of an export's node, shown in the same greys.

    Raises:
        GeometryError: The image has another size.
    """
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.CreateDefaultDisplayNodes()
    refer(node, "Dxa", reference)
    put_fact(node, "Synthetic", True)
    put_unit(node, "1")
    set_layer(node, array, reference)
    set_window(node, *GREYS)
    return node


def set_layer(node: Any, array: NDArray[np.generic], reference: Any) -> None:
    """Give a layer other numbers, as while a slider moves; it stands where the export stands now.

    Raises:
        GeometryError: The image has another size than the export, or that lost its image.
    """
    if reference.GetImageData() is None:
        raise GeometryError(f"“{reference.GetName()}” has no image any more: load the DXA again.")
    columns, rows, _ = reference.GetImageData().GetDimensions()
    if np.shape(array) != (rows, columns):
        raise GeometryError(
            f"“{node.GetName()}” has shape {np.shape(array)}, but “{reference.GetName()}” {(rows, columns)}: both must "
            "show the same pixels."
        )
    put_image(node, np.asarray(array)[np.newaxis], own_grid(reference))
    stand_with(node, reference)


def stand_with(node: Any, reference: Any) -> None:
    """Put a node under the transform that the export stands under, or under none."""
    if node.GetTransformNodeID() != reference.GetTransformNodeID():
        node.SetAndObserveTransformNodeID(reference.GetTransformNodeID())


def show_as_difference(scene: Any, node: Any) -> None:
    """Brighter in red, darker in blue, unchanged in white."""
    full = max(LEAST_RANGE, float(np.percentile(np.abs(stored_array(node)), 99.5)))
    _colour(scene, node, DIVERGING, _diverging, (-full, full))


def show_as_uncertainty(scene: Any, node: Any) -> None:
    """From black to yellow."""
    _colour(scene, node, WARM, _warm, (0.0, max(1.0, float(stored_array(node).max()))))


def show_as_greys(scene: Any, node: Any) -> None:
    """As the export itself is shown."""
    node.GetDisplayNode().SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    set_window(node, *GREYS)


def pixel_to_world(node: Any, points: ArrayLike) -> NDArray[np.float64]:
    """Column and row (..., 2) of an image's node to LPS mm (..., 3) of the node's own coordinates."""
    at, grid = np.asarray(points, dtype=np.float64), own_grid(node)
    return np.asarray(at @ grid[:3, :2].T + grid[:3, 3])


def world_to_pixel(node: Any, points: ArrayLike) -> NDArray[np.float64]:
    """LPS mm (..., 3) of the node's own coordinates to column and row (..., 2), laid on the image's plane."""
    inverse = np.linalg.inv(own_grid(node))
    return np.asarray((np.asarray(points, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3])[..., :2])


def pixel_to_ras(node: Any, points: ArrayLike) -> NDArray[np.float64]:
    """Column and row (..., 2) to RAS mm of the node's own coordinates, as markups take them."""
    return flipped_points(pixel_to_world(node, points))


def _coronal_grid(shape: tuple[int, ...], pixel_mm: tuple[float, float]) -> NDArray[np.float64]:
    """4x4 from (column, row, 0) to LPS mm, the image's middle at the origin."""
    rows, columns = shape
    grid = np.eye(4)
    grid[:3, 0], grid[:3, 1], grid[:3, 2] = (pixel_mm[1], 0, 0), (0, 0, -pixel_mm[0]), (0, 1, 0)
    grid[:3, 3] = -grid[:3, 0] * (columns - 1) / 2 - grid[:3, 1] * (rows - 1) / 2
    return grid


def _colour(scene: Any, node: Any, name: str, color_at: Callable[[float], Color], window: tuple[float, float]) -> None:
    node.GetDisplayNode().SetAndObserveColorNodeID(color_table(scene, name, color_at).GetID())
    set_window(node, *window)


def _diverging(share: float) -> Color:
    """Blue at 0, white in the middle, red at 1."""
    away = 2 * share - 1
    end = (0.698, 0.094, 0.169) if away > 0 else (0.129, 0.400, 0.675)
    red, green, blue = (1 + abs(away) * (part - 1) for part in end)
    return red, green, blue


def _warm(share: float) -> Color:
    """Black at 0, yellow at 1."""
    return share, 0.85 * share**2, 0.0
