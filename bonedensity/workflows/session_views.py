"""A second X-ray of the same set-up, such as a biplane's other view: seen, moved in and registered with the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError, GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.rotation import rotation_about
from bonedensity.imaging import Radiograph
from bonedensity.workflows.session_base import numbers_of
from bonedensity.workflows.session_pairs import SessionPairs
from bonedensity.workflows.session_state import preview_factor_of, preview_of
from bonedensity.workflows.worker import Order


@dataclass(frozen=True, slots=True, eq=False)
class SecondView:
    """A second X-ray.

    Attributes:
        radiograph: Bone bright.
        camera: In the world of the first one's.
        preview: (rows, columns) live projection on `xray`'s grid; None until it is there.
    """

    radiograph: Radiograph
    camera: PinholeCamera
    preview: NDArray[np.float32] | None = None

    @property
    def factor(self) -> int:
        """How many of the X-ray's pixels make one of the preview's."""
        return preview_factor_of(self.radiograph)

    @property
    def xray(self) -> NDArray[np.float32]:
        """The X-ray on the preview's grid."""
        return preview_of(self.radiograph)


class SessionViews(SessionPairs):
    """Keeps a second view, `state.second`; emits `changed("second")` when another is taken."""

    def use_second(
        self, radiograph: Radiograph | None, *, camera: PinholeCamera | None = None, angle_deg: float = 90.0
    ) -> None:
        """Take a second X-ray, or none.

        Args:
            radiograph: Bone bright; None takes it out.
            camera: In the first one's world, where it is known.
            angle_deg: Else: how far the source is swung from the first, about the patient's long axis, to the left.
        """
        if radiograph is None and self.state.second is None:
            return
        self._stop_what_rests_on("radiograph")
        second = None
        if radiograph is not None:
            try:
                second = SecondView(radiograph, camera or self._swung(radiograph, angle_deg))
            except BoneDensityError as error:
                self.desk.fail(error)
        self.state.second = second
        self._forget_outcome()
        self.changed.emit("second")
        self.preview()

    def load_second(self, path: str | Path, *, angle_deg: float = 90.0) -> None:
        """Read a second X-ray, its source swung from the first's as in `use_second`."""
        if self._refused("preview"):
            return

        def done(value: dict[str, Any]) -> None:
            radiograph = self.desk.worker.exchange.get(value["radiograph"], Radiograph)
            self.use_second(radiograph, angle_deg=angle_deg)

        self.desk.run(Order("read_radiograph", {"path": str(path)}, "reading the second X-ray", done))

    def simulate_second(self, angle_deg: float, seed: int) -> None:
        """A second X-ray of the simulated one's hidden pose."""
        state = self.state
        if self._refused("preview"):
            return
        if state.truth is None or state.radiograph is None:
            self.desk.fail(GeometryError("Only a simulated X-ray has a hidden pose to simulate a second one of."))
            return
        camera = swung(state.camera, angle_deg) if state.camera is not None else None

        def done(value: dict[str, Any]) -> None:
            radiograph = self.desk.worker.exchange.get(value["radiograph"], Radiograph)
            self.use_second(replace(radiograph, name=f"{radiograph.name}, {angle_deg:g}°"), camera=camera)

        parameters = {
            "ct": self._put("ct"),
            "camera": self._camera(camera),
            "pose": numbers_of(state.truth),
            "seed": seed + 1,
        }
        self.desk.run(Order("simulate_xray", parameters, "simulating the second X-ray", done))

    # Within

    def _picture(self, backend: str) -> None:
        """Both views at once, so that they never show different poses."""
        state, second = self.state, self.state.second
        if second is None:
            super()._picture(backend)
            return
        assert state.camera is not None
        asked = (state.ct, state.labels, state.radiograph, second.radiograph)
        first_camera = state.camera.resampled(state.preview_factor())

        def done(value: dict[str, Any]) -> None:
            images = [self.desk.worker.exchange.take(each, np.ndarray) for each in value["images"]]
            now = self.state.second
            if now is None or self._pose() is None:  # taken out, or the last bone was unticked meanwhile
                return
            if asked != (self.state.ct, self.state.labels, self.state.radiograph, now.radiograph):
                return
            self.state.preview, self.state.second = images[0], replace(now, preview=images[1])
            self.changed.emit("preview")

        order = self._projection(first_camera, state.pose(), "the live picture", done, backend)
        cameras = [order.parameters.pop("camera"), self._camera(second.camera.resampled(second.factor))]
        self.desk.show(replace(order, task="render_views", parameters={**order.parameters, "cameras": cameras}))

    def _views(self) -> list[dict[str, Any]]:
        """What a registration compares with."""
        views = [{"radiograph": self._put("radiograph"), "camera": self._camera(self.state.camera)}]
        if self.state.second is not None:
            second = self.state.second
            reference = self.desk.put("second", second.radiograph)
            views.append({"radiograph": reference, "camera": self._camera(second.camera)})
        return views

    def _swung(self, radiograph: Radiograph, angle_deg: float) -> PinholeCamera:
        camera, geometry = self.state.camera, self.state.geometry
        if camera is None:
            raise GeometryError("Give the first X-ray's geometry before a second one is placed beside it.")
        spacing = radiograph.spacing
        pixel = spacing.pair if spacing is not None and spacing.on_detector else geometry.spacing_mm
        own = PinholeCamera.from_source_to_detector_distance(
            sdd_mm=radiograph.sdd_mm or camera.sdd_mm,
            rows=radiograph.rows,
            columns=radiograph.columns,
            pixel_spacing_mm=pixel or (1.0, 1.0),
            camera_from_world=camera.camera_from_world,
        )
        return swung(own, angle_deg)


def swung(camera: PinholeCamera, angle_deg: float) -> PinholeCamera:
    """The camera, its source swung about the patient's long axis through the world's origin, to the patient's left."""
    turn = RigidTransform.from_rotation_translation(rotation_about("z", -angle_deg), np.zeros(3))
    return camera.posed(camera.camera_from_world @ turn)
