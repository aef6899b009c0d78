"""Transforms, landmarks, tables, hierarchy: each both ways and through a file."""

import numpy as np
import pytest
import vtk

from bonedensity.errors import BoneDensityError, GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.scene.attributes import fact
from bonedensity.scene.hierarchy import case_folder, path_of, put_in_folder, put_next_to
from bonedensity.scene.markups import landmarks_to_node, node_to_landmarks
from bonedensity.scene.tables import measurements_to_node, node_to_measurements, set_measurements
from bonedensity.scene.transforms import node_to_transform, put_under, set_transform, transform_to_node, verdict_of


def test_a_transform_and_its_verdict_come_back(scene, world_from_ct, reloaded):
    node = transform_to_node(
        scene, world_from_ct, "pose", centre=(1 / 3, -2, 1e3), accepted=False, reasons=["Two basins: 3 mm apart."]
    )
    for found in (node, reloaded(scene, node)):
        np.testing.assert_allclose(node_to_transform(found).matrix, world_from_ct.matrix, atol=1e-9)
        verdict = verdict_of(found)
        np.testing.assert_array_equal(verdict.centre, (1 / 3, -2, 1e3))
        assert (verdict.accepted, verdict.reasons) == (False, ("Two basins: 3 mm apart.",))
    np.testing.assert_allclose(node.GetCenterOfTransformation(), (-1 / 3, 2, 1e3))


def test_transforms_compose_up_to_the_world(scene, world_from_ct):
    outer = RigidTransform.from_parameters([0, 0, 90, 1, 2, 3], centre=(0, 0, 0))
    inner_node = transform_to_node(scene, world_from_ct, "inner")
    put_under(inner_node, transform_to_node(scene, outer, "outer"))
    np.testing.assert_allclose(node_to_transform(inner_node).matrix, (outer @ world_from_ct).matrix, atol=1e-9)
    put_under(inner_node, None)
    set_transform(inner_node, outer)
    np.testing.assert_allclose(node_to_transform(inner_node).matrix, outer.matrix, atol=1e-12)


def test_transforms_that_are_not_rigid_are_refused(scene):
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "scaled")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 0, 1.1)
    node.SetMatrixTransformToParent(matrix)
    with pytest.raises(GeometryError, match="not rigid"):
        node_to_transform(node)
    assert verdict_of(node).centre is None


def test_landmarks_come_back(scene, world_from_ct, reloaded):
    landmarks = {"head; centre": np.array([1 / 3, -2.0, 3.0]), "shaft “a”": np.array([-1e3, 1e-3, 7.7])}
    node = landmarks_to_node(scene, landmarks, "landmarks", color=(0.1, 0.2, 0.3), locked=True)
    for found in (node, reloaded(scene, node)):
        again = node_to_landmarks(found)
        assert list(again) == list(landmarks)
        for name, point in landmarks.items():
            np.testing.assert_allclose(again[name], point, atol=1e-9)
        assert found.GetLocked()
        np.testing.assert_allclose(found.GetDisplayNode().GetSelectedColor(), (0.1, 0.2, 0.3), atol=1e-6)
        assert found.GetDisplayNode().GetPointLabelsVisibility()
    put_under(node, transform_to_node(scene, world_from_ct, "pose"))
    moved = node_to_landmarks(node)["head; centre"]
    np.testing.assert_allclose(moved, world_from_ct.apply(landmarks["head; centre"]), atol=1e-9)


def test_points_without_position_are_left_out(scene):
    node = landmarks_to_node(scene, {"a": (1, 2, 3), "b": (4, 5, 6)}, "template")
    node.UnsetNthControlPointPosition(0)
    assert list(node_to_landmarks(node)) == ["b"]


def test_measurements_come_back_with_every_digit(scene, measurements, reloaded):
    node = measurements_to_node(scene, measurements, "results")
    for found in (node, reloaded(scene, node)):
        assert node_to_measurements(found) == measurements
        table = found.GetTable()
        assert [table.GetColumnName(i) for i in range(5)][:3] == ["Name", "Value", "Unit"]
        assert table.GetValue(0, 0).ToString() == "aBMD of the femoral neck"
        assert table.GetValue(0, 1).ToDouble() == pytest.approx(0.712346)
        assert table.GetValue(0, 2).ToString() == "g/cm²"
        assert table.GetValue(0, 3).ToString() == "0.021"
    set_measurements(node, [])
    assert node_to_measurements(node) == []
    assert node.GetNumberOfRows() == 0


def test_results_stand_in_the_folder_of_their_input(scene, reloaded):
    first = landmarks_to_node(scene, {"a": (1, 2, 3)}, "first")
    second = landmarks_to_node(scene, {"a": (1, 2, 3)}, "second")
    put_in_folder(scene, case_folder(scene, "Case 1"), first)
    put_next_to(scene, first, second)
    assert case_folder(scene, "Case 1") == case_folder(scene, "Case 1")
    found = reloaded(scene, first, second)
    for node in found:
        assert path_of(node.GetScene(), node) == ["Case 1", "Bone density"]


def test_an_attribute_that_was_edited_is_reported(scene):
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", "results")
    node.SetAttribute("BoneDensity.Measurements", "[{")
    with pytest.raises(BoneDensityError, match=r"BoneDensity.Measurements of “results” is not what was written"):
        fact(node, "Measurements")
