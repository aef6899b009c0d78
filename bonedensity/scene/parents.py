"""Where a node stands in the world, given the transforms it stands under."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.scene.frames import flipped_transform, from_vtk_matrix


def world_from_node(node: Any) -> NDArray[np.float64]:
    """4x4 in LPS mm from a node's own coordinates to the world; the identity without parent transform.

    Raises:
        GeometryError: A parent transform is not linear, so no matrix can stand for it.
    """
    parent = node.GetParentTransformNode()
    if parent is None:
        return np.eye(4)
    if not parent.IsTransformToWorldLinear():
        raise GeometryError(
            f"“{node.GetName()}” stands under the non-linear transform “{parent.GetName()}”: harden it on the data in "
            "the Transforms module first, or take the data out from under it."
        )
    matrix = vtk.vtkMatrix4x4()
    parent.GetMatrixTransformToWorld(matrix)
    return flipped_transform(from_vtk_matrix(matrix))
