"""The X-ray with the bones over it, as the panel shows it: mode, grey values, colors, part, flicker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import qt
from numpy.typing import NDArray
from slicer.i18n import tr as _

from BMDEstimatorLib.picture_mouse import PictureMouse
from BMDEstimatorLib.register_choices import Crop
from BMDEstimatorLib.second_picture import SecondPicture
from bonedensity.desktop.pictures import show_in
from bonedensity.workflows.outlines import covered
from bonedensity.workflows.overlays import Look, Picture, compose, grey_bytes
from bonedensity.workflows.picture_frame import PictureFrame, Region, around, between, cut, whole
from bonedensity.workflows.pose_hand import PoseHand
from bonedensity.workflows.readiness import what_is_missing
from bonedensity.workflows.session import Session
from bonedensity.workflows.signals import Signal

LONGEST_PICTURE_PX = 420
EMPTY_PICTURE_PX = 60

FLICKER_MS = 400
"""Each half of the flicker."""


class PicturePanel:
    """Draws the picture and takes the mouse on it.

    Attributes:
        drawn: Emitted after each drawing.

    Args:
        ui: The window's widgets.
        session: The case.
        parameters: Gives the parameter node.
        hand: What moves the bones.
        step: Gives the size of a step.
    """

    def __init__(
        self, ui: Any, session: Session, parameters: Callable[[], Any], hand: PoseHand, step: Callable[[], float]
    ) -> None:
        self._ui, self._session, self._parameters = ui, session, parameters
        self._step = step
        self._made: tuple[Any, tuple[float, float], Any] | None = None
        self._frame: PictureFrame | None = None
        self._region: Region | None = None
        self._second_half = False
        self._picture: Picture | None = None
        self.drawn = Signal()
        self._flicker: Any = qt.QTimer()
        self._flicker.setInterval(FLICKER_MS)
        self._flicker.connect("timeout()", self._flick)
        self._second = SecondPicture(ui.secondPictureLabel, session, self._step, self._wanted)
        self._mouse = PictureMouse(ui.pictureLabel, hand, lambda: self._frame, self._wanted, self._cut_out)
        ui.mouseHintLabel.text = _(
            "<small>Drag: shift · Shift: tilt, twist · Ctrl: spin · wheel, + −: depth · arrows: steps</small>"
        )

    @property
    def picture(self) -> Picture | None:
        """The whole X-ray's picture as it was drawn last; None where there is none."""
        return self._picture

    def close(self) -> None:
        """Stop flickering for good; a timer that stays connected would keep the whole window alive."""
        self._flicker.stop()
        self._flicker.disconnect("timeout()", self._flick)

    def look(self) -> Look:
        """How the picture is made now."""
        p = self._parameters()
        return Look(p.mode.value, p.opacity, p.palette.value, p.split, self._second_half)

    def draw(self) -> None:
        """Show the X-ray with the bones as they stand, or say what is missing for it."""
        self._draw()
        self.drawn.emit()

    def _draw(self) -> None:
        state, label, parameters = self._session.state, self._ui.pictureLabel, self._parameters()
        xray = None if parameters is None else self._xray()
        self._ui.splitSlider.enabled = parameters is not None and parameters.mode.value == "curtain"
        self._flicker_if(parameters is not None and parameters.mode.value == "flicker" and xray is not None)
        self._second.draw(None if xray is None else self.look(), None if xray is None else self._window())
        if xray is None:
            self._frame = self._picture = None
            label.clear()
            label.minimumHeight = EMPTY_PICTURE_PX
            label.text = what_is_missing(state, "preview")
            return
        drr = state.preview if state.preview is not None and state.preview.shape == xray.shape else None
        self._picture = compose(self.look(), xray, drr, state.rims)
        region = self._part(xray.shape, drr)
        show_in(label, cut(self._picture, region), longest_px=LONGEST_PICTURE_PX)
        shown = label.pixmap
        self._frame = PictureFrame(
            (label.width, label.height), (shown.width(), shown.height()), region, state.preview_factor()
        )

    def _xray(self) -> NDArray[np.uint8] | None:
        """The X-ray stretched on the preview's grid, made once."""
        state = self._session.state
        array = None if state.radiograph is None else state.radiograph.array
        window = self._window()
        if self._made is None or self._made[0] is not array or self._made[1] != window:
            small = state.preview_xray()
            self._made = array, window, None if small is None else grey_bytes(small, low=window[0], high=window[1])
        return self._made[2]

    def _window(self) -> tuple[float, float]:
        return self._parameters().windowLow, self._parameters().windowHigh

    def _part(self, shape: tuple[int, ...], drr: NDArray[np.float32] | None) -> Region:
        crop = self._parameters().crop
        if crop is Crop.DRAWN and self._region is not None:
            return self._region
        return around(covered(drr)) if crop is Crop.BONES and drr is not None else whole(shape)

    def _cut_out(self, first: Any, second: Any) -> None:
        """A part was drawn; a mere click shows the whole again."""
        xray = self._xray()
        if xray is None:
            return
        self._region = between(first, second, xray.shape)
        self._parameters().crop = Crop.WHOLE if self._region == whole(xray.shape) else Crop.DRAWN
        self.draw()

    def _wanted(self) -> bool:
        parameters = self._parameters()
        return parameters is not None and parameters.mouse

    def _flicker_if(self, on: bool) -> None:
        if on != self._flicker.active:
            self._flicker.start() if on else self._flicker.stop()

    def _flick(self) -> None:
        self._second_half = not self._second_half
        if self._parameters() is not None:
            self.draw()
