"""Between points of a slice view or of the scene, and pixels of an X-ray."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.scene.frames import flipped_points, from_vtk_matrix
from bonedensity.scene.parents import world_from_node
from bonedensity.scene.volumes import own_grid


def pixel_under(slice_node: Any, xray: Any, position: tuple[float, float]) -> NDArray[np.float64]:
    """The X-ray's pixel (u, v) at a position of a slice view (pixels from its lower left corner)."""
    ras = from_vtk_matrix(slice_node.GetXYToRAS()) @ [*position, 0.0, 1.0]
    return pixel_of(xray, flipped_points(ras[:3]))


def position_of(slice_node: Any, xray: Any, pixel: ArrayLike) -> NDArray[np.float64]:
    """The position (x, y) in a slice view of an X-ray's pixel (u, v)."""
    world = world_from_node(xray) @ own_grid(xray) @ [*np.asarray(pixel, dtype=np.float64), 0.0, 1.0]
    ras = np.array([*flipped_points(world[:3]), 1.0])
    return (np.linalg.inv(from_vtk_matrix(slice_node.GetXYToRAS())) @ ras)[:2]


def pixel_of(xray: Any, point: ArrayLike) -> NDArray[np.float64]:
    """The pixel (u, v) of a point (world LPS mm) on the X-ray's plane; square to the plane where it lies off it."""
    grid = world_from_node(xray) @ own_grid(xray)
    return (np.linalg.inv(grid) @ [*np.asarray(point, dtype=np.float64), 1.0])[:2]
