"""What a session knows: inputs, geometry, pose, results. Plain data, no computation beyond small arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry import Calibration
from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.measurement import Measurement
from bonedensity.registration.pose import ViewFrame
from bonedensity.workflows.ct_facts import BonesFound, Doubts, Evidence
from bonedensity.workflows.estimate_facts import Estimated
from bonedensity.workflows.moving_bones import TOGETHER, Parked, centre_of, members, same_pose
from bonedensity.workflows.session_facts import Bone, Outcome
from bonedensity.workflows.session_landmarks import Landmarks
from bonedensity.workflows.xray_geometry import XrayGeometry

if TYPE_CHECKING:
    from bonedensity.workflows.session_views import SecondView

PREVIEW_PX = 512
"""Longer side of the live picture, at most."""


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
        moving: Name of the bone that is moved by itself; "" for all ticked bones without a pose of their own. `start`,
            `parameters` and `outcome` are those of what is moved.
        parked: The other poses, by the same names.
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
    moving: str = TOGETHER
    parked: dict[str, Parked] = field(default_factory=dict)
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

    def members(self, name: str) -> tuple[str, ...]:
        """The ticked bones of one pose: a bone that has its own, or "" for all the others."""
        return members(name, self.chosen, self.own())

    def own(self) -> set[str]:
        """The bones that have a pose of their own."""
        return {self.moving, *self.parked} - {TOGETHER}

    def bone_set(self) -> list[Bone]:
        """The bones that are moved."""
        names = self.members(self.moving)
        return [bone for bone in self.bones if bone.name in names]

    def others(self) -> list[tuple[tuple[str, ...], RigidTransform]]:
        """The ticked bones that are not moved, with the poses they have."""
        found = ((self.members(name), parked.place.pose) for name, parked in self.parked.items())
        return [(names, pose) for names, pose in found if names]

    def outcomes(self) -> dict[str, Outcome]:
        """Registrations that hold, by the name of what was registered; all together first."""
        held = {name: parked.outcome for name, parked in self.parked.items()} | {self.moving: self.outcome}
        return {name: outcome for name, outcome in sorted(held.items()) if outcome is not None}

    def moved_since(self) -> bool:
        """Whether the bones stand elsewhere than their registration left them."""
        there = self.camera is not None and self.start is not None and bool(self.bone_set())
        return there and self.outcome is not None and not same_pose(self.pose(), self.outcome.world_from_ct)

    def settled(self) -> bool:
        """Whether the bones that move together are registered and accepted."""
        together = self.outcomes().get(TOGETHER)
        return together is not None and together.accepted

    def centre(self) -> NDArray[np.float64]:
        """Mean of the moved bones' voxels (CT LPS mm), as the registration takes it.

        Raises:
            GeometryError: No bone is chosen.
        """
        return centre_of(self.bone_set())

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
