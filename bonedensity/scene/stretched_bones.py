"""Vertebrae of a segmentation as surfaces that were moved: what a counterfactual means in space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import ArrayLike

from bonedensity.anatomy.labels import title_of
from bonedensity.scene.attributes import put_fact, refer, referred
from bonedensity.scene.frames import flipped_transform, to_vtk_matrix
from bonedensity.scene.labelmaps import segment_id_of
from bonedensity.scene.surfaces import add_surfaces

COLOR = (1.0, 0.6, 0.2)


def add_stretched(scene: Any, segmentation: Any, affines: Mapping[str, ArrayLike], what: str) -> list[Any]:
    """One new model node for each vertebra, its surface moved as an affine says.

    Args:
        scene: The scene.
        segmentation: vtkMRMLSegmentationNode; its surfaces are made where they are missing.
        affines: By bone 16 numbers row by row, LPS mm of the segmentation's own coordinates.
        what: Intervention in words, for the names.

    Raises:
        AnatomyError: No such bone.
    """
    representation = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    if not segmentation.GetSegmentation().ContainsRepresentation(representation):
        add_surfaces(segmentation)
    made = []
    for bone, affine in affines.items():
        surface = vtk.vtkPolyData()
        segmentation.GetClosedSurfaceRepresentation(segment_id_of(segmentation, bone), surface)
        node = scene.AddNewNodeByClass("vtkMRMLModelNode", f"{title_of(bone)}, {what} (synthetic)")
        node.SetAndObservePolyData(_moved(surface, np.array(affine, dtype=np.float64).reshape(4, 4)))
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetColor(*COLOR)
        node.GetDisplayNode().SetOpacity(0.6)
        node.SetAndObserveTransformNodeID(segmentation.GetTransformNodeID())
        put_fact(node, "Synthetic", True)
        refer(node, "Segmentation", segmentation)
        made.append(node)
    return made


def hide_stretched(scene: Any, segmentation: Any) -> None:
    """Hide what was added for this segmentation before: nobody could tell two counterfactuals apart."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLModelNode")
    for node in [scene.GetNthNodeByClass(place, "vtkMRMLModelNode") for place in range(count)]:
        if segmentation in referred(node, "Segmentation") and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(False)


def _moved(surface: Any, affine: Any) -> Any:
    transform = vtk.vtkTransform()
    transform.SetMatrix(to_vtk_matrix(flipped_transform(affine)))
    move = vtk.vtkTransformPolyDataFilter()
    move.SetTransform(transform)
    move.SetInputData(surface)
    move.Update()
    return move.GetOutput()
