"""BMDEstimator: the Slicer module that registers a CT to an X-ray and measures bone density."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import slicer
import vtk
from BMDEstimatorLib.ct_choices import CalibrationMethod, Engine
from BMDEstimatorLib.find_bonedensity import require_bonedensity
from BMDEstimatorLib.measure_choices import Region, Sex, Side
from BMDEstimatorLib.register_choices import BlendMode, Colors, Crop, Step
from BMDEstimatorLib.xray_choices import SpacingPlane, View, XraySide
from slicer import (
    vtkMRMLLinearTransformNode,
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
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


class BMDEstimator(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("BMD Estimator")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = []
        self.parent.contributors = ["BoneDensity contributors"]
        self.parent.helpText = _(
            "Finds the pose of a CT's bones in a plain X-ray, and measures bone mineral density on the CT; estimates "
            "it from the X-ray alone where a trained model is there. Four steps, each usable alone: CT, X-ray, "
            "Register, Estimate; then the results. To try it: Sample Data, BoneDensity, or the virtual patient. "
            "Judge every registration by eye. For research use only, not for diagnosis. See the "
            '<a href="https://github.com/BoneDensity/SlicerBoneDensity">documentation</a>.'
        )
        self.parent.acknowledgementText = _("Part of the BoneDensity extension, licensed under Apache-2.0.")
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Offer a virtual patient in Slicer's Sample Data module; it is made on the spot, and nothing is downloaded."""
    import SampleData

    icons = os.path.join(os.path.dirname(__file__), "Resources", "Icons")
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="BoneDensity",
        sampleName="Virtual hip",
        thumbnailFileName=os.path.join(icons, "BMDEstimatorVirtualHip.png"),
        uris="",
        fileNames="",
        nodeNames="virtual CT",
        customDownloader=makeVirtualHip,
    )


def makeVirtualHip(source: Any = None) -> list[Any]:
    """CT, bones and X-ray of a virtual patient (synthetic), chosen in the module; none where the user cancels."""
    require_bonedensity()
    from BMDEstimatorLib.sample_data import add_virtual_hip

    return add_virtual_hip(slicer.mrmlScene, lambda: BMDEstimatorLogic().getParameterNode())


