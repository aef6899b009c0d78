"""Marks of point pairs over the X-ray's picture: set, dragged, and compared with where the CT's points fall now."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.web.hip.marks import GRIP, Mark, mark, nearest
from bonedensity.web.hip.points import PointsPart
from bonedensity.workflows.picture_frame import PictureFrame
from bonedensity.workflows.session import Session


class XrayMarks:
    """Over one picture.

    Args:
        session: The case.
        points: The list.
    """

    def __init__(self, session: Session, points: PointsPart) -> None:
        self._session, self._points = session, points
        self._held = ""

    @property
    def marking(self) -> bool:
        """Whether the hand marks points."""
        return self._points.marking

    def on(self, frame: PictureFrame | None) -> list[Mark]:
        """All marks on the part of the X-ray that is shown."""
        if frame is None:
            return []
        chosen = self._points.pairs.chosen
        marked = [("xray", self._points.pairs.points("xray")), ("ct", self._projected())]
        found = [
            mark(name, frame.from_xray(at), kind, chosen) for kind, points in marked for name, at in points.items()
        ]
        return [one for one in found if 0 <= one["x"] + 0.5 <= frame.shown[0] and 0 <= one["y"] + 0.5 <= frame.shown[1]]

    def hand(self, what: str, at: tuple[float, float], frame: PictureFrame) -> None:
        """Press, move or release at a point of the picture: a mark is set, or dragged where one was pressed on."""
        place = np.clip(np.asarray(at), -0.5, np.array(frame.shown) - 0.5)
        if what == "press" and tuple(place) == at:
            marks = [one for one in self.on(frame) if one["kind"] == "xray"]
            near = nearest(marks, at, GRIP * max(frame.shown))
            self._held = near or self._points.take("xray", frame.to_xray(at))
        elif what == "move" and self._held:
            self._points.move(self._held, "xray", frame.to_xray(place))
        elif what == "release":
            self._held = ""

    def _projected(self) -> dict[str, NDArray[np.float64]]:
        """Where the CT's points fall on the X-ray at the present pose."""
        state, points = self._session.state, self._points.pairs.points("ct")
        if not points or state.camera is None or state.start is None or not state.bone_set():
            return {}
        try:
            pixels = state.camera.project(state.pose().apply(np.array(list(points.values()))))
        except GeometryError:  # the bones are behind the source, where nothing of them can be drawn
            return {}
        return dict(zip(points, pixels, strict=True))
