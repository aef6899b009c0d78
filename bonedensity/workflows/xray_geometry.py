"""The X-ray room in numbers: distances, pixel size, view and C-arm angles, and the camera that follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import PinholeCamera, c_arm_camera
from bonedensity.geometry.carm import AXES_OF_AP, AXES_OF_PA, Beam
from bonedensity.imaging import Radiograph
from bonedensity.workflows.setup import HIP_SDD_MM, OBJECT_TO_DETECTOR_MM

View = Literal["AP", "PA", "LEFT", "RIGHT"]
"""Where the source stands: in front of the patient, behind, at the left, at the right."""

VIEWS: tuple[View, ...] = get_args(View)

BEAMS: dict[View, tuple[Beam, float]] = {
    "AP": ("AP", 0.0),
    "PA": ("PA", 0.0),
    "LEFT": ("AP", 90.0),
    "RIGHT": ("AP", -90.0),
}
"""Beam and primary angle of a view before any swing."""

SAME_DEG = 1e-6
"""Angles nearer to each other than this are one."""


@dataclass(frozen=True, slots=True)
class XrayGeometry:
    """The X-ray room in numbers.

    Attributes:
        spacing_mm: Pixel size on the detector (row, column); None where nobody has said it.
        spacing_source: Where it came from; "" where there is none.
        sdd_mm: Source-to-detector distance.
        source_to_isocentre_mm: Source to the world's origin, where the patient's middle is first put.
        view: Where the source stands.
        primary_deg: Further swing about the patient's long axis (`geometry.carm`).
        secondary_deg: Swing towards the head (positive) or the feet.
        in_patient_mm: Pixel size at the isocentre, where that is what is known: the detector's then follows from the
            magnification.
    """

    spacing_mm: tuple[float, float] | None = None
    spacing_source: str = ""
    sdd_mm: float = HIP_SDD_MM
    source_to_isocentre_mm: float = HIP_SDD_MM - OBJECT_TO_DETECTOR_MM
    view: View = "AP"
    primary_deg: float = 0.0
    secondary_deg: float = 0.0
    in_patient_mm: tuple[float, float] | None = None

    @classmethod
    def of(cls, radiograph: Radiograph, camera: PinholeCamera | None) -> XrayGeometry:
        """What a radiograph's own tags, or its known camera, say."""
        spacing = radiograph.spacing
        known = spacing is not None and spacing.on_detector
        if camera is not None and camera.pixel_spacing_mm is not None:
            source = spacing.source if known and spacing is not None else "camera"
            depth = float(camera.camera_from_world.translation[2])
            view, primary, secondary = angles_of(camera)
            return cls(camera.pixel_spacing_mm, source, camera.sdd_mm, depth, view, primary, secondary)
        sdd = radiograph.sdd_mm or HIP_SDD_MM
        view = "PA" if radiograph.view == "PA" else "LEFT" if radiograph.view == "LATERAL" else "AP"
        geometry = cls(sdd_mm=sdd, source_to_isocentre_mm=sdd - OBJECT_TO_DETECTOR_MM, view=view)
        if known and spacing is not None:
            return replace(geometry, spacing_mm=spacing.pair, spacing_source=spacing.source)
        return geometry

    @property
    def magnification(self) -> float:
        """How much larger than life the isocentre is shown on the detector."""
        return self.sdd_mm / self.source_to_isocentre_mm

    @property
    def shown_spacing_mm(self) -> tuple[float, float] | None:
        """The pixel size where it is known: in the patient, or on the detector."""
        return self.spacing_mm if self.in_patient_mm is None else self.in_patient_mm

    def settled(self) -> XrayGeometry:
        """With the detector's pixel size where that in the patient is known."""
        if self.in_patient_mm is None:
            return self
        row, column = (value * self.magnification for value in self.in_patient_mm)
        return replace(self, spacing_mm=(row, column), spacing_source="user")

    def camera(self, radiograph: Radiograph, before: PinholeCamera | None) -> PinholeCamera | None:
        """The camera of a radiograph; None without pixel spacing.

        One that stood otherwise than these angles can say, such as a calibrated one, keeps its rotation for as long as
        nobody asks for other angles.

        Raises:
            GeometryError: Distances that cannot be.
        """
        if self.spacing_mm is None:
            return None
        beam, swung = BEAMS[self.view]
        camera = c_arm_camera(
            sdd_mm=self.sdd_mm,
            source_to_isocentre_mm=self.source_to_isocentre_mm,
            rows=radiograph.rows,
            columns=radiograph.columns,
            pixel_spacing_mm=self.spacing_mm,
            beam=beam,
            primary_deg=swung + self.primary_deg,
            secondary_deg=self.secondary_deg,
        )
        if before is None or not self._stands_as(before):
            return camera
        pose = before.camera_from_world
        shift = (*pose.translation[:2], self.source_to_isocentre_mm)
        return camera.posed(type(pose).from_rotation_translation(pose.rotation, np.array(shift)))

    def _stands_as(self, camera: PinholeCamera) -> bool:
        """Whether a camera is told by the same view and angles."""
        view, primary, secondary = angles_of(camera)
        apart = max(abs(primary - self.primary_deg), abs(secondary - self.secondary_deg))
        return view == self.view and apart < SAME_DEG


def angles_of(camera: PinholeCamera) -> tuple[View, float, float]:
    """View, primary and secondary angle (degrees) of a camera; a roll about its own axis is left out."""
    world_from_axes = camera.camera_from_world.rotation.T
    found = [(view, *_swing_of(world_from_axes, view)) for view in VIEWS]
    return min(found, key=lambda each: abs(each[1]))


def _swing_of(world_from_axes: NDArray[np.float64], view: View) -> tuple[float, float]:
    beam, swung = BEAMS[view]
    turn = world_from_axes @ (AXES_OF_AP if beam == "AP" else AXES_OF_PA).T
    forth = turn @ np.array([0.0, -1.0, 0.0])  # what stands in front of the patient swings towards left and head
    secondary = math.degrees(math.asin(float(np.clip(forth[2], -1, 1))))
    primary = math.degrees(math.atan2(float(forth[0]), float(-forth[1]))) - swung
    return _rounded((primary + 180) % 360 - 180), _rounded(secondary)


def _rounded(angle: float) -> float:
    """Without the last digits that a matrix product leaves, and without a negative zero."""
    return round(angle, 6) + 0.0
