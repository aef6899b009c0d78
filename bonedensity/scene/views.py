"""What the slice views show: the X-ray with its overlay in its own plane, the CT in the others."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.scene.frames import flipped_grid, flipped_points, to_vtk_matrix
from bonedensity.scene.parents import world_from_node
from bonedensity.scene.volumes import own_grid

Orientation = Literal["Axial", "Sagittal", "Coronal"]

COLORS = {"Red": (0.953, 0.290, 0.200), "Yellow": (0.929, 0.835, 0.298), "Green": (0.431, 0.690, 0.294)}
"""Slicer's own colours of its three slice views."""

MARGIN = 1.05
"""Field of view over image size."""


def show_overlay(
    scene: Any, background: Any, foreground: Any = None, *, opacity: float = 0.6, view: str = "Red"
) -> Any:
    """Show an X-ray, and over it another image, in a slice view turned into the detector's plane, and in 3D.

    The image stands as seen from the X-ray source: columns to the right, rows down.

    Args:
        scene: The scene.
        background: The X-ray's volume node.
        foreground: Volume node on top, or None.
        opacity: Of the foreground, 0 to 1.
        view: The slice view's name in Slicer's layouts.

    Returns:
        The vtkMRMLSliceNode.
    """
    _show_layers(scene, background, foreground, opacity, view)
    if background.GetImageData() is None:  # a node that lost its image has no plane to turn into
        return slice_node(scene, view)
    grid = flipped_grid(world_from_node(background) @ own_grid(background))
    right, down = (grid[:3, axis] / np.linalg.norm(grid[:3, axis]) for axis in (0, 1))
    columns, rows, _ = background.GetImageData().GetDimensions()
    slice_to_ras = np.eye(4)
    slice_to_ras[:3, 0], slice_to_ras[:3, 1], slice_to_ras[:3, 2] = right, -down, np.cross(right, -down)
    slice_to_ras[:3, 3] = (grid @ [(columns - 1) / 2, (rows - 1) / 2, 0.0, 1.0])[:3]
    size = (columns * np.linalg.norm(grid[:3, 0]), rows * np.linalg.norm(grid[:3, 1]))
    node = slice_node(scene, view)
    node.GetSliceToRAS().DeepCopy(to_vtk_matrix(slice_to_ras))
    node.UpdateMatrices()
    _fit(node, *size)
    node.SetSliceVisible(True)
    return node


def show_volume(scene: Any, volume: Any, *, view: str, orientation: Orientation) -> Any:
    """Show a volume node in a slice view through its middle, fitted; returns the vtkMRMLSliceNode."""
    _show_layers(scene, volume, None, 0.0, view)
    node = slice_node(scene, view)
    if not node.SetOrientation(orientation):
        raise GeometryError(f"The view “{view}” knows no orientation “{orientation}”; reset its orientations.")
    low, high = _world_bounds(volume)
    matrix = node.GetSliceToRAS()
    for axis, middle in enumerate((low + high) / 2):
        matrix.SetElement(axis, 3, middle)
    node.UpdateMatrices()
    axes = np.array([[abs(matrix.GetElement(row, column)) for row in range(3)] for column in range(2)])
    _fit(node, *(axes @ (high - low)))
    return node


def slice_node(scene: Any, view: str) -> Any:
    """The slice node of a view; made as the application would where it is missing."""
    node = scene.GetSingletonNode(view, "vtkMRMLSliceNode")
    if node is None:
        node = _singleton(scene, "vtkMRMLSliceNode", view)
        node.SetLayoutLabel(view[:1])
        node.SetLayoutColor(*COLORS.get(view, (0.5, 0.5, 0.5)))
    return node


def composite_node(scene: Any, view: str) -> Any:
    """The node that says which volumes a slice view shows; made where it is missing."""
    node = scene.GetSingletonNode(view, "vtkMRMLSliceCompositeNode")
    return node if node is not None else _singleton(scene, "vtkMRMLSliceCompositeNode", view)


def _singleton(scene: Any, class_name: str, view: str) -> Any:
    node = scene.CreateNodeByClass(class_name)
    node.UnRegister(None)
    node.SetSingletonTag(view)
    node.SetName(view)
    node.SetLayoutName(view)
    return scene.AddNode(node)


def _show_layers(scene: Any, background: Any, foreground: Any, opacity: float, view: str) -> None:
    composite = composite_node(scene, view)
    composite.SetBackgroundVolumeID(background.GetID())
    composite.SetForegroundVolumeID(None if foreground is None else foreground.GetID())
    composite.SetForegroundOpacity(opacity if foreground is not None else 0.0)
    composite.SetLinkedControl(False)  # else turning one view would turn the X-ray out of its plane


def _fit(node: Any, width: float, height: float) -> None:
    """Set the field of view to hold width x height (mm), with square pixels for the view's present shape."""
    columns, rows, _ = node.GetDimensions()
    pixel = MARGIN * max(width / max(columns, 1), height / max(rows, 1))
    node.SetFieldOfView(pixel * max(columns, 1), pixel * max(rows, 1), node.GetFieldOfView()[2])


def _world_bounds(volume: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest RAS mm of the voxel centres."""
    size = np.array(volume.GetImageData().GetDimensions()) - 1
    corners = np.array(np.meshgrid(*[(0, n) for n in size])).reshape(3, -1).T
    grid = world_from_node(volume) @ own_grid(volume)
    points = flipped_points(corners @ grid[:3, :3].T + grid[:3, 3])
    return points.min(axis=0), points.max(axis=0)
