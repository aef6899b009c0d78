"""One hand on mouse and keyboard, wherever they are: what it does becomes moves of the bones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.geometry import PinholeCamera
from bonedensity.workflows.pose_gestures import Gesture
from bonedensity.workflows.session_pose import SessionPose

WHEEL_STEPS = 5.0
"""Depth of one notch of the wheel, in steps: 1 mm of depth changes the picture by 0.1 % only."""

KEYS: dict[tuple[str, str], tuple[float, ...]] = {
    ("left", ""): (0, 0, 0, -1, 0, 0),
    ("right", ""): (0, 0, 0, 1, 0, 0),
    ("up", ""): (0, 0, 0, 0, -1, 0),
    ("down", ""): (0, 0, 0, 0, 1, 0),
    ("left", "shift"): (0, 1, 0, 0, 0, 0),
    ("right", "shift"): (0, -1, 0, 0, 0, 0),
    ("up", "shift"): (-1, 0, 0, 0, 0, 0),
    ("down", "shift"): (1, 0, 0, 0, 0, 0),
    ("left", "ctrl"): (0, 0, -1, 0, 0, 0),
    ("right", "ctrl"): (0, 0, 1, 0, 0, 0),
}
"""Key and modifier to the direction of a step (3 degrees, 3 mm); with Shift the side that faces the source follows."""

DEPTH_KEYS = {"+": -1.0, "-": 1.0}
"""Nearer to the source, where the bones look larger, and away from it."""


class PoseHand:
    """Takes what the mouse and the keys do on an X-ray.

    Args:
        session: Whose bones.
        step: Gives the size of a step (mm and degrees).
        camera: Gives the camera whose picture it moves on; None for the X-ray's own.
    """

    def __init__(
        self, session: SessionPose, step: Callable[[], float], camera: Callable[[], PinholeCamera | None] = lambda: None
    ) -> None:
        self._session, self._step, self._camera = session, step, camera
        self._gesture: Gesture | None = None

    @property
    def holds(self) -> bool:
        """Whether the bones are held."""
        return self._gesture is not None

    def press(self, pixel: ArrayLike, *, shift: bool = False, ctrl: bool = False) -> bool:
        """The button went down at a pixel (u, v); True where there is something to move."""
        held = self._session.grip(pixel, self._camera())
        self._gesture = gesture_of(shift, ctrl) if held else None
        return held

    def move(self, pixel: ArrayLike, *, shift: bool = False, ctrl: bool = False) -> bool:
        """The cursor is at a pixel; True where it holds the bones. Another modifier begins another movement there."""
        if self._gesture is None:
            return False
        if gesture_of(shift, ctrl) != self._gesture:
            return self.press(pixel, shift=shift, ctrl=ctrl)
        self._session.drag(self._gesture, pixel)
        return True

    def release(self) -> None:
        """The button went up."""
        self._gesture = None
        self._session.release()

    def wheel(self, notches: float) -> None:
        """The wheel turned; forward (positive) brings the bones nearer to the source: they get larger."""
        self._session.deepen(-notches * WHEEL_STEPS * self._step(), self._camera())

    def key(self, name: str, *, shift: bool = False, ctrl: bool = False) -> bool:
        """A key went down; True where it means something."""
        if name in DEPTH_KEYS:
            self._session.deepen(DEPTH_KEYS[name] * self._step(), self._camera())
            return True
        if ctrl and name in ("z", "y"):
            self._session.undo() if name == "z" else self._session.redo()
            return True
        direction = KEYS.get((name, "shift" if shift else "ctrl" if ctrl else ""))
        if direction is None:
            return False
        self._session.nudge(np.array(direction) * self._step(), self._camera())
        return True


def gesture_of(shift: bool, ctrl: bool) -> Gesture:
    """What a drag does with these modifiers held."""
    return "turn" if shift else "spin" if ctrl else "shift"
