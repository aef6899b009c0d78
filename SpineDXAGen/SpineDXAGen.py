"""SpineDXAGen: the Slicer module for spine images that a model generates. It loads, and has no function yet."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class SpineDXAGen(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Spine DXA Generator")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = []
        self.parent.contributors = ["BoneDensity contributors"]
        self.parent.helpText = _(
            "Will show how a spine DXA image could look at another age, sex, height or weight. "
            "Not available in this version. For research use only. See the "
            '<a href="https://github.com/BoneDensity/SlicerBoneDensity">documentation</a>.'
        )
        self.parent.acknowledgementText = _("Part of the BoneDensity extension, licensed under Apache-2.0.")


@parameterNodeWrapper
class SpineDXAGenParameterNode:
    """What a saved scene keeps.

    formatVersion - Lets a later version of the module read scenes that this one saved.
    """

    formatVersion: int = 1


class SpineDXAGenWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The window: one section that says what will be here."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self) -> None:
        """Build the window when the user opens the module for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/SpineDXAGen.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = SpineDXAGenLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Let go of the scene when the application closes or the module is reloaded."""
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self) -> None:
        """Follow the parameters while the module is shown."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """Stop following the parameters when the user goes to another module."""
        self.setParameterNode(None)

    def onSceneStartClose(self, caller: Any, event: Any) -> None:
        """Forget the parameter node before the scene deletes it."""
        self.setParameterNode(None)

    def onSceneEndClose(self, caller: Any, event: Any) -> None:
        """Start afresh in the empty scene, if the module is shown."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        """Make sure that there is a parameter node, connected to the window."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode: SpineDXAGenParameterNode | None) -> None:
        """Connect the window to a parameter node, or to none."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self._parameterNodeGuiTag = None
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)


class SpineDXAGenLogic(ScriptedLoadableModuleLogic):
    """Can be used without the window."""

    def getParameterNode(self) -> SpineDXAGenParameterNode:
        """Return the module's parameters in the scene."""
        return SpineDXAGenParameterNode(super().getParameterNode())

    def packageVersion(self) -> str:
        """Return the version of the `bonedensity` package that this module uses."""
        from SpineDXAGenLib.find_bonedensity import require_bonedensity

        require_bonedensity()
        import bonedensity

        return bonedensity.__version__


class SpineDXAGenTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer: Reload and Test, and the extension's self tests."""

    def setUp(self) -> None:
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Run all tests."""
        self.setUp()
        self.test_logic_finds_package_and_keeps_parameters_in_scene()

    def test_logic_finds_package_and_keeps_parameters_in_scene(self) -> None:
        """The package is the module's own, and a second logic reads the parameters that the first one wrote."""
        logic = SpineDXAGenLogic()
        assert logic.packageVersion()
        logic.getParameterNode().formatVersion = 2
        assert SpineDXAGenLogic().getParameterNode().formatVersion == 2
