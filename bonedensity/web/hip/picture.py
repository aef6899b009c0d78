"""The X-ray with the bones over it, and the hand on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.web.hip.points import PointsPart
from bonedensity.web.hip.xray_marks import XrayMarks
from bonedensity.web.images import moving
from bonedensity.web.part import Part, number
from bonedensity.workflows.outlines import covered
from bonedensity.workflows.overlays import MODES, Grey, Look, Mode, compose, grey_bytes
from bonedensity.workflows.palettes import PALETTES
from bonedensity.workflows.picture_frame import PictureFrame, Region, around, between, cut, whole
from bonedensity.workflows.pose_hand import PoseHand
from bonedensity.workflows.session import Session

FLICKER_S = 0.4
"""Each half of the flicker."""

CROPS = ("whole", "bones", "drawn")


class PicturePart(Part[Session]):
    """Draws when something changed, at most once each time the worker is heard.

    Args:
        server: The tab's.
        session: The case.
        step: Gives the size of a step (mm and degrees).
        points: Marked on the picture while they say so; else the hand moves bones.
    """

    name = "pic"

    def __init__(self, server: Any, session: Session, step: Callable[[], float], points: PointsPart) -> None:
        self._hand, self._marks = PoseHand(session, step), XrayMarks(session, points)
        self._frame: PictureFrame | None = None
        self._made: tuple[Any, tuple[float, float], Grey | None] = (None, (0.0, 0.0), None)
        self._region: Region | None = None
        self._corner: NDArray[np.float64] | None = None
        self._stale, self._flicked_at = True, 0.0
        self._look = Look()
        self._window = (1.0, 99.7)
        self._crop = "whole"
        super().__init__(server, session)
        server.trigger("hand")(self._guarded(self._handle))
        session.changed.connect(self._changed)
        points.changed.connect(self._mark)

    def view(self) -> dict[str, Any]:
        """What the toolbar shows."""
        look = self._look
        return {
            "mode": look.mode,
            "opacity": look.opacity,
            "palette": look.palette,
            "split": look.split,
            "low": self._window[0],
            "high": self._window[1],
            "crop": self._crop,
            "missing": self._session.what_is_missing("preview"),
        }

    @property
    def look(self) -> Look:
        """How the bones are shown."""
        return self._look

    def draw(self) -> None:
        """Draw where that is needed."""
        if self._look.mode == "flicker" and time.monotonic() - self._flicked_at > FLICKER_S:
            self._flicked_at = time.monotonic()
            self._take(second=not self._look.second)
        if self._stale:
            self._stale = False
            self._server.state.picture = self._drawn()
            self._mark()

    def _begin(self) -> None:
        self._server.state.update({"picture": "", "pic_marks": []})
        self._on(
            mode=self._take_mode,
            opacity=lambda value: self._take(opacity=number(value, 0, 1)),
            palette=lambda name: self._take(palette=name if name in PALETTES else "orange"),
            split=lambda value: self._take(split=number(value, 0, 1)),
            window=lambda low, high: self._take_window(number(low, 0, 99), number(high, 1, 100)),
            crop=self._take_crop,
        )

    def _take(self, **changes: Any) -> None:
        self._look = Look(**{**{name: getattr(self._look, name) for name in Look.__slots__}, **changes})
        self._stale = True
        self.refresh()

    def _take_mode(self, mode: Any) -> None:
        if mode not in MODES:
            raise BoneDensityError(f"“{mode}” is no way to show the bones.")
        self._session.outlines = mode == "outlines"
        self._take(mode=cast(Mode, mode), second=False)

    def _take_window(self, low: float, high: float) -> None:
        if low >= high:
            raise BoneDensityError("The darkest share must lie below the brightest.")
        self._window, self._stale = (low, high), True

    def _take_crop(self, crop: Any) -> None:
        self._crop = crop if crop in CROPS else "whole"
        self._stale = True
        self.refresh()

    def _changed(self, what: str) -> None:
        if what in ("radiograph", "preview", "rims", "bones", "geometry"):
            self._stale = True

    def _drawn(self) -> str:
        state, xray = self._session.state, self._xray()
        if xray is None:
            self._frame = None
            return ""
        drr = state.preview if state.preview is not None and state.preview.shape == xray.shape else None
        region = self._part(xray.shape, drr)
        picture = cut(compose(self._look, xray, drr, state.rims), region)
        size = (float(picture.shape[1]), float(picture.shape[0]))
        self._frame = PictureFrame(size, size, region, state.preview_factor())
        return moving(picture)

    def _xray(self) -> Grey | None:
        """The X-ray stretched on the preview's grid, made once."""
        state = self._session.state
        array = None if state.radiograph is None else state.radiograph.array
        if self._made[0] is not array or self._made[1] != self._window:
            small = state.preview_xray()
            grey = None if small is None else grey_bytes(small, low=self._window[0], high=self._window[1])
            self._made = (array, self._window, grey)
        return self._made[2]

    def _part(self, shape: tuple[int, ...], drr: NDArray[np.float32] | None) -> Region:
        if self._crop == "drawn" and self._region is not None:
            return self._region
        return around(covered(drr)) if self._crop == "bones" and drr is not None else whole(shape)

    def _handle(self, what: Any, x: Any, y: Any, shift: Any, ctrl: Any) -> None:
        """What the mouse or a key did; x and y are in pixels of the picture sent, or else what the act needs."""
        if self._frame is None:
            return
        held = {"shift": bool(shift), "ctrl": bool(ctrl)}
        if what == "wheel" and self._marks.marking:
            return  # a hand that marks points moves no bones
        if what == "wheel":
            self._hand.wheel(number(x, -10, 10))
        elif what == "key":
            self._hand.key(str(x), **held)
        else:
            self._point(str(what), (number(x, -1e5, 1e5), number(y, -1e5, 1e5)), held)

    def _point(self, what: str, at: tuple[float, float], held: dict[str, bool]) -> None:
        assert self._frame is not None
        if self._marks.marking and what != "corner" and self._corner is None:
            self._marks.hand(what, at, self._frame)
        elif what == "corner":
            self._corner = self._frame.to_preview(at)
        elif what == "press":
            self._hand.press(self._frame.to_xray(at), **held)
        elif what == "move":
            self._hand.move(self._frame.to_xray(at), **held)
        elif what == "release" and self._corner is not None:
            self._cut_out(self._corner, self._frame.to_preview(at))
        else:
            self._hand.release()

    def _mark(self) -> None:
        self._server.state.pic_marks = self._marks.on(self._frame)

    def _cut_out(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
        """A part was drawn; a mere click shows the whole again."""
        self._corner = None
        xray = self._xray()
        if xray is not None:
            self._region = between(first, second, xray.shape)
            self._take_crop("whole" if self._region == whole(xray.shape) else "drawn")
