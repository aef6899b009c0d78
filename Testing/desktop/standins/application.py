"""`slicer.app` with its layout manager and module manager, on the scene of slicer-core."""

from __future__ import annotations

import tempfile
from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from .iomanager import qSlicerIOManager
from .signals import call_slot, slot_of
from .standin import Standin, standin_class

SLICE_VIEWS = ("Red", "Green", "Yellow")
INTERACTORS: dict[str, Any] = {}


class SliceViewPart:
    """What `layoutManager().sliceWidget("Red")` gives: the nodes and logic of one slice view, without pixels."""

    def __init__(self, logic: Any) -> None:
        self._logic = logic

    def sliceLogic(self) -> Any:
        return self._logic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()

    def sliceController(self) -> SliceViewPart:
        return self

    def fitSliceToBackground(self) -> None:
        self._logic.FitSliceToBackground()

    def sliceView(self) -> ViewPart:
        return ViewPart(self.mrmlSliceNode())


class ViewPart:
    """A view's widget: it accepts being asked to draw."""

    def __init__(self, node: Any) -> None:
        self._node = node

    def forceRender(self) -> None:
        """Nothing is drawn here."""

    scheduleRender = resetFocalPoint = resetCamera = forceRender

    def interactor(self) -> Any:
        """The view's own interactor of VTK, without a window: events are invoked on it by tests."""
        return INTERACTORS.setdefault(self._node.GetName(), vtk.vtkGenericRenderWindowInteractor())


class ThreeDPart:
    """What `layoutManager().threeDWidget(0)` gives."""

    def threeDView(self) -> ViewPart:
        return ViewPart(self.mrmlViewNode())

    def mrmlViewNode(self) -> Any:
        return slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLViewNode")


class qSlicerLayoutManager(standin_class("qMRMLLayoutManager")):  # type: ignore[misc]
    """Slice views that exist as nodes and logic; the layout is only remembered."""

    DEFAULTS = {"enabled": True, "layout": 1, "threeDViewCount": 1}  # noqa: RUF012

    def _stored(self, name: str) -> None:
        if name == "layout":
            getattr(self, "layoutChanged").emit(self.layout)  # noqa: B009 - a stand-in's signal

    def sliceViewNames(self) -> tuple[str, ...]:
        return SLICE_VIEWS

    def sliceWidget(self, name: str) -> SliceViewPart | None:
        logic = slicer.app.applicationLogic().GetSliceLogicByLayoutName(name)
        return SliceViewPart(logic) if logic is not None else None

    def mrmlSliceLogics(self) -> Any:
        return slicer.app.applicationLogic().GetSliceLogics()

    def threeDWidget(self, which: int | str) -> ThreeDPart:
        return ThreeDPart()

    def resetSliceViews(self) -> None:
        for name in SLICE_VIEWS:
            self.sliceWidget(name).fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """There is no camera here."""


class qSlicerModuleManager(Standin, QtCore.QObject):
    """Knows the modules that were loaded."""

    def module(self, name: str) -> Any:
        return getattr(slicer.modules, name.lower(), None)

    def modulesNames(self) -> list[str]:
        return [module.name for module in vars(slicer.modules).values() if hasattr(module, "path")]

    def factoryManager(self) -> Any:
        return standin_class("qSlicerModuleFactoryManager")()


class Application:
    """`slicer.app`. Names beyond those here go to the one QApplication."""

    applicationName = "Slicer"
    majorVersion, minorVersion, revision = 5, 12, "stand-ins"
    mainApplicationName = "Slicer"
    documentationBaseUrl = "https://slicer.readthedocs.io/"

    def __init__(self) -> None:
        qt_app = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
        fields = {"_qt": qt_app, "_testing": False, "_startup": [], "temporaryPath": tempfile.mkdtemp(prefix="Slicer-")}
        self.__dict__.update(fields, slicerHome="", _logic=None, _parts={})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_qt"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in ("temporaryPath",):
            raise AttributeError(f"slicer.app.{name} cannot be set")
        self.__dict__[name] = value

    def testingEnabled(self) -> bool:
        return self._testing

    def processEvents(self, *flags: Any) -> None:
        self._qt.processEvents(*flags)

    def connect(self, signal: str, receiver: Any, slot: str | None = None) -> bool:
        if signal != "startupCompleted()":
            return self._qt.connect(signal, receiver, slot)
        self._startup.append(slot_of(receiver, slot))
        return True

    def applicationLogic(self) -> Any:
        return self._logic

    def mrmlScene(self) -> Any:
        return slicer.mrmlScene

    def layoutManager(self) -> Any:
        return self._part("layoutManager", qSlicerLayoutManager)

    def moduleManager(self) -> Any:
        return self._part("moduleManager", qSlicerModuleManager)

    def coreIOManager(self) -> Any:
        return self._part("ioManager", qSlicerIOManager)

    ioManager = coreIOManager

    def _part(self, name: str, cls: type) -> Any:
        if name not in self._parts:
            self._parts[name] = cls()
        return self._parts[name]

    def moduleLogic(self, name: str) -> Any:
        return getattr(slicer.modules, name.lower()).logic()

    def settings(self) -> Any:
        import qt

        return qt.QSettings()

    userSettings = revisionUserSettings = settings

    def translate(self, context: str, text: str) -> str:
        return text

    def moduleDocumentationUrl(self, module: str) -> str:
        return f"{self.documentationBaseUrl}{module}"

    def startupEnvironment(self) -> dict[str, str]:
        import os

        return dict(os.environ)

    def pauseRender(self) -> None:
        """Nothing is drawn here."""

    resumeRender = pauseRender


def complete_startup(app: Application) -> None:
    """What Slicer does after its start: calls those who connected to startupCompleted()."""
    waiting, app.__dict__["_startup"] = app._startup, []
    for slot in waiting:
        call_slot(slot, ())


def set_testing(app: Application, enabled: bool) -> None:
    """What `Slicer --testing` switches; off by default, so that messages take the user's path and are recorded."""
    app.__dict__["_testing"] = enabled


def add_remote_io(scene: Any, folder: str) -> None:
    """The managers without which a scene cannot read .mrb files; nothing is fetched from anywhere."""
    logic = slicer.vtkMRMLRemoteIOLogic()
    logic.SetMRMLScene(scene)
    logic.AddDataIOToScene()
    logic.GetCacheManager().SetRemoteCacheDirectory(folder)
    slicer.app.__dict__["_remote_io"] = logic


def build_scene(app: Application) -> Any:
    """A scene with the nodes of three slice views and one 3D view, kept when the scene is closed."""
    scene = slicer.vtkMRMLScene()
    scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())  # as Slicer's Colors module does
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetMRMLScene(scene)
    app.__dict__["_logic"] = logic
    add_remote_io(scene, app.temporaryPath)
    collection = vtk.vtkCollection()
    for name in SLICE_VIEWS:
        slice_logic = slicer.vtkMRMLSliceLogic()
        slice_logic.SetMRMLApplicationLogic(logic)
        slice_logic.SetMRMLScene(scene)
        slice_logic.AddSliceNode(name)
        collection.AddItem(slice_logic)
    logic.SetSliceLogics(collection)
    view = slicer.vtkMRMLViewNode()
    view.SetSingletonTag("1")
    scene.AddNode(view)
    return scene
