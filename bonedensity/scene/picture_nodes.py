"""A colour picture on an X-ray's plane, for the slice view: what no colour table of a scalar image can show."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk

from bonedensity.scene.frames import flipped_grid, to_vtk_matrix
from bonedensity.scene.volumes import own_grid


def picture_to_node(scene: Any, picture: NDArray[np.uint8], xray: Any, factor: int, name: str) -> Any:
    """A new vtkMRMLVectorVolumeNode over an X-ray's node.

    Args:
        scene: The scene.
        picture: (rows, columns, 3) bytes.
        xray: The X-ray's volume node.
        factor: How many of the X-ray's pixels make one of the picture's.
        name: Node name.
    """
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", name)
    set_picture(node, picture, xray, factor)
    node.CreateDefaultDisplayNodes()
    return node


def set_picture(node: Any, picture: NDArray[np.uint8], xray: Any, factor: int) -> None:
    """Give the node another picture, wherever the X-ray stands now."""
    image = vtk.vtkImageData()
    image.SetDimensions(picture.shape[1], picture.shape[0], 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(picture).reshape(-1, 3), deep=True))
    node.SetIJKToRASMatrix(to_vtk_matrix(flipped_grid(coarser_grid(own_grid(xray), factor))))
    node.SetAndObserveTransformNodeID(xray.GetTransformNodeID())
    node.SetAndObserveImageData(image)


def coarser_grid(grid: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """The grid (4x4, indices to mm) of blocks of `factor` by `factor` pixels."""
    blocks = np.diag([factor, factor, 1.0, 1.0])
    blocks[:2, 3] = (factor - 1) / 2
    return np.asarray(grid @ blocks)
