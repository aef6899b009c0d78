"""Label map and segmentation node."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from bonedensity.anatomy.labels import BY_NAME, title_of
from bonedensity.errors import AnatomyError
from bonedensity.imaging.labelmap import LabelMap
from bonedensity.imaging.volume import Volume
from bonedensity.scene.attributes import fact, put_fact
from bonedensity.scene.frames import flipped_grid, to_vtk_matrix
from bonedensity.scene.images import fill_image
from bonedensity.scene.parents import world_from_node
from bonedensity.scene.segments import painted_labels, reference_geometry
from bonedensity.scene.terminology import LABEL_TAG, name_of_segment, segment_tag, terminology_entry

BINARY = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
GEOMETRY = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()

VALUE_TAG = "BoneDensity.Value"
"""Segment tag that keeps a label's value."""

FIRST_FREE_VALUE = 201
"""Values from here on go to segments that no table knows; TotalSegmentator's end at 117."""


def labelmap_to_node(scene: Any, labels: LabelMap, name: str | None = None, *, source: Any = None) -> Any:
    """A new vtkMRMLSegmentationNode with one segment for each label that has a voxel.

    Segments are named as people say, have the label's name as id, its SNOMED CT terminology and its colour, and
    share one label image.

    Args:
        scene: The scene.
        labels: Labels (K, J, I) on an LPS grid.
        name: Node name; the label map's own where None.
        source: The volume node that was segmented; becomes the segmentation's source volume.
    """
    volume = labels.volume
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name or volume.name)
    node.CreateDefaultDisplayNodes()
    image = slicer.vtkOrientedImageData()
    fill_image(image, _small_integers(volume.array))
    image.SetImageToWorldMatrix(to_vtk_matrix(flipped_grid(volume.index_to_patient)))
    if source is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(source)
    segmentation = node.GetSegmentation()
    segmentation.SetConversionParameter(GEOMETRY, slicer.vtkSegmentationConverter.SerializeImageGeometry(image))
    segmentation.SetSourceRepresentationName(BINARY)
    for label in labels.present():
        segmentation.AddSegment(_segment(label, labels.values[label], image), label)
    put_fact(node, "Name", volume.name)
    put_fact(node, "Notes", list(volume.notes))
    put_fact(node, "Type", str(volume.array.dtype))
    return node


def node_to_labelmap(node: Any, *, in_world: bool = True) -> LabelMap:
    """A copy of a segmentation as a label map on the segmentation's reference grid.

    Segments of any origin are matched to TotalSegmentator's names by our own tag, by name or id, by terminology; where
    segments overlap, the later one wins.

    Args:
        node: vtkMRMLSegmentationNode.
        in_world: Linear parent transforms are applied to the grid; False leaves the node's own coordinates.

    Raises:
        AnatomyError: No segment, or two that mean the same bone.
        GeometryError: A parent transform that is not linear.
    """
    world = world_from_node(node) if in_world else np.eye(4)
    values = _values_by_segment(node)
    geometry = reference_geometry(node)
    array = painted_labels(node, geometry, {segment: value for segment, (_, value) in values.items()})
    dtype = fact(node, "Type")
    if dtype is not None and array.max() <= np.iinfo(dtype).max:
        array = array.astype(dtype)
    volume = Volume(
        array,
        world @ geometry.index_to_patient,
        unit="1",
        name=fact(node, "Name") or node.GetName(),
        notes=tuple(fact(node, "Notes", ())),
    )
    return LabelMap(volume, {value: name for name, value in values.values()})


def segment_id_of(node: Any, name: str) -> str:
    """The id of the segment that means a bone, by TotalSegmentator's name.

    Raises:
        AnatomyError: There is none; the message lists what there is.
    """
    names = _names_by_segment(node)
    for segment_id, found in names.items():
        if found == name:
            return segment_id
    raise AnatomyError(
        f"“{node.GetName()}” has no segment for {title_of(name)}; it has {', '.join(names.values()) or 'none'}."
    )


def _segment(label: str, value: int, image: Any) -> Any:
    segment = slicer.vtkSegment()
    segment.SetName(title_of(label))
    segment.SetLabelValue(value)
    segment.AddRepresentation(BINARY, image)
    segment.SetTag(LABEL_TAG, label)
    segment.SetTag(VALUE_TAG, str(value))
    if label in BY_NAME:
        segment.SetColor(*BY_NAME[label].color)
        segment.SetTag(segment.GetTerminologyEntryTagName(), terminology_entry(BY_NAME[label]))
    return segment


def _names_by_segment(node: Any) -> dict[str, str]:
    segmentation = node.GetSegmentation()
    return {
        segment_id: name_of_segment(segmentation.GetSegment(segment_id), segment_id)
        for segment_id in segmentation.GetSegmentIDs()
    }


def _values_by_segment(node: Any) -> dict[str, tuple[str, int]]:
    """Segment id to label name and value: our own tag, else TotalSegmentator's value, else the next free one."""
    names = _names_by_segment(node)
    if not names:
        raise AnatomyError(f"The segmentation “{node.GetName()}” has no segment; segment the bones first.")
    repeated = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if repeated:
        raise AnatomyError(
            f"Several segments of “{node.GetName()}” mean {', '.join(map(title_of, repeated))}; rename or remove all "
            "but one of each."
        )
    values: dict[str, int] = {}
    for segment_id, name in names.items():
        tag = segment_tag(node.GetSegmentation().GetSegment(segment_id), VALUE_TAG)
        known = int(tag) if tag.isdigit() else BY_NAME[name].value if name in BY_NAME else 0
        if known and known not in values.values():
            values[segment_id] = known
    for segment_id in names:
        values.setdefault(segment_id, max([FIRST_FREE_VALUE - 1, *values.values()]) + 1)
    return {segment_id: (name, values[segment_id]) for segment_id, name in names.items()}


def _small_integers(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The same labels in the smallest type that the Segment Editor handles: it counts on few bytes a voxel."""
    largest = int(np.max(array))
    smallest = int(np.min(array))
    if smallest < 0:
        raise AnatomyError(f"The labels hold {smallest}; segments need labels from 1 up, and 0 for background.")
    return array.astype(np.uint8 if largest < 256 else np.int16 if largest < 32768 else np.int32, copy=False)
