"""Slices of the CT beside the X-ray, on which points are marked."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.imaging import Volume
from bonedensity.web.hip.marks import GRIP, Mark, mark, nearest
from bonedensity.web.hip.points import PointsPart
from bonedensity.web.images import moving
from bonedensity.web.part import Part, number
from bonedensity.workflows.session import Session
from bonedensity.workflows.slice_pictures import PLANES, Plane, SlicePicture, slice_at, slice_count, slice_picture

SEEN_MM = 1.5
"""Points this near to a slice are drawn on it."""

KEY_STEPS = {"up": 1, "right": 1, "+": 1, "down": -1, "left": -1, "-": -1}


class SlicesPart(Part[Session]):
    """Draws when something changed and it is looked at.

    Args:
        server: The tab's.
        session: The case.
        points: Takes the clicks.
    """

    name = "cut"

    def __init__(self, server: Any, session: Session, points: PointsPart) -> None:
        self._points = points
        self._plane: Plane = "coronal"
        self._number, self._stale, self._held = 0, True, ""
        self._of: Volume | None = None
        self._picture: SlicePicture | None = None
        self._place = np.zeros(3)
        super().__init__(server, session)

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        ct = self._session.state.ct
        return {
            "plane": self._plane,
            "planes": [{"value": plane, "title": plane.capitalize()} for plane in PLANES],
            "number": self._number,
            "last": 0 if ct is None else slice_count(ct, self._plane) - 1,
            "missing": "" if ct is not None else "Load a CT first, or make a virtual patient.",
        }

    def draw(self) -> None:
        """Draw where that is needed."""
        if self._stale and self._server.state.beside == "cut":
            self._stale = False
            ct = self._session.state.ct
            self._picture = None if ct is None else slice_picture(ct, self._plane, self._number)
            grey = None if self._picture is None else self._picture.grey
            self._server.state.cut_picture = "" if grey is None else moving(np.repeat(grey[..., None], 3, axis=2))
            self._mark()

    def _begin(self) -> None:
        self._server.state.update({"cut_picture": "", "cut_marks": []})
        self._server.trigger("cut_hand")(self._guarded(self._handle))
        self._on(plane=self._take_plane, number=self._take_number, show=self._show)
        self._session.changed.connect(self._changed)
        self._points.changed.connect(self._mark)

    def _changed(self, what: str) -> None:
        """Another CT: through the middle of its bones."""
        state = self._session.state
        if state.ct is not self._of:
            self._of, self._stale, self._held = state.ct, True, ""
            self._place = np.zeros(3) if state.ct is None else state.ct.centre
        elif what == "bones" and state.bone_set() and not self._points.pairs.pairs:
            self._place = state.centre()
        else:
            return
        self._go_to_place()

    def _take_plane(self, plane: Any) -> None:
        if plane not in PLANES:
            raise BoneDensityError(f"“{plane}” is no way to cut a CT.")
        self._plane = cast(Plane, plane)
        self._go_to_place()

    def _take_number(self, value: Any) -> None:
        ct = self._session.state.ct
        if ct is None:
            return
        self._number = int(np.clip(number(value, -1e6, 1e6), 0, slice_count(ct, self._plane) - 1))
        picture = slice_picture(ct, self._plane, self._number)
        self._place = picture.to_patient(picture.from_patient(self._place))
        self._stale = True
        self.refresh()

    def _show(self, name: Any) -> None:
        """Go to the slice of a marked point."""
        point = self._points.pairs.points("ct").get(str(name))
        if point is not None:
            self._place = point
            self._go_to_place()

    def _go_to_place(self) -> None:
        ct = self._session.state.ct
        self._number = 0 if ct is None else slice_at(ct, self._plane, self._place)
        self._stale = True
        self.refresh()

    def _handle(self, what: Any, x: Any, y: Any, shift: Any, ctrl: Any) -> None:
        """What the mouse or a key did, as on the X-ray."""
        if what == "wheel":
            self._take_number(self._number + int(number(x, -10, 10)))
        elif what == "key":
            self._take_number(self._number + KEY_STEPS.get(str(x), 0))
        elif self._picture is not None and self._points.marking:
            self._point(str(what), np.array([number(x, -1e5, 1e5), number(y, -1e5, 1e5)]))

    def _point(self, what: str, at: Any) -> None:
        assert self._picture is not None
        rows, columns = self._picture.grey.shape
        if what == "release":
            self._held = ""
        elif what == "press" and (at >= -0.5).all() and (at <= [columns - 0.5, rows - 0.5]).all():
            self._place = self._picture.to_patient(at)
            near = nearest(self._marks(), at, GRIP * max(rows, columns))
            self._held = near or self._points.take("ct", self._place)
        elif what == "move" and self._held:
            inside = np.clip(at, 0, [columns - 1, rows - 1])
            self._points.move(self._held, "ct", self._picture.to_patient(inside))

    def _marks(self) -> list[Mark]:
        picture = self._picture
        if picture is None:
            return []
        found = self._points.pairs.points("ct").items()
        near = [(name, picture.from_patient(at)) for name, at in found if picture.distance_mm(at) < SEEN_MM]
        return [mark(name, at, "ct", self._points.pairs.chosen) for name, at in near]

    def _mark(self) -> None:
        self._server.state.cut_marks = self._marks()