@parameterNodeWrapper
class BMDEstimatorParameterNode:
    """What a saved scene keeps.

    ct, segmentation, xray - The inputs; never changed.
    transform, results - The last registration and the table of measurements.
    landmarks - Points of the femur that was looked at last; dragging one mends the next measurement.
    spacingMm, sddMm, sourceToPatientMm - The X-ray's geometry; a pixel size of 0 is not known.
    spacingPlane - Whether that size holds on the detector or in the patient.
    view, primaryDeg, secondaryDeg - Where the source stood.
    xraySide - Which side the X-ray shows.
    slope, intercept, calibrationSource - From HU to mg/cm3, and whose numbers they are.
    calibrationMethod, kvp - How the CT is calibrated, and its tube voltage.
    engine, modelPath - What finds the bones, and its folder or file where it needs one.
    uncertainty - How uncertain that segmentation is.
    estimator, estimatorFolder, estimatorMetadata - What estimates from the X-ray, its weights, its form (JSON).
    estimate - Areal density that it decomposed from the X-ray.
    densityMap - Areal density of the region measured last, as the X-ray shows it.
    ageYears, sex - Of the person, for reference bands; an age of 0 is not known.
    cohortPath, cohortUnit - Table of a cohort, and the unit of its two columns.
    seed - Of virtual patient, simulated X-ray and search.
    bones - Names of the ticked bones.
    start - The pose at which the six numbers are zero: world_from_ct, 16 numbers, LPS mm.
    moving - Name of the bone that is moved by itself; empty for all ticked bones without a pose of their own.
    ownPoses - Where what is not moved stands, by the same names (JSON; world_from_ct, 16 numbers, LPS mm).
    shift..., turn... - The pose in the view's own axes, mm and degrees.
    mode, opacity - How the bones are shown over the X-ray.
    windowLow, windowHigh, palette, split, crop - Grey values (percentiles), colors, the curtain's line, the part shown.
    step, mouse - How far keys move the bones, and whether the mouse does.
    ctPoints, xrayPoints - Point pairs to start from.
    secondXray, secondAngle - A second view, and how far its source is swung from the first's.
    reader, blinded - Who judges, and whether without seeing the numbers.
    region, side - What is measured.
    formatVersion - Lets a later version of the module read scenes that this one saved.
    """

    ct: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    xray: vtkMRMLScalarVolumeNode
    transform: vtkMRMLLinearTransformNode
    results: vtkMRMLTableNode
    landmarks: vtkMRMLMarkupsFiducialNode
    spacingMm: Annotated[float, WithinRange(0.0, 10.0)] = 0.0
    sddMm: Annotated[float, WithinRange(100.0, 5000.0)] = 1150.0
    sourceToPatientMm: Annotated[float, WithinRange(50.0, 4900.0)] = 1000.0
    spacingPlane: SpacingPlane = SpacingPlane.DETECTOR
    view: View = View.AP
    primaryDeg: Annotated[float, WithinRange(-180.0, 180.0)] = 0.0
    secondaryDeg: Annotated[float, WithinRange(-90.0, 90.0)] = 0.0
    xraySide: XraySide = XraySide.UNKNOWN
    slope: Annotated[float, WithinRange(0.1, 3.0)] = 0.77
    intercept: Annotated[float, WithinRange(-200.0, 200.0)] = 0.0
    calibrationSource: str = "assumed"
    calibrationMethod: CalibrationMethod = CalibrationMethod.NOMINAL
    kvp: Annotated[float, WithinRange(60.0, 160.0)] = 120.0
    engine: Engine = Engine.BAYESIAN_UNET
    modelPath: str = ""
    uncertainty: vtkMRMLScalarVolumeNode
    estimator: str = "bmdgan"
    estimatorFolder: str = ""
    estimatorMetadata: str = ""
    estimate: vtkMRMLScalarVolumeNode
    densityMap: vtkMRMLScalarVolumeNode
    ageYears: Annotated[float, WithinRange(0.0, 110.0)] = 0.0
    sex: Sex = Sex.FEMALE
    cohortPath: str = ""
    cohortUnit: str = "g/cm²"
    seed: Annotated[int, WithinRange(0, 9999)] = 1
    bones: list[str]
    start: list[float]
    moving: str = ""
    ownPoses: str = ""
    shiftRight: Annotated[float, WithinRange(-150.0, 150.0)] = 0.0
    shiftDown: Annotated[float, WithinRange(-150.0, 150.0)] = 0.0
    shiftDepth: Annotated[float, WithinRange(-300.0, 300.0)] = 0.0
    turnRight: Annotated[float, WithinRange(-60.0, 60.0)] = 0.0
    turnDown: Annotated[float, WithinRange(-60.0, 60.0)] = 0.0
    turnDepth: Annotated[float, WithinRange(-60.0, 60.0)] = 0.0
    mode: BlendMode = BlendMode.BLEND
    opacity: Annotated[float, WithinRange(0.0, 1.0)] = 0.75
    windowLow: Annotated[float, WithinRange(0.0, 60.0)] = 1.0
    windowHigh: Annotated[float, WithinRange(40.0, 100.0)] = 99.7
    palette: Colors = Colors.ORANGE
    split: Annotated[float, WithinRange(0.0, 1.0)] = 0.5
    crop: Crop = Crop.WHOLE
    step: Step = Step.MEDIUM
    mouse: bool = True
    ctPoints: vtkMRMLMarkupsFiducialNode
    xrayPoints: vtkMRMLMarkupsFiducialNode
    secondXray: vtkMRMLScalarVolumeNode
    secondAngle: Annotated[float, WithinRange(-180.0, 180.0)] = 90.0
    reader: str = ""
    blinded: bool = False
    region: Region = Region.PROXIMAL_FEMUR
    side: Side = Side.RIGHT
    formatVersion: int = 1


class BMDEstimatorWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Loads the window and ties it to the scene; the window itself is BMDEstimatorLib.window."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.window = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self) -> None:
        """Build the window when the user opens the module for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        require_bonedensity()
        from BMDEstimatorLib.window import Window

        uiWidget = slicer.util.loadUI(self.resourcePath("UI/BMDEstimator.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = BMDEstimatorLogic()
        requirements = ("BMDEstimator-requirements.txt", "BMDEstimator-models-requirements.txt")
        self.window = Window(self.ui, slicer.mrmlScene, *map(self.resourcePath, requirements))
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
            if name.partition(".")[0] in ("BMDEstimatorLib", "bonedensity"):
                del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self) -> None:
        """Follow the parameters while the module is shown."""
        if self._parameterNode is None:
            self.initializeParameterNode()
        self.window.enter()

    def exit(self) -> None:
        """Leave the views to others; the parameters are still followed: a registration may be running."""
        if self.window is not None:
            self.window.exit()

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

    def setParameterNode(self, parameterNode: BMDEstimatorParameterNode | None) -> None:
        """Connect the window to a parameter node, or to none."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self._parameterNodeGuiTag = None
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            changed = vtk.vtkCommand.ModifiedEvent  # heard last, when this wrapper has read what another one wrote
            self.addObserver(self._parameterNode, changed, self.onParametersChanged, priority=-1.0)
        if self.window is not None:
            self.window.follow(self._parameterNode)

    def onParametersChanged(self, caller: Any = None, event: Any = None) -> None:
        """The user, a script or a result changed a parameter."""
        if self.window is not None:
            self.window.parametersChanged()


class BMDEstimatorLogic(ScriptedLoadableModuleLogic):
    """Can be used without the window; see BMDEstimatorLib.script for what each step does.

        logic = BMDEstimatorLogic()
        ct, bones = logic.addVirtualPatient(seed=1)
        xray = logic.simulateXray(ct, bones, seed=1)
        transform, outcome = logic.process(ct, xray, bones)
        table = logic.measure(ct, bones, region="femoral-neck", side="L")

    All of these wait for a worker process and raise one-sentence errors (bonedensity.errors.BoneDensityError).
    """

    def getParameterNode(self) -> BMDEstimatorParameterNode:
        """Return the module's parameters in the scene."""
        return BMDEstimatorParameterNode(super().getParameterNode())

    def process(self, ctNode: Any, xrayNode: Any, segmentationNode: Any = None, **options: Any) -> tuple[Any, Any]:
        """Register a CT to an X-ray; returns the new transform node and the outcome.

        Without a segmentation all dense bone is registered. Options: bones, spacingMm, sddMm, seed, levels.
        """
        return self._script().process(ctNode, xrayNode, segmentationNode, **options)

    def addVirtualPatient(self, seed: int, spacingMm: float = 2.0) -> tuple[Any, Any]:
        """Add a synthetic CT and its bones to the scene; returns both nodes."""
        return self._script().addVirtualPatient(seed, spacingMm)

    def simulateXray(self, ctNode: Any, segmentationNode: Any, seed: int) -> Any:
        """Add an X-ray of a CT at a hidden pose to the scene; returns its node."""
        return self._script().simulateXray(ctNode, segmentationNode, seed)

    def measure(self, ctNode: Any, segmentationNode: Any, region: str, side: str = "R", **calibration: float) -> Any:
        """Measure a region of a CT; returns the new table node. Calibration: slope and intercept, if known."""
        return self._script().measure(ctNode, segmentationNode, region, side, **calibration)

    def _script(self) -> Any:
        require_bonedensity()
        from BMDEstimatorLib.script import Script

        return Script(slicer.mrmlScene)


class BMDEstimatorTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer: Reload and Test, and the extension's self tests."""

    def setUp(self) -> None:
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Run all tests."""
        self.setUp()
        self.test_virtual_patient_is_registered_and_measured()

    def test_virtual_patient_is_registered_and_measured(self) -> None:
        """The whole job on synthetic data: the pose is found, the inputs stay, the numbers are in a table."""
        require_bonedensity()
        from bonedensity.registration.config import DEFAULT_LEVELS

        logic = BMDEstimatorLogic()
        self.delayDisplay("Making a virtual patient and its X-ray")
        ct, bones = logic.addVirtualPatient(seed=1, spacingMm=4.0)
        xray = logic.simulateXray(ct, bones, seed=1)
        before = slicer.util.arrayFromVolume(ct).copy()
        self.delayDisplay("Registering")
        transform, outcome = logic.process(ct, xray, bones, levels=DEFAULT_LEVELS[:2])
        assert outcome.accepted, " ".join(outcome.reasons)
        assert outcome.error.in_plane_mm < 2.0
        assert transform.GetNodeReference("BoneDensity.radiograph") is not None
        self.delayDisplay("Measuring")
        table = logic.measure(ct, bones, region="proximal-femur", side="L")
        assert table.GetNumberOfRows() > 3
        assert (slicer.util.arrayFromVolume(ct) == before).all()
        self.delayDisplay("Test passed")
