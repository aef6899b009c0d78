import numpy as np
import pytest
import slicer
import vtk

from bonedensity.anatomy.labels import BONES, BY_NAME
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.scene.labelmaps import labelmap_to_node, node_to_labelmap, segment_id_of
from bonedensity.scene.surfaces import add_surfaces, surface_points
from bonedensity.scene.terminology import LABEL_TAG, name_of_segment, segment_tag, terminology_entry
from bonedensity.scene.transforms import put_under, transform_to_node
from bonedensity.scene.volumes import volume_to_node


def test_both_ways_and_through_a_file_on_any_grid(scene, grid, labels, reloaded):
    labels = LabelMap(Volume(labels.volume.array, grid, unit="1", name="bones"), labels.names)
    node = labelmap_to_node(scene, labels, "shown")
    for found in (node, reloaded(scene, node)):
        again = node_to_labelmap(found)
        np.testing.assert_array_equal(again.volume.array, labels.volume.array)
        assert again.volume.array.dtype == np.uint8
        np.testing.assert_allclose(again.volume.index_to_patient, grid, atol=1e-9)
        assert again.names == {value: labels.names[value] for value in (27, 76, 150)}
        assert again.volume.name == "bones"


@pytest.mark.parametrize(("kind", "value"), [("int16", 300), ("int32", 40000), ("int64", 7)])
def test_large_labels_are_kept(scene, reloaded, kind, value):
    array = np.zeros((4, 4, 4), kind)
    array[1:3, 1:3, 1:3] = value
    node = reloaded(scene, labelmap_to_node(scene, LabelMap(Volume(array, np.eye(4)), {value: "implant"})))
    again = node_to_labelmap(node)
    assert again.volume.array.dtype == kind
    np.testing.assert_array_equal(again.volume.array, array)


def test_names_colours_terminology_and_source_survive_a_file(scene, ct, labels, reloaded):
    source = volume_to_node(scene, ct)
    node = reloaded(scene, labelmap_to_node(scene, labels, source=source))
    segmentation = node.GetSegmentation()
    femur = segmentation.GetSegment("femur_right")
    assert femur.GetName() == "Right femur"
    assert femur.GetLabelValue() == 76
    np.testing.assert_allclose(femur.GetColor(), BY_NAME["femur_right"].color, atol=1e-6)
    assert segment_tag(femur, "TerminologyEntry") == terminology_entry(BY_NAME["femur_right"])
    assert segmentation.GetSegment("metal_plate").GetName() == "metal plate"
    assert node.GetNodeReferenceID(node.GetReferenceImageGeometryReferenceRole()) == source.GetID()


@pytest.mark.parametrize("bone", BONES, ids=lambda bone: bone.name)
def test_slicer_reads_the_terminology_as_meant(bone):
    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.DeserializeTerminologyEntry(terminology_entry(bone), entry)
    assert entry.GetCategoryObject().GetCodeMeaning() == "Anatomical Structure"
    assert (entry.GetTypeObject().GetCodeValue(), entry.GetTypeObject().GetCodeMeaning()) == (bone.snomed, bone.meaning)
    side = {"L": "Left", "R": "Right", None: ""}[bone.side]
    assert (entry.GetTypeModifierObject().GetCodeMeaning() or "") == side


@pytest.mark.parametrize("bone", BONES, ids=lambda bone: bone.name)
def test_segments_of_other_tools_are_understood(bone):
    def means(name, segment_id, entry=""):
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetTag("TerminologyEntry", entry)
        return name_of_segment(segment, segment_id)

    assert means("Segment_1", bone.name) == bone.name
    assert means(bone.name, "Segment_1") == bone.name
    assert means(bone.title.upper(), "Segment_1") == bone.name
    assert means("Knochen", "Segment_1", terminology_entry(bone)) == bone.name
    assert means("Knochen", "Segment_1") == "Knochen"


def test_segments_on_other_grids_come_onto_the_reference_grid(scene, labels):
    node = labelmap_to_node(scene, labels)
    segmentation = node.GetSegmentation()
    femur = segmentation.GetSegment("femur_right")
    femur.RemoveTag(LABEL_TAG)
    shared = node.GetBinaryLabelmapInternalRepresentation("femur_right")
    other, matrix = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4()
    shared.GetImageToWorldMatrix(matrix)
    for axis in range(3):  # half the spacing, same place; voxel 0 stays in place
        for row in range(3):
            matrix.SetElement(row, axis, matrix.GetElement(row, axis) / 2)
    other.SetDimensions(*[2 * n - 1 for n in shared.GetDimensions()])
    other.SetImageToWorldMatrix(matrix)
    other.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    fine = np.zeros(other.GetDimensions()[::-1], np.uint8)
    mask = labels.volume.array == 76
    fine[::2, ::2, ::2] = mask
    for axis in range(3):
        fine = np.maximum(fine, np.roll(fine, 1, axis))
    other.GetPointData().GetScalars().DeepCopy(vtk.util.numpy_support.numpy_to_vtk(fine.ravel()))
    femur.SetLabelValue(1)
    femur.AddRepresentation("Binary labelmap", other)
    np.testing.assert_array_equal(node_to_labelmap(node).volume.array, labels.volume.array)


def test_under_a_transform_labels_are_where_world_from_ct_puts_them(scene, labels, world_from_ct):
    node = labelmap_to_node(scene, labels)
    put_under(node, transform_to_node(scene, world_from_ct, "pose"))
    found = node_to_labelmap(node).volume.to_patient([3, 4, 5])
    np.testing.assert_allclose(found, world_from_ct.apply(labels.volume.to_patient([3, 4, 5])), atol=1e-9)


def test_empty_and_ambiguous_segmentations_are_refused(scene, labels):
    empty = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    with pytest.raises(AnatomyError, match="has no segment"):
        node_to_labelmap(empty)
    node = labelmap_to_node(scene, labels)
    node.GetSegmentation().AddEmptySegment("again", "Right femur")
    with pytest.raises(AnatomyError, match="Several segments of “bones” mean Right femur"):
        node_to_labelmap(node)
    with pytest.raises(AnatomyError, match="no segment for Left femur; it has vertebrae_L5"):
        segment_id_of(node, "femur_left")


def test_surfaces_hug_the_bone_and_are_made_again_from_a_file(scene, labels, world_from_ct, reloaded):
    node = labelmap_to_node(scene, labels)
    put_under(node, transform_to_node(scene, world_from_ct, "pose"))
    add_surfaces(node)
    inside = labels.volume.to_patient(np.argwhere(labels.volume.array == 76)[:, ::-1])
    for found in (node, reloaded(scene, node)):
        assert found.GetSegmentation().ContainsRepresentation("Closed surface")
        points = surface_points(found, "femur_right", in_world=False)
        assert len(points) > 100
        distance = np.linalg.norm(points[:, None] - inside[None], axis=-1).min(axis=1)
        assert distance.max() < 1.3  # half a voxel, and smoothing
        np.testing.assert_allclose(
            surface_points(found, "femur_right", maximum=50),
            world_from_ct.apply(points[:: -(-len(points) // 50)]),
            atol=1e-4,
        )
        assert found.GetDisplayNode().GetPreferredDisplayRepresentationName3D() == "Closed surface"


def test_nothing_has_no_surface(scene):
    with pytest.raises(AnatomyError, match="No bone surface can be made of “empty”"):
        add_surfaces(scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty"))
