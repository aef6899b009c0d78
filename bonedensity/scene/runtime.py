"""A scene outside the application: what 3D Slicer's start-up does for its own scene, done for a fresh one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bonedensity.errors import MissingDependencyError

if TYPE_CHECKING:
    from slicer import vtkMRMLScene

MODULE_LOGICS = (
    "vtkSlicerVolumesLogic",
    "vtkSlicerSegmentationsModuleLogic",
    "vtkSlicerMarkupsLogic",
    "vtkSlicerModelsLogic",
    "vtkSlicerTransformLogic",
    "vtkSlicerTablesLogic",
    "vtkSlicerTextsLogic",
    "vtkSlicerPlotsLogic",
    "vtkSlicerSequencesLogic",
)
"""Logics that register their node classes with a scene. None is kept: a logic would hold its scene alive for ever."""

UNNAMED_VERSION = "slicer-core 4.0.0 0"
"""What slicer-core writes into scene files when nobody says which version it is."""

SCENE_VERSION = "slicer-core 5.11.0 0"
"""Written instead, so that Slicer does not read the file as one from before markups and models were saved in LPS."""


def headless_scene() -> vtkMRMLScene:
    """A fresh scene in which segmentations, markups, tables, colours and subject hierarchy work without the program.

    Raises:
        MissingDependencyError: Neither 3D Slicer nor slicer-core is there.
    """
    slicer = _slicer()
    scene = slicer.vtkMRMLScene()
    application = slicer.vtkMRMLApplicationLogic()
    application.SetMRMLScene(scene)
    for name in MODULE_LOGICS:
        logic = getattr(slicer, name)()
        logic.SetMRMLApplicationLogic(application)
        logic.SetMRMLScene(scene)
    colors = slicer.vtkMRMLColorLogic()
    colors.SetMRMLScene(scene)
    scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())  # as Slicer's Colors module does
    slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    if scene.GetVersion() in (None, "", UNNAMED_VERSION):
        scene.SetVersion(SCENE_VERSION)
    return scene


@contextmanager
def quiet_vtk() -> Iterator[None]:
    """VTK's own messages off for a while: it prints to standard output, which may carry one JSON object and no more.

    What is run inside must check its results itself.
    """
    import vtk

    window = vtk.vtkOutputWindow.GetInstance()
    mode, warnings = window.GetDisplayMode(), vtk.vtkObject.GetGlobalWarningDisplay()
    window.SetDisplayModeToNever()
    vtk.vtkObject.GlobalWarningDisplayOff()
    try:
        yield
    finally:
        window.SetDisplayMode(mode)
        vtk.vtkObject.SetGlobalWarningDisplay(warnings)


def _slicer() -> Any:
    try:
        import slicer
    except ImportError as error:
        raise MissingDependencyError(
            "Scenes need 3D Slicer's node classes: work inside 3D Slicer, or run pip install 'bonedensity[scene]'."
        ) from error
    if not hasattr(slicer, "vtkMRMLScene"):
        raise MissingDependencyError(
            "The installed package “slicer” is not 3D Slicer's: run pip uninstall slicer, then pip install "
            "--force-reinstall 'bonedensity[scene]'."
        )
    return slicer
