"""The parameter node wrapper keeps typed values in the scene and refuses what Slicer's refuses."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import ctk
import pytest
import qt
import slicer
import vtk
from slicer.parameterNodeWrapper import Default, Minimum, Validator, WithinRange, parameterNodeWrapper, parameterPack


class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2


@parameterPack
class Point:
    x: float
    y: Annotated[float, WithinRange(-5, 5)] = 1.0


class Even(Validator):
    def validate(self, value):
        if value % 2:
            raise ValueError("odd")


@parameterNodeWrapper
class Parameters:
    count: Annotated[int, Minimum(0), Even] = 4
    name: str
    side: Side = Side.RIGHT
    path: Path
    pose: tuple[float, float]
    landmarks: dict[str, list[float]]
    limit: float | None
    volume: slicer.vtkMRMLScalarVolumeNode | slicer.vtkMRMLTextNode | None
    point: Point
    step: Annotated[float, Default(0.5)]


@pytest.fixture
def parameters(scene):
    return Parameters(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "P"))


def test_values_not_set_have_their_defaults(parameters):
    assert (parameters.count, parameters.name, parameters.side, parameters.step) == (4, "", Side.RIGHT, 0.5)
    assert (parameters.pose, parameters.landmarks, parameters.limit, parameters.volume) == ((0, 0), {}, None, None)
    assert parameters.point == Point(0.0, 1.0)
    assert parameters.default("count").value == 4


def test_values_are_kept_in_the_node_and_read_by_another_wrapper(parameters, scene):
    text = scene.AddNewNodeByClass("vtkMRMLTextNode")
    parameters.side, parameters.path, parameters.pose = Side.LEFT, Path("/a/b"), (1.5, -2.0)
    parameters.landmarks, parameters.limit, parameters.volume = {"head": [1.0, 2.0, 3.0]}, 0.25, text
    again = Parameters(parameters.parameterNode)
    assert (again.side, again.path, again.pose) == (Side.LEFT, Path("/a/b"), (1.5, -2.0))
    assert (again.landmarks, again.limit, again.volume) == ({"head": [1.0, 2.0, 3.0]}, 0.25, text)
    parameters.limit = None
    assert again.limit is None


def test_changing_a_container_changes_the_node(parameters):
    parameters.landmarks["neck"] = [4.0]
    parameters.landmarks["neck"].append(5.0)
    parameters.point.x = 3.0
    assert parameters.landmarks == {"neck": [4.0, 5.0]}
    assert parameters.point.x == 3.0
    assert parameters.getValue("point.x") == 3.0


def test_each_change_fires_one_modified_event(parameters):
    events = []
    parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: events.append(event))
    parameters.pose = (3.0, 4.0)
    parameters.pose = (3.0, 4.0)
    assert len(events) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("count", -2), ("count", 3), ("count", 1.5), ("side", "LEFT"), ("path", "/a"), ("name", None)]
)
def test_a_wrong_value_is_refused_and_the_old_one_stays(parameters, name, value):
    before = getattr(parameters, name)
    with pytest.raises((TypeError, ValueError)):
        setattr(parameters, name, value)
    assert getattr(parameters, name) == before


def test_a_misspelt_parameter_is_refused(parameters):
    with pytest.raises(AttributeError):
        parameters.cuont = 3


@pytest.mark.parametrize("kind", [Any, complex, bytes, set[int], "qt.QSize"])
def test_a_type_slicer_does_not_keep_is_refused(kind):
    kind = qt.QSize if kind == "qt.QSize" else kind
    with pytest.raises(TypeError, match="serializer"):
        parameterNodeWrapper(type("Bad", (), {"__annotations__": {"value": kind}}))


def test_a_default_outside_its_limits_is_refused(scene):
    bad = parameterNodeWrapper(type("Bad", (), {"__annotations__": {"v": Annotated[int, WithinRange(1, 2)]}}))
    with pytest.raises(ValueError, match="within"):
        bad(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))


def test_a_slider_needs_limits(parameters):
    with pytest.raises(RuntimeError, match="without limits"):
        parameters.connectParametersToGui({"step": ctk.ctkSliderWidget()})


def test_a_widget_that_cannot_show_the_type_is_refused(parameters):
    with pytest.raises(RuntimeError, match="Unable to create GUI connector"):
        parameters.connectParametersToGui({"name": qt.QSpinBox()})


def test_binding_works_both_ways_and_ends(parameters):
    box, edit, inner = qt.QSpinBox(), qt.QLineEdit(), ctk.ctkDoubleSpinBox()
    tag = parameters.connectParametersToGui({"count": box, "name": edit, "point.y": inner})
    box.value, edit.text, inner.value = 8, "hip", 2.5
    assert (parameters.count, parameters.name, parameters.point.y) == (8, "hip", 2.5)
    parameters.count = 6
    assert box.value == 6
    parameters.disconnectGui(tag)
    parameters.count = 2
    assert box.value == 6
    box.value = 10
    assert parameters.count == 2


def test_a_closed_scene_gives_defaults_again(scene):
    node = slicer.vtkMRMLScriptedModuleNode()
    node.SetSingletonTag("P")
    parameters = Parameters(scene.AddNode(node))
    parameters.count = 8
    scene.Clear(False)
    assert parameters.count == 4


def test_a_reference_that_comes_with_an_imported_scene_needs_a_new_wrapper(scene, tmp_path):
    def singleton():
        return scene.GetSingletonNode("P", "vtkMRMLScriptedModuleNode")

    node = slicer.vtkMRMLScriptedModuleNode()
    node.SetSingletonTag("P")
    parameters = Parameters(scene.AddNode(node))
    parameters.volume = scene.AddNewNodeByClass("vtkMRMLTextNode", "note")
    slicer.util.saveScene(str(tmp_path / "s.mrml"))
    scene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "s.mrml"))
    assert parameters.volume is None
    assert Parameters(singleton()).volume.GetName() == "note"
