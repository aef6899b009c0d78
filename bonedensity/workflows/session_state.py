"""What a session knows: inputs, geometry, pose, results. Plain data, no computation beyond small arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry import Calibration
from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.measurement import Measurement
from bonedensity.registration.error import PoseError
from bonedensity.registration.pose import ViewFrame
from bonedensity.workflows.session_landmarks import Landmarks
from bonedensity.workflows.setup import HIP_SDD_MM, METAL_VOXELS, OBJECT_TO_DETECTOR_MM

PREVIEW_PX = 512
"""Longer side of the live picture, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """One bone of the segmentation.

    Attributes:
        name: TotalSegmentator's name.
        voxels: How many it has.
        metal_share: Share of them above 2500 HU.
        centre: (3,) LPS mm of the CT.
        points: (N, 3) on its surface, LPS mm of the CT.
    """

    name: str
    voxels: int
    metal_share: float
    centre: NDArray[np.float64]
    points: NDArray[np.float64]

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Bone:
        """From an entry that the task `prepare_bones` returns."""
        return cls(
            values["name"],
            int(values["voxels"]),
            float(values["metal_share"]),
            np.asarray(values["centre"], dtype=np.float64),
            np.asarray(values["points"], dtype=np.float64).reshape(-1, 3),
        )

    @property
    def holds_metal(self) -> bool:
        """Whether an implant would mislead a registration."""
        return self.metal_share > METAL_VOXELS


