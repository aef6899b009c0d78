"""SpineDXAGen: the Slicer module that shows a spine DXA as it would be at another age or build."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import slicer
import vtk
from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLTableNode,
)
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin
from SpineDXAGenLib.choices import Layer
from SpineDXAGenLib.find_bonedensity import require_bonedensity


class SpineDXAGen(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Spine DXA Generator")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = []
        self.parent.contributors = ["BoneDensity contributors"]
        self.parent.helpText = _(
            "Shows an AP spine DXA as it would be at another age, sex, height, weight or vertebral size: a causal "
            "model of the person's attributes and an image model, moved by sliders. Every such image is synthetic, "
            "and no forecast for a patient. For research use only, not for diagnosis. See the "
            '<a href="https://github.com/BoneDensity/SlicerBoneDensity">documentation</a>.'
        )
        self.parent.acknowledgementText = _("Part of the BoneDensity extension, licensed under Apache-2.0.")
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Offer a virtual person's DXA in Slicer's Sample Data module; it is made on the spot, nothing is downloaded."""
    import SampleData

    icons = os.path.join(os.path.dirname(__file__), "Resources", "Icons")
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="BoneDensity",
        sampleName="Virtual spine DXA",
        thumbnailFileName=os.path.join(icons, "SpineDXAGenVirtualSpine.png"),
        uris="",
        fileNames="",
        nodeNames="virtual spine DXA",
        customDownloader=makeVirtualSpine,
    )


def makeVirtualSpine(source: Any = None) -> list[Any]:
    """AP spine DXA of a virtual person (synthetic), chosen in the module; none where the user cancels."""
    require_bonedensity()
    from SpineDXAGenLib.sample_data import add_virtual_spine

    return add_virtual_spine(slicer.mrmlScene, lambda: SpineDXAGenLogic().getParameterNode())


@parameterNodeWrapper
class SpineDXAGenParameterNode:
    """What a saved scene keeps.

    dxa - The export that is looked at; never changed.
    ct, segmentation - The same person's CT and bones; never changed.
    corners - The vertebrae's corners; dragging one mends the outlines.
    result, outlineModel - The counterfactual that is shown, and its vertebrae's outlines.
    browser, table - The last sweep, and the person's path within the cohort by age.
    seed - Of virtual people.
    samples - Of the latents once the sliders rest.
    layer, opacity, curtain, outlines - What is laid over the export, and how.
    kept - Orientation and crop, the person's attributes, interventions and the model's folder, as JSON.
    formatVersion - Lets a later version of the module read scenes that this one saved.
    """

    dxa: vtkMRMLScalarVolumeNode
    ct: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    corners: vtkMRMLMarkupsFiducialNode
    result: vtkMRMLScalarVolumeNode
    outlineModel: vtkMRMLModelNode
    browser: vtkMRMLSequenceBrowserNode
    table: vtkMRMLTableNode
    seed: Annotated[int, WithinRange(0, 9999)] = 1
    samples: Annotated[int, WithinRange(1, 16)] = 4
    layer: Layer = Layer.COUNTERFACTUAL
    opacity: Annotated[float, WithinRange(0.0, 1.0)] = 1.0
    curtain: Annotated[float, WithinRange(0.0, 1.0)] = 1.0
    outlines: bool = True
    kept: str = ""
    formatVersion: int = 1


class SpineDXAGenWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Loads the window and ties it to the scene; the window itself is SpineDXAGenLib.window."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.window = None
        self._parameterNode = None
        self._parameterNodeGuiTags: list[Any] = []

    def setup(self) -> None:
        """Build the window when the user opens the module for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        require_bonedensity()
        from SpineDXAGenLib.window import Window

        uiWidget = slicer.util.loadUI(self.resourcePath("UI/SpineDXAGen.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = SpineDXAGenLogic()
        self.window = Window(
            self.ui,
            slicer.mrmlScene,
            self.resourcePath("SpineDXAGen-requirements.txt"),
            lambda name: slicer.util.loadUI(self.resourcePath(f"UI/{name}.ui")),
        )
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEnd)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEnd)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Let go of the scene and end the worker when the application closes or the module is reloaded."""
        self.setParameterNode(None)
        self.removeObservers()
        if self.window is not None:
            self.window.close()
            self.window = None

    def onReload(self) -> None:
        """Let Reload take the module's other files and the package anew, not this file alone."""
        for name in list(sys.modules):
            if name.partition(".")[0] in ("SpineDXAGenLib", "bonedensity"):
                del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self) -> None:
        """Follow the parameters while the module is shown; take weights that have appeared meanwhile."""
        if self._parameterNode is None:
            self.initializeParameterNode()
        if self.window is not None:
            self.window.enter()

    def exit(self) -> None:
        """Go on following the parameters: a sweep may still be running."""

    def onSceneStartClose(self, caller: Any = None, event: Any = None) -> None:
        """Forget the parameter node before the scene deletes it."""
        self.setParameterNode(None)

    def onSceneEnd(self, caller: Any = None, event: Any = None) -> None:
        """Start afresh in the closed scene, or where the imported one was left."""
        if self.window is not None:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        """Make sure that there is a parameter node, connected to the window."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode: SpineDXAGenParameterNode | None) -> None:
        """Connect the window to a parameter node, or to none."""
        if self._parameterNode:
            for tag in self._parameterNodeGuiTags:
                self._parameterNode.disconnectGui(tag)
            self._parameterNodeGuiTags = []
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self._parameterNode = parameterNode
        if self._parameterNode and self.window is not None:
            self._parameterNodeGuiTags = [self._parameterNode.connectGui(page) for page in self.window.pages]
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        if self.window is not None:
            self.window.follow(self._parameterNode)

    def onParametersChanged(self, caller: Any = None, event: Any = None) -> None:
        """The user, a script or a result changed a parameter."""
        if self.window is not None:
            self.window.parametersChanged()


class SpineDXAGenLogic(ScriptedLoadableModuleLogic):
    """Can be used without the window; see SpineDXAGenLib.script for what each step does.

        logic = SpineDXAGenLogic()
        dxa = logic.addVirtualPerson(seed=1)
        older = logic.counterfactual(dxa, {"age": 80})
        browser = logic.sweep(dxa, "age", range(50, 91, 5))

    All of these wait for a worker process and raise one-sentence errors (bonedensity.errors.BoneDensityError).
    `attributes` are the person's, by the causal graph's names; `weights` is the folder of a trained model.
    """

    def getParameterNode(self) -> SpineDXAGenParameterNode:
        """Return the module's parameters in the scene."""
        return SpineDXAGenParameterNode(super().getParameterNode())

    def addVirtualPerson(self, seed: int) -> Any:
        """Add a synthetic person's AP spine DXA to the scene; returns its node."""
        return self._script().addVirtualPerson(seed)

    def counterfactual(
        self, dxaNode: Any, do: dict[str, float], attributes: dict[str, float] | None = None, weights: str = ""
    ) -> Any:
        """Add what a DXA would show; returns the new volume node."""
        return self._script().counterfactual(dxaNode, do, attributes, weights)

    def sweep(
        self, dxaNode: Any, name: str, values: Any, attributes: dict[str, float] | None = None, weights: str = ""
    ) -> Any:
        """Add a sweep of one attribute; returns its sequence browser node."""
        return self._script().sweep(dxaNode, name, list(values), attributes, weights)

    def _script(self) -> Any:
        require_bonedensity()
        from SpineDXAGenLib.script import Script

        return Script(slicer.mrmlScene)


class SpineDXAGenTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer: Reload and Test, and the extension's self tests."""

    def setUp(self) -> None:
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Run all tests."""
        self.setUp()
        self.test_virtual_person_and_its_counterfactual_share_their_pixels()

    def test_virtual_person_and_its_counterfactual_share_their_pixels(self) -> None:
        """A virtual person is added; with weights, a counterfactual lies on its pixels; without, one sentence."""
        require_bonedensity()
        logic = SpineDXAGenLogic()
        self.delayDisplay("Making a virtual person")
        dxa = logic.addVirtualPerson(seed=1)
        before = slicer.util.arrayFromVolume(dxa).copy()
        self.delayDisplay(self.counterfactualOrSentence(logic, dxa, before))
        assert (slicer.util.arrayFromVolume(dxa) == before).all()
        self.delayDisplay("Test passed")

    def counterfactualOrSentence(self, logic: SpineDXAGenLogic, dxa: Any, before: Any) -> str:
        """What happened: a counterfactual on the DXA's pixels, or why there is none."""
        from bonedensity.errors import ModelError
        from bonedensity.workflows.spine.model import find_model

        try:
            older = logic.counterfactual(dxa, {"age": 80.0})
        except ModelError as error:
            found, problem = find_model("")
            if found is not None or str(error) != problem:
                raise
            return problem
        assert slicer.util.arrayFromVolume(older).shape == before.shape
        return "A counterfactual was made"
