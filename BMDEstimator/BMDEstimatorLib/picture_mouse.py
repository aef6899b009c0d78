"""Mouse and keys on a picture of the panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from bonedensity.workflows.picture_frame import PictureFrame
from bonedensity.workflows.pose_hand import PoseHand

NOTCH = 120.0
"""What Qt calls one notch of a wheel."""


def key_names() -> dict[int, str]:
    """Qt's key numbers and what the hand calls them."""
    names = {"Left": "left", "Right": "right", "Up": "up", "Down": "down", "Plus": "+", "Equal": "+", "Minus": "-"}
    named = {int(getattr(qt.Qt, f"Key_{key}")): name for key, name in names.items()}
    return named | {int(qt.Qt.Key_Z): "z", int(qt.Qt.Key_Y): "y"}


class PictureMouse(qt.QObject):
    """Filters a label's events.

    Args:
        label: Shows the picture.
        hand: Moves the bones.
        frame: Gives where the picture shows which pixel; None where it shows none.
        wanted: Whether the mouse is to move the bones.
        drawn: Called with two corners (u, v) of the preview when a part was drawn with the right button.
    """

    def __init__(
        self,
        label: Any,
        hand: PoseHand,
        frame: Callable[[], PictureFrame | None],
        wanted: Callable[[], bool],
        drawn: Callable[[Any, Any], None],
    ) -> None:
        qt.QObject.__init__(self, label)
        self._hand, self._frame, self._wanted, self._drawn = hand, frame, wanted, drawn
        self._corner: Any = None
        self._keys = key_names()
        event = qt.QEvent
        self._steps = {
            event.MouseButtonPress: self._pressed,
            event.MouseMove: self._moved,
            event.MouseButtonRelease: self._released,
            event.Wheel: self._wheeled,
            event.KeyPress: self._key,
            event.ShortcutOverride: self._claims,
        }
        label.setFocusPolicy(qt.Qt.ClickFocus)
        label.installEventFilter(self)

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """True where the event was ours."""
        step = self._steps.get(event.type())
        frame = None if step is None else self._frame()
        return False if frame is None else bool(step(event, frame))

    def _pressed(self, event: Any, frame: PictureFrame) -> bool:
        if event.button() == qt.Qt.RightButton:
            self._corner = frame.to_preview(place_of(event))
            return True
        if event.button() != qt.Qt.LeftButton or not self._wanted():
            return False
        return self._hand.press(frame.to_xray(place_of(event)), **modifiers_of(event))

    def _moved(self, event: Any, frame: PictureFrame) -> bool:
        return self._hand.move(frame.to_xray(place_of(event)), **modifiers_of(event))

    def _released(self, event: Any, frame: PictureFrame) -> bool:
        if self._corner is not None:
            corner, self._corner = self._corner, None
            self._drawn(corner, frame.to_preview(place_of(event)))
            return True
        if not self._hand.holds:
            return False
        self._hand.release()
        return True

    def _wheeled(self, event: Any, frame: PictureFrame) -> bool:
        if self._wanted():
            self._hand.wheel(event.angleDelta().y() / NOTCH)
        return self._wanted()

    def _key(self, event: Any, frame: PictureFrame) -> bool:
        name = self._keys.get(int(event.key()))
        return bool(name and self._wanted() and self._hand.key(name, **modifiers_of(event)))

    def _claims(self, event: Any, frame: PictureFrame) -> bool:
        """Our keys come here even where the application has a shortcut on them."""
        ours = int(event.key()) in self._keys and self._wanted()
        if ours:
            event.accept()
        return ours


def place_of(event: Any) -> tuple[float, float]:
    """Where a mouse event happened (x, y) in its widget."""
    return event.pos().x(), event.pos().y()


def modifiers_of(event: Any) -> dict[str, bool]:
    """Which of the hand's modifiers are held."""
    held = event.modifiers()
    return {"shift": bool(held & qt.Qt.ShiftModifier), "ctrl": bool(held & qt.Qt.ControlModifier)}
