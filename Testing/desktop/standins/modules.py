"""`slicer.modules`: the logic of the modules that slicer-core has, and the scripted modules that a test loads."""

from __future__ import annotations

from typing import Any

import slicer

from . import mrmlwidgets  # noqa: F401 - qSlicerWidget must exist before its subclasses are made
from .standin import standin_class

LOGIC = {
    "colors": "vtkMRMLColorLogic",
    "cropvolume": "vtkSlicerCropVolumeLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "models": "vtkSlicerModelsLogic",
    "plots": "vtkSlicerPlotsLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "sequences": "vtkSlicerSequencesLogic",
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "tables": "vtkSlicerTablesLogic",
    "texts": "vtkSlicerTextsLogic",
    "transforms": "vtkSlicerTransformLogic",
    "units": "vtkSlicerUnitsLogic",
    "volumerendering": "vtkSlicerVolumeRenderingLogic",
    "volumes": "vtkSlicerVolumesLogic",
}
NEEDS_COLORS = ("volumes", "models", "segmentations", "volumerendering")


class LogicModule:
    """A C++ module: what Python asks it for is its logic."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name = name
        self.path = ""
        self._logic = logic

    def logic(self) -> Any:
        return self._logic


class qSlicerScriptedLoadableModule(standin_class("qSlicerLoadableModule")):  # type: ignore[misc]
    """The C++ side of a scripted module: its `parent`, which holds title, categories and the like."""

    def _place(self, name: str, path: str) -> None:
        self._d["values"].update(name=name, path=path)

    def widgetRepresentation(self) -> Any:
        return self._d.get("representation")

    def createNewWidgetRepresentation(self) -> Any:
        raise NotImplementedError("load the module again through the test's module_factory")


class qSlicerScriptedLoadableModuleWidget(standin_class("qSlicerAbstractModuleWidget")):  # type: ignore[misc]
    """The C++ side of a module's widget: the `parent` in which the widget builds its window."""

    def self(self) -> Any:
        return self._d["python"]

    def enter(self) -> None:
        self._d["values"]["isEntered"] = True
        getattr(self._d["python"], "enter", lambda: None)()

    def exit(self) -> None:
        self._d["values"]["isEntered"] = False
        getattr(self._d["python"], "exit", lambda: None)()


class Modules:
    """`slicer.modules`; an unknown module is an error, as in Slicer."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"slicer.modules has no '{name}' (here: {', '.join(sorted(vars(self)))})")


def build_modules(scene: Any, application_logic: Any) -> Modules:
    """The modules whose logic slicer-core has, all on the scene."""
    modules = Modules()
    for name, class_name in LOGIC.items():
        logic = getattr(slicer, class_name)()
        if hasattr(logic, "SetMRMLApplicationLogic"):
            logic.SetMRMLApplicationLogic(application_logic)
        if hasattr(application_logic, "SetModuleLogic"):
            application_logic.SetModuleLogic(name.capitalize(), logic)
        if name in NEEDS_COLORS and hasattr(logic, "SetColorLogic"):
            logic.SetColorLogic(modules.colors.logic())
        logic.SetMRMLScene(scene)
        setattr(modules, name, LogicModule(name, logic))
    return modules
