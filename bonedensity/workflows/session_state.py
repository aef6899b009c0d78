"""What a session knows: inputs, geometry, pose, results. Plain data, no computation beyond small arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry import Calibration
from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.measurement import Measurement
from bonedensity.registration.error import PoseError
from bonedensity.registration.pose import ViewFrame
from bonedensity.workflows.ct_facts import BonesFound, Doubts, Evidence
from bonedensity.workflows.estimate_facts import Estimated
from bonedensity.workflows.session_landmarks import Landmarks
from bonedensity.workflows.setup import METAL_VOXELS
from bonedensity.workflows.xray_geometry import XrayGeometry

if TYPE_CHECKING:
    from bonedensity.workflows.session_views import SecondView

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
        chance: Calibrated score in [0, 1] of an in-plane error below 2 mm; None where it was not estimated.
        deviations: Standard deviations of the six parameters (3 degrees, 3 mm), in the view's axes; empty as `chance`.
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
    chance: float | None = None
    deviations: tuple[float, ...] = ()


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
        second: A second X-ray of the same set-up.
        rims: Of each chosen bone by itself, on the same grid; empty until they were asked for at this pose.
        landmarks: Of the femur that was looked at last.
        in_view: Areal density (g/cm²) of the region measured last, on the X-ray's grid.
        evidence: What the calibration rests on; None for a typed or assumed one.
        bones_found: How the bones were segmented here; None for those that came from elsewhere.
        uncertainty: Of that segmentation, 0 to 1.
        doubts: What stands against the CT's numbers, after all regions were measured.
        estimated: What an estimator said of the X-ray last.
        maps: Pictures of areal density over the X-ray with their scale, (rows, columns, 3) of uint8, by title.
        plots: Pictures of plots by title, as `maps`.
        plotted: Title of the plot made last; "" for none.
        plot_lines: Statistics of the last agreement, one a line.
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
    rims: tuple[NDArray[np.bool_], ...] = ()
    second: SecondView | None = None
    landmarks: Landmarks | None = None
    in_view: NDArray[np.float32] | None = None
    evidence: Evidence | None = None
    bones_found: BonesFound | None = None
    uncertainty: Volume | None = None
    doubts: Doubts | None = None
    estimated: Estimated | None = None
    maps: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    plots: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    plotted: str = ""
    plot_lines: tuple[str, ...] = ()
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
        return 1 if self.radiograph is None else preview_factor_of(self.radiograph)

    def preview_xray(self) -> NDArray[np.float32] | None:
        """The X-ray on the preview's grid: means over blocks of pixels."""
        return None if self.radiograph is None else preview_of(self.radiograph)


def preview_factor_of(radiograph: Radiograph) -> int:
    """How many of an X-ray's pixels make one of its preview's."""
    return max(1, -(-max(radiograph.array.shape) // PREVIEW_PX))


def preview_of(radiograph: Radiograph) -> NDArray[np.float32]:
    """An X-ray on its preview's grid: means over blocks of pixels."""
    factor = preview_factor_of(radiograph)
    rows, columns = (size // factor for size in radiograph.array.shape)
    blocks = radiograph.array[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
