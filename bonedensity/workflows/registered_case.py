"""One case from start to end: X-ray, registration, bone projections and measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry import Calibration
from bonedensity.drr.xray import simulate_radiograph
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph
from bonedensity.measurement import Measurement
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent, stop_if_asked
from bonedensity.registration import RegistrationConfig, RegistrationResult, View, register
from bonedensity.registration.error import PoseError, pose_error, surface_points
from bonedensity.registration.landmarks import LandmarkPairs
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.registration.scale import ScaleUncertainty, registered_scale
from bonedensity.workflows.case_regions import RegionOnXray, bone_projections, femurs_of, in_view, measure_all
from bonedensity.workflows.inputs import CaseInputs
from bonedensity.workflows.setup import (
    HIDDEN_POSE,
    camera_of,
    centred_pose,
    nominal_camera,
    random_pose,
    registrable_bones,
)

START_ERROR = (10.0, 10.0, 10.0, 10.0, 10.0, 30.0)
"""Reach of the error that a demonstration's start is given (3 degrees, 3 mm)."""

SUCCESS_MM = 2.0
"""In-plane mTRE below which a registration with known truth has succeeded."""


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredCase:
    """Everything a report, a table or a scene needs.

    Attributes:
        inputs: CT and bones.
        radiograph: Read or simulated.
        camera: Its camera.
        bones: Registered together.
        registration: Pose and quality.
        truth: The hidden pose of a simulated X-ray; None for a real one.
        start_error: Of the starting pose against the truth.
        end_error: Of the pose found against the truth.
        drr: Areal density (g/cm²) of each registered bone on the X-ray's grid.
        calibration: HU to density.
        regions: What was measured.
        refusals: Region's title to the reason why it was not measured.
        landmarks: Points in the CT (LPS mm).
        notes: For the report.
    """

    inputs: CaseInputs
    radiograph: Radiograph
    camera: PinholeCamera
    bones: tuple[str, ...]
    registration: RegistrationResult
    truth: RigidTransform | None
    start_error: PoseError | None
    end_error: PoseError | None
    drr: Mapping[str, NDArray[np.float32]]
    calibration: Calibration
    regions: tuple[RegionOnXray, ...]
    refusals: Mapping[str, str] = field(default_factory=dict)
    landmarks: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def success(self) -> bool:
        """In-plane error below 2 mm where the truth is known, else the registration's own decision."""
        if self.end_error is None:
            return self.registration.quality.accepted
        return self.end_error.in_plane_mm < SUCCESS_MM

    @property
    def measurements(self) -> list[Measurement]:
        """All numbers: of the CT's regions, then of the regions along the radiograph's rays."""
        found = [m for region in self.regions for m in region.result.measurements]
        return found + [in_view(region, self.scale) for region in self.regions]

    @property
    def scale(self) -> ScaleUncertainty | None:
        """How surely mm on the radiograph are known at the registered bones' depth; None where it was not estimated."""
        return registered_scale(self.camera, self.registration)


def register_case(
    inputs: CaseInputs,
    *,
    calibration: Calibration | None = None,
    initial: RigidTransform | None = None,
    sdd_mm: float | None = None,
    config: RegistrationConfig | None = None,
    seed: int = 0,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> RegisteredCase:
    """Register, project each bone, measure.

    Args:
        inputs: CT, bones and perhaps a radiograph; without one it is simulated at a hidden pose.
        calibration: HU to mg/cm³; default an assumed one, marked as such.
        initial: `world_from_ct` to start from; default centred (real X-ray) or perturbed from the truth (simulated).
        sdd_mm: Source-to-detector distance of a radiograph without camera (mm).
        config: Of the registration.
        seed: Of hidden pose, start error, noise and search.
        on_progress: Fraction and message.
        should_stop: True ends with `CancelledError`.
    """
    bones = registrable_bones(inputs.ct, inputs.labels)
    centred, centre = centred_pose(inputs.labels, bones)
    on_progress(0.02, "Preparing the X-ray")
    radiograph, camera, truth = _radiograph(inputs, ViewFrame(nominal_camera(), centred, centre), sdd_mm, seed)
    start = initial or centred
    if truth is not None and initial is None:
        start = random_pose(ViewFrame(camera, truth, centre), np.random.default_rng([seed, 2]), START_ERROR)
    stop_if_asked(should_stop)
    landmarks = {**inputs.landmarks, **_femoral_landmarks(inputs.labels)}
    registration = register(
        inputs.ct,
        [View(radiograph.array, camera, body_region(radiograph.array))],
        initial=start,
        config=config or RegistrationConfig(seed=seed),
        labels=inputs.labels,
        bones=bones,
        landmarks=_marked(landmarks, camera, truth),
        on_progress=part_of(on_progress, 0.1, 0.8),
        should_stop=should_stop,
    )
    stop_if_asked(should_stop)
    on_progress(0.8, "Projecting each bone and measuring")
    used = calibration or inputs.calibration or Calibration.nominal()
    points = surface_points(inputs.labels, bones)
    regions, refusals = measure_all(inputs, used, camera, registration.world_from_ct)
    return RegisteredCase(
        inputs=inputs,
        radiograph=radiograph,
        camera=camera,
        bones=tuple(bones),
        registration=registration,
        truth=truth,
        start_error=None if truth is None else pose_error(start, truth, points, camera),
        end_error=None if truth is None else pose_error(registration.world_from_ct, truth, points, camera),
        drr=bone_projections(inputs, used, bones, camera, registration.world_from_ct),
        calibration=used,
        regions=regions,
        refusals=refusals,
        landmarks=landmarks,
        notes=(*inputs.notes, *used.doubts, *(radiograph.notes if truth is not None else ())),
    )


def _radiograph(
    inputs: CaseInputs, nominal: ViewFrame, sdd_mm: float | None, seed: int
) -> tuple[Radiograph, PinholeCamera, RigidTransform | None]:
    if inputs.radiograph is not None:
        return inputs.radiograph, inputs.camera or camera_of(inputs.radiograph, sdd_mm=sdd_mm), None
    camera = inputs.camera or nominal.camera
    truth = random_pose(nominal, np.random.default_rng([seed, 1]), HIDDEN_POSE)
    return simulate_radiograph(inputs.ct, camera, truth, seed=np.random.default_rng([seed, 3])), camera, truth


def _femoral_landmarks(labels: LabelMap) -> dict[str, NDArray[np.float64]]:
    return {name: point for femur in femurs_of(labels).values() for name, point in femur.landmarks().items()}


def _marked(
    landmarks: Mapping[str, NDArray[np.float64]], camera: PinholeCamera, truth: RigidTransform | None
) -> LandmarkPairs | None:
    """Where a simulated X-ray shows the landmarks; a real one is marked by hand."""
    if truth is None or not landmarks:
        return None
    in_ct = np.array(list(landmarks.values()))
    return LandmarkPairs(in_ct, camera.project(truth.apply(in_ct)))
