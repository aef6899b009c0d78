"""Source, detector with the X-ray, and the bones at their pose, in 3D; the browser draws what is listed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import BY_NAME, title_of
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging.surface import Surface
from bonedensity.web.hip.points import PointsPart
from bonedensity.web.part import Part, number
from bonedensity.workflows.beam import beam_points, eye_on_beam
from bonedensity.workflows.overlays import grey_bytes
from bonedensity.workflows.readiness import what_is_missing
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_state import preview_of
from bonedensity.workflows.session_surfaces import touched

BONE_COLOR = (0.95, 0.87, 0.70)
"""Where a bone has none of its own."""

SCREEN_PX = 160
"""Longer side of the X-ray on the detector, at most."""


class ScenePart(Part[Session]):
    """Sends what changed, while it is looked at: surfaces once, afterwards poses alone.

    Args:
        server: The tab's.
        session: The case.
        points: Marked on the bones, too.
    """

    name = "scene"

    def __init__(self, server: Any, session: Session, points: PointsPart) -> None:
        self._points = points
        self._sent: Mapping[str, Surface] = {}
        self._stale = True
        super().__init__(server, session)

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        return {"missing": what_is_missing(self._session.state, "preview"), "waiting": self._session.making_surfaces}

    def draw(self) -> None:
        """Send what changed."""
        state = self._session.state
        if self._server.state.beside != "scene" or what_is_missing(state, "preview") or state.start is None:
            return
        surfaces = self._session.surfaces()
        if self._session.making_surfaces != self._server.state.scene["waiting"]:
            self.refresh()
        if self._sent is not surfaces and (surfaces or self._sent):
            self._sent = surfaces
            self._server.state.scene_bones = [bone_of(name, surface) for name, surface in surfaces.items()]
        poses = {name: columns_of(pose) for name, pose in self._poses().items()}
        if poses != self._server.state.scene_poses:
            self._server.state.scene_poses = poses
        if self._stale:
            self._stale = False
            self._draw_beams()

    def _begin(self) -> None:
        self._server.state.update({"scene_bones": [], "scene_poses": {}, "scene_beams": [], "scene_eye": {}})
        self._server.state.scene_marks = []
        self._session.changed.connect(self._changed)
        self._points.changed.connect(self._mark)
        self._on(pick=self._pick)

    def _changed(self, what: str) -> None:
        if what in ("radiograph", "geometry", "second"):
            self._stale = True

    def _poses(self) -> dict[str, RigidTransform]:
        """`world_from_ct` of each ticked bone, and of the points under ""."""
        state = self._session.state
        placed = [(state.members(state.moving), state.pose()), *state.others()]
        return {name: pose for names, pose in placed for name in names} | {"": state.pose()}

    def _draw_beams(self) -> None:
        state = self._session.state
        assert state.camera is not None
        assert state.radiograph is not None
        views = [(state.camera, preview_of(state.radiograph))]
        if state.second is not None:
            views.append((state.second.camera, state.second.xray))
        self._server.state.scene_beams = [beam_of(camera, xray) for camera, xray in views]
        eye = eye_on_beam(state.camera)
        self._server.state.scene_eye = {
            "position": eye.position.tolist(),
            "focalPoint": eye.focus.tolist(),
            "viewUp": eye.up.tolist(),
        }

    def _mark(self) -> None:
        points = self._points.pairs.points("ct")
        self._server.state.scene_marks = [{"name": name, "at": at.tolist()} for name, at in points.items()]

    def _pick(self, eye: Any, direction: Any) -> None:
        """A click on a bone, as the ray from the eye through it (world LPS mm), marks a point there."""
        if not self._points.marking or what_is_missing(self._session.state, "preview"):
            return
        ray = tuple(np.array([number(value, -1e6, 1e6) for value in list(part)[:3]]) for part in (eye, direction))
        found = []
        for name, pose in self._poses().items():
            back, surface = pose.inverse(), self._session.surfaces().get(name)
            if surface is not None:
                start, along = back.apply(ray[0]), back.rotation @ ray[1]
                far = touched(surface, start, along)
                found += [] if far is None else [(far, start + far * along)]
        if found:
            self._points.take("ct", min(found, key=lambda hit: hit[0])[1])


def bone_of(name: str, surface: Surface) -> dict[str, Any]:
    """A bone's surface as the page takes it: little-endian bytes of its arrays."""
    return {
        "name": name,
        "title": title_of(name),
        "color": list(BY_NAME[name].color if name in BY_NAME else BONE_COLOR),
        "points": surface.points.astype("<f4").tobytes(),
        "normals": surface.normals.astype("<f4").tobytes(),
        "triangles": surface.triangles.astype("<u4").tobytes(),
    }


def beam_of(camera: PinholeCamera, xray: NDArray[np.float32]) -> dict[str, Any]:
    """Source and corners of a beam (world LPS mm), and the X-ray that its detector shows."""
    every = max(1, -(-max(xray.shape) // SCREEN_PX))
    grey = grey_bytes(xray)[::every, ::every]
    points = beam_points(camera)
    return {
        "points": points.tolist(),
        "rows": grey.shape[0],
        "columns": grey.shape[1],
        "grey": np.ascontiguousarray(grey).tobytes(),
    }


def columns_of(pose: RigidTransform) -> list[float]:
    """A pose's 16 numbers, column by column, as WebGL takes them."""
    numbers: list[float] = pose.matrix.T.ravel().tolist()
    return numbers
