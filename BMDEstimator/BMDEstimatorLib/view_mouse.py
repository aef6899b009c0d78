"""Mouse and keys on the X-ray in Slicer's red view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer

from bonedensity.scene.picking import pixel_under
from bonedensity.scene.views import composite_node, slice_node
from bonedensity.workflows.pose_hand import PoseHand

VIEW = "Red"

FIRST = 10.0
"""Priority: before the view's own ways with the mouse, which are left alone where the event is not ours."""

KEY_NAMES = {"Left": "left", "Right": "right", "Up": "up", "Down": "down", "plus": "+", "equal": "+", "minus": "-"} | {
    "KP_Add": "+",
    "KP_Subtract": "-",
    "z": "z",
    "y": "y",
}
"""VTK's names of keys and the hand's."""


class ViewMouse:
    """Watches the red view's interactor while it is attached.

    Args:
        hand: Moves the bones.
        xray: Gives the X-ray's node, or None.
        wanted: Whether the mouse is to move the bones.
    """

    def __init__(self, hand: PoseHand, xray: Callable[[], Any], wanted: Callable[[], bool]) -> None:
        self._hand, self._xray, self._wanted = hand, xray, wanted
        self._interactor: Any = None
        self._tags: dict[str, int] = {}
        self._steps = {
            "LeftButtonPressEvent": self._pressed,
            "MouseMoveEvent": self._moved,
            "LeftButtonReleaseEvent": self._released,
            "MouseWheelForwardEvent": lambda: self._wheeled(1.0),
            "MouseWheelBackwardEvent": lambda: self._wheeled(-1.0),
            "KeyPressEvent": self._key,
        }

    def attach(self) -> None:
        """Begin to watch; a second call changes nothing."""
        layout = slicer.app.layoutManager()
        widget = layout.sliceWidget(VIEW) if layout is not None else None
        if self._interactor is not None or widget is None:
            return
        self._interactor = widget.sliceView().interactor()
        self._tags = {name: self._interactor.AddObserver(name, self._event, FIRST) for name in self._steps}

    def detach(self) -> None:
        """Leave the view as it was."""
        if self._interactor is not None:
            for tag in self._tags.values():
                self._interactor.RemoveObserver(tag)
        self._interactor, self._tags = None, {}

    def _event(self, caller: Any, event: str) -> None:
        if self._ours() and self._steps[event]():
            self._interactor.GetCommand(self._tags[event]).SetAbortFlag(1)

    def _ours(self) -> bool:
        """Whether the view shows the X-ray, and nobody places points there."""
        xray = self._xray()
        if xray is None or not (self._wanted() or self._hand.holds):
            return False
        interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        if interaction is not None and interaction.GetCurrentInteractionMode() == interaction.Place:
            return False
        return composite_node(slicer.mrmlScene, VIEW).GetBackgroundVolumeID() == xray.GetID()

    def _pressed(self) -> bool:
        return self._hand.press(self._pixel(), **self._modifiers())

    def _moved(self) -> bool:
        return self._hand.move(self._pixel(), **self._modifiers())

    def _released(self) -> bool:
        held = self._hand.holds
        self._hand.release()
        return held

    def _wheeled(self, notches: float) -> bool:
        self._hand.wheel(notches)
        return True

    def _key(self) -> bool:
        name = KEY_NAMES.get(self._interactor.GetKeySym() or "")
        return bool(name) and self._hand.key(str(name), **self._modifiers())

    def _pixel(self) -> Any:
        return pixel_under(slice_node(slicer.mrmlScene, VIEW), self._xray(), self._interactor.GetEventPosition())

    def _modifiers(self) -> dict[str, bool]:
        return {"shift": bool(self._interactor.GetShiftKey()), "ctrl": bool(self._interactor.GetControlKey())}
