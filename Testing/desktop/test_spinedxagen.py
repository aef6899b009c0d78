"""SpineDXAGen loads on the strict stand-ins and says what it will do."""

import qt
import slicer


def test_it_loads_and_says_that_nothing_can_be_generated_yet(module_factory, slot_errors):
    widget = module_factory("SpineDXAGen")
    texts = " ".join(label.text for label in widget.parent.findChildren(qt.QLabel))
    assert "not available in this version" in texts.lower()
    assert "at another age" in texts.lower()
    assert "research use only" in texts.lower()


def test_entering_and_leaving_adds_nothing_to_the_scene_but_its_parameters(module_factory, scene):
    before = {node.GetClassName() for node in slicer.util.getNodesByClass("vtkMRMLNode")}
    widget = module_factory("SpineDXAGen")
    widget.exit()
    widget.enter()
    after = {node.GetClassName() for node in slicer.util.getNodesByClass("vtkMRMLNode")}
    assert after - before <= {"vtkMRMLScriptedModuleNode"}