@dataclass(frozen=True, slots=True)
class XrayGeometry:
    """The X-ray room in numbers; the C-arm's angles stay with the camera.

    Attributes:
        spacing_mm: Pixel size on the detector (row, column); None where nobody has said it.
        spacing_source: Where it came from; "" where there is none.
        sdd_mm: Source-to-detector distance.
        source_to_isocentre_mm: Source to the world's origin, where the patient's middle is first put.
    """

    spacing_mm: tuple[float, float] | None = None
    spacing_source: str = ""
    sdd_mm: float = HIP_SDD_MM
    source_to_isocentre_mm: float = HIP_SDD_MM - OBJECT_TO_DETECTOR_MM

    @classmethod
    def of(cls, radiograph: Radiograph, camera: PinholeCamera | None) -> XrayGeometry:
        """What a radiograph's own tags, or its known camera, say."""
        spacing = radiograph.spacing
        known = spacing is not None and spacing.on_detector
        if camera is not None and camera.pixel_spacing_mm is not None:
            source = spacing.source if known and spacing is not None else "camera"
            depth = float(camera.camera_from_world.translation[2])
            return cls(camera.pixel_spacing_mm, source, camera.sdd_mm, depth)
        sdd = radiograph.sdd_mm or HIP_SDD_MM
        geometry = cls(sdd_mm=sdd, source_to_isocentre_mm=sdd - OBJECT_TO_DETECTOR_MM)
        if known and spacing is not None:
            return replace(geometry, spacing_mm=spacing.pair, spacing_source=spacing.source)
        return geometry

    def camera(self, radiograph: Radiograph, before: PinholeCamera | None) -> PinholeCamera | None:
        """The camera of a radiograph: AP, or with the angles of the one before; None without pixel spacing.

        Raises:
            GeometryError: Distances that cannot be.
        """
        if self.spacing_mm is None:
            return None
        camera = c_arm_camera(
            sdd_mm=self.sdd_mm,
            source_to_isocentre_mm=self.source_to_isocentre_mm,
            rows=radiograph.rows,
            columns=radiograph.columns,
            pixel_spacing_mm=self.spacing_mm,
        )
        if before is None:
            return camera
        pose = before.camera_from_world
        shift = (*pose.translation[:2], self.source_to_isocentre_mm)
        return camera.posed(RigidTransform.from_rotation_translation(pose.rotation, np.array(shift)))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A registration as a window shows it.

    Attributes:
        world_from_ct: The pose found.
        centre: (3,) CT point (LPS mm) it was parametrised about.
        bones: Registered together.
        accepted: The verdict.
        reasons: Why it is doubtful, one sentence each.
        similarity: At the end.
        start_similarity: At the start.
        agreement_mm: Between independent searches, in plane; None with one search.
        seconds: Wall time.
        evaluations: DRRs compared.
        error: Against the hidden truth of a simulated X-ray; None for a real one.
        start_error: The same at the start.
        drr: (rows, columns) projection of the bones on the X-ray's own grid (attenuation); None until it is there.
    """

    world_from_ct: RigidTransform
    centre: NDArray[np.float64]
    bones: tuple[str, ...]
    accepted: bool
    reasons: tuple[str, ...]
    similarity: float
    start_similarity: float
    agreement_mm: float | None
    seconds: float
    evaluations: int
    error: PoseError | None = None
    start_error: PoseError | None = None
    drr: NDArray[np.float32] | None = None


@dataclass(eq=False)
class SessionState:
    """Everything at one moment; changed by `Session` alone.

    Attributes:
        ct: In HU.
        labels: Bones on the CT's grid.
        bones: What the segmentation holds.
        chosen: Names of the bones that are shown and registered.
        radiograph: The X-ray, bone bright.
        camera: Its camera; None while its pixel spacing is unknown.
        geometry: The numbers of that camera.
        start: Pose at which the six parameters are zero.
        parameters: (6,) offset from it in the view's frame (3 degrees, 3 mm).
        calibration: HU to density.
        outcome: The last registration; None when an input was changed since.
        measurements: All so far.
        synthetic_ct: The CT is a virtual patient's.
        truth: The hidden pose of a simulated X-ray.
        preview: Live DRR of the chosen bones on the preview's grid.
        landmarks: Of the femur that was looked at last.
        in_view: Areal density (g/cm²) of the region measured last, on the X-ray's grid.
        origin: Where "ct", "labels" and "radiograph" came from, as the caller named it; "" for files and made ones.
    """

    ct: Volume | None = None
    labels: LabelMap | None = None
    bones: tuple[Bone, ...] = ()
    chosen: tuple[str, ...] = ()
    radiograph: Radiograph | None = None
    camera: PinholeCamera | None = None
    geometry: XrayGeometry = field(default_factory=XrayGeometry)
    start: RigidTransform | None = None
    parameters: NDArray[np.float64] = field(default_factory=lambda: np.zeros(6))
    calibration: Calibration = field(default_factory=Calibration.nominal)
    outcome: Outcome | None = None
    measurements: tuple[Measurement, ...] = ()
    synthetic_ct: bool = False
    truth: RigidTransform | None = None
    preview: NDArray[np.float32] | None = None
    landmarks: Landmarks | None = None
    in_view: NDArray[np.float32] | None = None
    origin: dict[str, str] = field(default_factory=dict)

    def bone_set(self) -> list[Bone]:
        """The chosen bones."""
        return [bone for bone in self.bones if bone.name in self.chosen]

    def centre(self) -> NDArray[np.float64]:
        """Mean of the chosen bones' voxels (CT LPS mm), as the registration takes it.

        Raises:
            GeometryError: No bone is chosen.
        """
        bones = self.bone_set()
        if not bones:
            raise GeometryError("No bone is chosen, so there is nothing to turn about: tick at least one bone.")
        return np.average([b.centre for b in bones], axis=0, weights=[b.voxels for b in bones])

    def frame(self) -> ViewFrame:
        """The axes and the start that the six parameters belong to.

        Raises:
            GeometryError: No bone, or no camera yet.
        """
        if self.camera is None or self.start is None:
            raise GeometryError("The pose has no frame before CT, bones and X-ray geometry are there.")
        return ViewFrame(self.camera, self.start, self.centre())

    def pose(self) -> RigidTransform:
        """`world_from_ct` as it stands."""
        return self.frame().pose(self.parameters)

    def preview_factor(self) -> int:
        """How many of the X-ray's pixels make one of the preview's."""
        if self.radiograph is None:
            return 1
        return max(1, -(-max(self.radiograph.array.shape) // PREVIEW_PX))

    def preview_xray(self) -> NDArray[np.float32] | None:
        """The X-ray on the preview's grid: means over blocks of pixels."""
        if self.radiograph is None:
            return None
        factor = self.preview_factor()
        rows, columns = (size // factor for size in self.radiograph.array.shape)
        blocks = self.radiograph.array[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
        return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
