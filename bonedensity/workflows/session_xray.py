"""A session's X-ray: from a file, from a scene, or made, and the room in which it was taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import Radiograph
from bonedensity.imaging.spacing import PixelSpacing
from bonedensity.registration.pose import ViewFrame
from bonedensity.workflows.moving_bones import centre_of
from bonedensity.workflows.session_base import SessionBase, numbers_of
from bonedensity.workflows.setup import HIDDEN_POSE, nominal_camera, random_pose
from bonedensity.workflows.worker import Order
from bonedensity.workflows.xray_geometry import View, XrayGeometry

MIRRORED = "mirrored"
"""Tag of a radiograph whose columns were reversed by hand."""


class SessionXray(SessionBase):
    """Takes an X-ray in, and what is said of its geometry."""

    def load_radiograph(self, path: str | Path) -> None:
        """Read an X-ray image."""

        def done(value: dict[str, Any]) -> None:
            radiograph = self.desk.worker.exchange.get(value["radiograph"], Radiograph)
            self.desk.keep("radiograph", radiograph, value["radiograph"])
            self.use_radiograph(radiograph)

        self.desk.run(Order("read_radiograph", {"path": str(path)}, "reading the X-ray", done, ("radiograph",)))

    def use_radiograph(
        self,
        radiograph: Radiograph | None,
        *,
        camera: PinholeCamera | None = None,
        truth: RigidTransform | None = None,
        origin: str = "",
    ) -> None:
        """Take an X-ray.

        Args:
            radiograph: Bone bright; None takes it out.
            camera: Where it is known; else by the radiograph's own tags.
            truth: The hidden pose of a simulated one.
            origin: Where the caller has it from.
        """
        geometry = XrayGeometry() if radiograph is None else XrayGeometry.of(radiograph, camera)
        made = None if radiograph is None else camera or geometry.camera(radiograph, None)
        self._take_xray(radiograph, geometry, made, truth, origin)

    def set_geometry(
        self,
        *,
        spacing_mm: float | None = None,
        sdd_mm: float | None = None,
        source_to_isocentre_mm: float | None = None,
        view: View | None = None,
        primary_deg: float | None = None,
        secondary_deg: float | None = None,
        in_patient: bool | None = None,
    ) -> None:
        """State the X-ray's geometry; what is left out stays. A spacing that is typed counts as the user's.

        Args:
            spacing_mm: Pixel size, on the detector or in the patient as `in_patient` says.
            sdd_mm: Source-to-detector distance.
            source_to_isocentre_mm: Source to the patient's middle.
            view: Where the source stands.
            primary_deg: Further swing about the patient's long axis.
            secondary_deg: Swing towards head or feet.
            in_patient: Whether the pixel size is known at the patient, as after a calibration.
        """
        old = self.state.geometry
        new = replace(
            old,
            sdd_mm=sdd_mm or old.sdd_mm,
            source_to_isocentre_mm=source_to_isocentre_mm or old.source_to_isocentre_mm,
            view=view or old.view,
            primary_deg=old.primary_deg if primary_deg is None else primary_deg,
            secondary_deg=old.secondary_deg if secondary_deg is None else secondary_deg,
        )
        new = self._with_spacing(new, spacing_mm, in_patient)
        if new == old:
            return
        try:
            self._take_geometry(new.settled())
        except BoneDensityError as error:
            self.desk.fail(error)

    def set_side(self, side: str) -> None:
        """Say which side the X-ray shows: "L", "R", or "" for both or unknown."""
        radiograph = self.state.radiograph
        if radiograph is not None and radiograph.laterality != side:
            self.state.radiograph = replace(radiograph, laterality=side)
            self.changed.emit("side")

    def set_mirrored(self, mirrored: bool) -> None:
        """Reverse the columns of an X-ray that is as seen from the detector, or turn it back; the file stays."""
        radiograph = self.state.radiograph
        if radiograph is None or bool(radiograph.tags.get(MIRRORED)) == mirrored:
            return
        said = "Its columns were reversed by request: it is now as seen from the source."
        turned = replace(
            radiograph.mirrored(),
            tags={**radiograph.tags, MIRRORED: mirrored},
            notes=tuple(note for note in radiograph.notes if note != said) + ((said,) if mirrored else ()),
        )
        self._take_xray(turned, self.state.geometry, self.state.camera, None, "")

    def simulate_xray(self, seed: int) -> None:
        """An X-ray of the CT at a hidden pose near the centred one."""
        if self._refused("simulate"):
            return
        camera = nominal_camera()
        centre = centre_of([bone for bone in self.state.bones if bone.name in self.state.chosen])
        frame = ViewFrame(camera, RigidTransform.from_translation(-centre), centre)
        truth = random_pose(frame, np.random.default_rng([seed, 1]), HIDDEN_POSE)

        def done(value: dict[str, Any]) -> None:
            radiograph = self.desk.worker.exchange.get(value["radiograph"], Radiograph)
            self.desk.keep("radiograph", radiograph, value["radiograph"])
            self.use_radiograph(radiograph, camera=camera, truth=truth)

        parameters = {"ct": self._put("ct"), "camera": self._camera(camera), "pose": numbers_of(truth), "seed": seed}
        self.desk.run(Order("simulate_xray", parameters, "simulating the X-ray", done))

    def _take_xray(
        self,
        radiograph: Radiograph | None,
        geometry: XrayGeometry,
        camera: PinholeCamera | None,
        truth: RigidTransform | None,
        origin: str,
    ) -> None:
        self._stop_what_rests_on("radiograph")
        state = self.state
        state.radiograph, state.camera, state.geometry, state.truth = radiograph, camera, geometry, truth
        state.origin["radiograph"] = origin
        state.estimated, state.in_view = None, None
        state.maps.clear()
        self._forget_outcome()
        for what in ("radiograph", "geometry", "pose", "estimate"):
            self.changed.emit(what)
        self.preview()

    def _with_spacing(self, geometry: XrayGeometry, spacing_mm: float | None, in_patient: bool | None) -> XrayGeometry:
        """The pixel size that was typed, or the plane of the one that is known."""
        was_in_patient = geometry.in_patient_mm is not None
        there = was_in_patient if in_patient is None else in_patient
        known = geometry.shown_spacing_mm
        if spacing_mm and (known is None or not np.isclose(known[0], spacing_mm, atol=1e-6)):
            known = (spacing_mm, spacing_mm)
        elif there == was_in_patient:
            return geometry
        if known is None and there and self.state.radiograph is not None and self.state.radiograph.spacing is not None:
            known = self.state.radiograph.spacing.pair  # the file's own, calibrated in the patient
        if there:
            return replace(geometry, in_patient_mm=known)
        return replace(geometry, in_patient_mm=None, spacing_mm=known, spacing_source="user" if known else "")

    def _take_geometry(self, geometry: XrayGeometry) -> None:
        state = self.state
        if state.radiograph is not None:
            state.camera = geometry.camera(state.radiograph, state.camera)
            self._stop_what_rests_on("radiograph")
            if geometry.spacing_source == "user" and geometry.spacing_mm is not None:
                state.radiograph = state.radiograph.with_spacing(PixelSpacing(*geometry.spacing_mm, source="user"))
        state.geometry = geometry
        self._forget_outcome()
        self.changed.emit("geometry")
        self.preview()
