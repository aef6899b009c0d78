"""The voxels of segments, on whatever grids they are kept, gathered on the segmentation's reference grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from bonedensity.errors import AnatomyError
from bonedensity.scene.frames import flipped_grid, from_vtk_matrix, to_vtk_matrix

Extent = tuple[int, int, int, int, int, int]

SAME_GRID_MM = 1e-4
"""Grids whose matrices differ by less than this are one grid; files keep about six digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """A grid as MRML keeps it.

    Attributes:
        matrix: 4x4, index (i, j, k) to RAS mm, of index (0, 0, 0) whether or not the extent begins there.
        extent: First and last index of i, j, k.
    """

    matrix: NDArray[np.float64]
    extent: Extent

    @property
    def shape(self) -> tuple[int, int, int]:
        """(K, J, I)."""
        first_i, last_i, first_j, last_j, first_k, last_k = self.extent
        return (last_k - first_k + 1, last_j - first_j + 1, last_i - first_i + 1)

    @property
    def index_to_patient(self) -> NDArray[np.float64]:
        """4x4 to LPS mm for an array whose first voxel is the extent's first."""
        shift = np.eye(4)
        shift[:3, 3] = self.extent[::2]
        return flipped_grid(self.matrix @ shift)


def reference_geometry(node: Any) -> Geometry:
    """The grid on which a segmentation was drawn, in its own coordinates; else the grid of its first segment.

    Raises:
        AnatomyError: No segment can be turned into voxels.
    """
    converter = slicer.vtkSegmentationConverter
    text = node.GetSegmentation().GetConversionParameter(converter.GetReferenceImageGeometryParameterName())
    matrix, extent = vtk.vtkMatrix4x4(), [0, -1, 0, -1, 0, -1]
    if text and converter.DeserializeImageGeometry(text, matrix, extent) and min(extent[1::2]) >= 0:
        return Geometry(from_vtk_matrix(matrix), tuple(extent))  # type: ignore[arg-type]
    node.CreateBinaryLabelmapRepresentation()
    for segment_id in node.GetSegmentation().GetSegmentIDs():
        image = node.GetBinaryLabelmapInternalRepresentation(segment_id)
        if image is not None and image.GetNumberOfPoints():
            return _geometry_of(image)
    raise AnatomyError(f"The segmentation “{node.GetName()}” holds no voxel; segment the bones first.")


def painted_labels(node: Any, geometry: Geometry, values: Mapping[str, int]) -> NDArray[np.generic]:
    """Segments painted with their label values, (K, J, I) on `geometry`.

    Args:
        node: vtkMRMLSegmentationNode.
        geometry: The grid to paint on.
        values: Segment id to label value, painted in this order.
    """
    node.CreateBinaryLabelmapRepresentation()
    largest = max(values.values())
    canvas = np.zeros(geometry.shape, dtype=np.uint8 if largest < 256 else np.int16 if largest < 32768 else np.int32)
    for segment_id, value in values.items():
        image = node.GetBinaryLabelmapInternalRepresentation(segment_id)
        if image is None or image.GetNumberOfPoints() == 0:
            continue
        if not np.allclose(_geometry_of(image).matrix, geometry.matrix, atol=SAME_GRID_MM):
            image = _resampled(image, geometry)
        _paint(canvas, geometry.extent, image, node.GetSegmentation().GetSegment(segment_id).GetLabelValue(), value)
    return canvas


def _paint(canvas: NDArray[np.generic], extent: Extent, image: Any, wanted: int, value: int) -> None:
    array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
    own = image.GetExtent()
    into, out_of = [], []
    for axis in (2, 1, 0):
        low, high = max(own[2 * axis], extent[2 * axis]), min(own[2 * axis + 1], extent[2 * axis + 1]) + 1
        if high <= low:
            return
        into.append(slice(low - extent[2 * axis], high - extent[2 * axis]))
        out_of.append(slice(low - own[2 * axis], high - own[2 * axis]))
    canvas[tuple(into)][array[tuple(out_of)] == wanted] = value


def _resampled(image: Any, geometry: Geometry) -> Any:
    reference = slicer.vtkOrientedImageData()
    reference.SetExtent(geometry.extent)
    reference.SetImageToWorldMatrix(to_vtk_matrix(geometry.matrix))
    reference.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    result = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(image, reference, result)
    return result


def _geometry_of(image: Any) -> Geometry:
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return Geometry(from_vtk_matrix(matrix), tuple(image.GetExtent()))
