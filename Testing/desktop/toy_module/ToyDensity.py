"""A scripted module as Slicer's template makes them, for the tests of the stand-ins."""

import enum
from pathlib import Path
from typing import Annotated

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import *  # noqa: F403 - as every module of Slicer does
from slicer.util import VTKObservationMixin


class Quality(enum.Enum):
    FAST = "fast"
    FINE = "fine"


class ToyDensity(ScriptedLoadableModule):  # noqa: F405
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)  # noqa: F405
        self.parent.title = _("Toy density")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.contributors = ["BoneDensity contributors"]
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData():
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Toy", sampleName="Toy", uris="https://x/y")


@parameterNodeWrapper
class ToyDensityParameterNode:
    inputVolume: vtkMRMLScalarVolumeNode
    bones: vtkMRMLSegmentationNode
    threshold: Annotated[float, WithinRange(-100, 500)] = 100
    method: Annotated[str, Choice(["mean", "median"])] = "mean"
    quality: Quality = Quality.FAST
    radiograph: Path
    invert: bool = False
    pose: list[float]


class ToyDensityWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):  # noqa: F405
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)  # noqa: F405
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.cleanedUp = False
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)  # noqa: F405
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/ToyDensity.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = ToyDensityLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndClose)
        self.ui.applyButton.connect("clicked(bool)", self.onApplyButton)
        self.timer = qt.QTimer()
        self.timer.setInterval(10)
        self.timer.connect("timeout()", self.onTimer)
        self.ticks = 0
        self.initializeParameterNode()

    def cleanup(self):
        self.timer.stop()
        self.removeObservers()
        self.setParameterNode(None)
        self.cleanedUp = True

    def enter(self):
        self.initializeParameterNode()

    def exit(self):
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self):
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode):
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
            self._checkCanApply()

    def _checkCanApply(self, caller=None, event=None):
        ready = self._parameterNode and self._parameterNode.inputVolume
        self.ui.applyButton.enabled = bool(ready)
        self.ui.applyButton.toolTip = _("Measure") if ready else _("Select an input volume")

    def onApplyButton(self):
        with slicer.util.tryWithErrorDisplay(_("Failed to measure."), waitCursor=True):
            self.ui.resultTable.rowCount = 1
            value = self.logic.process(self._parameterNode.inputVolume, self._parameterNode.threshold)
            self.ui.resultTable.setItem(0, 0, qt.QTableWidgetItem(f"{value:.1f}"))
            self.ui.progressBar.value = 100

    def onTimer(self):
        self.ticks += 1


class ToyDensityLogic(ScriptedLoadableModuleLogic):  # noqa: F405
    def getParameterNode(self):
        return ToyDensityParameterNode(super().getParameterNode())

    def process(self, volume, threshold):
        voxels = slicer.util.arrayFromVolume(volume)
        if not (voxels > threshold).any():
            raise ValueError("no voxel above the threshold")
        return float(voxels[voxels > threshold].mean())


class ToyDensityTest(ScriptedLoadableModuleTest):  # noqa: F405
    def setUp(self):
        slicer.mrmlScene.Clear()

    def test_logic(self):
        self.delayDisplay("nothing to do")
