"""Widgets on nodes follow the real scene."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk


@pytest.fixture
def selector(scene):
    made = slicer.qMRMLNodeComboBox()
    made.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    made.noneEnabled = True
    made.setMRMLScene(scene)
    return made


@pytest.fixture
def segmentation(scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Bones")
    for name in ("femur", "pelvis"):
        node.GetSegmentation().AddEmptySegment(name, name.capitalize())
    return node


def add_volume(name: str):
    return slicer.util.addVolumeFromArray(np.zeros((2, 3, 4)), name=name)


def test_a_selector_lists_nodes_as_they_come_and_go(selector, scene):
    chosen = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", chosen.append)
    first, second = add_volume("A"), add_volume("B")
    assert selector.nodeCount() == 2
    assert selector.currentNode() is None
    selector.setCurrentNode(second)
    scene.RemoveNode(second)
    assert chosen == [second, None]
    selector.setCurrentNodeID(first.GetID())
    assert selector.currentNodeID == first.GetID()


def test_a_selector_without_none_selects_the_first_node_itself(selector):
    selector.noneEnabled = False
    volume = add_volume("A")
    assert selector.currentNode() is volume


def test_a_selector_without_a_scene_selects_nothing_until_it_has_one(scene):
    lonely = slicer.qMRMLNodeComboBox()
    lonely.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    lonely.setCurrentNode(volume := add_volume("A"))
    assert lonely.currentNode() is None
    lonely.setMRMLScene(scene)
    assert lonely.currentNode() is volume


def test_hidden_and_derived_nodes_are_listed_only_on_request(selector, scene):
    hidden = add_volume("hidden")
    hidden.SetHideFromEditors(True)
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    selector.noneEnabled = False
    selector.showHidden = True
    assert selector.nodeCount() == 2
    selector.showHidden = False
    assert [selector.currentNode(), selector.nodeCount()] == [labels, 1]
    selector.showChildNodeTypes = False
    assert selector.nodeCount() == 0


def test_attributes_filter_nodes(selector):
    volume = add_volume("X-ray")
    add_volume("CT")
    volume.SetAttribute("Modality", "DX")
    selector.addAttribute("vtkMRMLScalarVolumeNode", "Modality", "DX")
    assert [selector.nodeFromIndex(0), selector.nodeCount()] == [volume, 1]


def test_a_node_made_by_the_user_is_selected(selector):
    selector.baseName = "DRR"
    node = selector.addNode()
    assert selector.currentNode() is node
    assert node.GetName().startswith("DRR")


def test_a_deleted_selector_leaves_the_scene_alone(selector, slicer_app):
    selector.deleteLater()
    slicer_app.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    add_volume("after")


def test_segments_are_listed_and_selected(segmentation, scene):
    table = slicer.qMRMLSegmentsTableView()
    table.setMRMLScene(scene)
    table.setSegmentationNode(segmentation)
    table.setSelectedSegmentIDs(["pelvis"])
    assert table.selectedSegmentIDs() == ["pelvis"]
    segmentation.GetSegmentation().AddEmptySegment("sacrum", "Sacrum")
    assert table.segmentCount == 3
    assert table.displayedSegmentIDs() == ["femur", "pelvis", "sacrum"]


def test_a_segment_selector_tells_the_current_segment(segmentation, scene):
    selector = slicer.qMRMLSegmentSelectorWidget()
    told = []
    selector.connect("currentSegmentChanged(QString)", told.append)
    selector.setMRMLScene(scene)
    selector.setCurrentSegmentID("pelvis")
    assert selector.currentNode() is segmentation
    assert told == ["femur", "pelvis"]


def test_a_table_view_shows_its_node(scene):
    node = scene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(node, np.array([[1.0, 2.0], [3.0, 4.0]]), ["BMD", "T"])
    view = slicer.qMRMLTableView()
    view.setMRMLScene(scene)
    view.setMRMLTableNode(node)
    assert (view.model().rowCount(), view.model().columnCount()) == (2, 2)
    assert view.model().index(1, 1).data() == "4"


def test_points_are_listed_and_place_mode_reaches_the_scene(scene):
    points = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "Landmarks")
    widget = slicer.qSlicerSimpleMarkupsWidget()
    widget.setMRMLScene(scene)
    widget.setCurrentNode(points)
    points.AddControlPoint(vtk.vtkVector3d(1, 2, 3), "head")
    assert widget.tableWidget().item(0, 0).text() == "head"
    place = widget.markupsPlaceWidget()
    place.placeModeEnabled = True
    interaction = scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    place.placeModeEnabled = False
    assert not place.placeModeEnabled
