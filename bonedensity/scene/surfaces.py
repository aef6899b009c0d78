"""Bone surfaces of a segmentation: shown in 3D, and as points."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from bonedensity.errors import AnatomyError
from bonedensity.scene.frames import flipped_points
from bonedensity.scene.labelmaps import segment_id_of
from bonedensity.scene.parents import world_from_node

SMOOTHING = 0.3
"""Slicer's smoothing factor in [0, 1]: takes the voxel steps off, leaves a femoral neck its width."""


def add_surfaces(node: Any, *, smoothing: float = SMOOTHING) -> None:
    """Make the closed surfaces of all segments and show them in 3D; saved scenes make them again when opened.

    Args:
        node: vtkMRMLSegmentationNode.
        smoothing: Slicer's smoothing factor, 0 (voxel steps) to 1.

    Raises:
        AnatomyError: There is nothing to make a surface of.
    """
    surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    segmentation = node.GetSegmentation()
    parameter = slicer.vtkBinaryLabelmapToClosedSurfaceConversionRule.GetSmoothingFactorParameterName()
    if float(segmentation.GetConversionParameter(parameter) or -1) != smoothing:
        segmentation.SetConversionParameter(parameter, str(smoothing))
        node.RemoveClosedSurfaceRepresentation()
    if segmentation.GetNumberOfSegments() == 0 or not node.CreateClosedSurfaceRepresentation():
        raise AnatomyError(f"No bone surface can be made of “{node.GetName()}”; segment the bones first.")
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetPreferredDisplayRepresentationName3D(surface)
    display.SetVisibility3D(True)


def surface_points(node: Any, name: str, *, maximum: int = 20_000, in_world: bool = True) -> NDArray[np.float64]:
    """Points on the surface of one bone, evenly thinned.

    Args:
        node: vtkMRMLSegmentationNode; its surfaces are made where they are missing.
        name: TotalSegmentator's name of the bone.
        maximum: At most this many points.
        in_world: Linear parent transforms are applied.

    Returns:
        (N, 3) in LPS mm.

    Raises:
        AnatomyError: No such bone, or it is empty.
    """
    segment_id = segment_id_of(node, name)
    if not node.GetSegmentation().ContainsRepresentation(
        slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    ):
        add_surfaces(node)
    surface = vtk.vtkPolyData()
    node.GetClosedSurfaceRepresentation(segment_id, surface)
    if surface.GetNumberOfPoints() == 0:
        raise AnatomyError(f"“{node.GetName()}” has an empty segment for {name}; segment it again.")
    points = flipped_points(vtk_to_numpy(surface.GetPoints().GetData()))
    chosen = points[:: max(1, -(-len(points) // maximum))]
    world = world_from_node(node) if in_world else np.eye(4)
    return chosen @ world[:3, :3].T + world[:3, 3]
