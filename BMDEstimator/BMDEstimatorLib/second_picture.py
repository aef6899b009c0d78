"""The second X-ray beside the first, in the same look; the bones can be moved on it as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from BMDEstimatorLib.picture_mouse import PictureMouse
from bonedensity.desktop.pictures import show_in
from bonedensity.workflows.overlays import Look, compose, grey_bytes
from bonedensity.workflows.picture_frame import PictureFrame, whole
from bonedensity.workflows.pose_hand import PoseHand
from bonedensity.workflows.session import Session

LONGEST_PX = 420


class SecondPicture:
    """Draws the second view; hidden where there is none.

    Args:
        label: Shows it.
        session: The case.
        step: Gives the size of a step.
        wanted: Whether the mouse is to move the bones.
    """

    def __init__(self, label: Any, session: Session, step: Callable[[], float], wanted: Callable[[], bool]) -> None:
        self._label, self._session = label, session
        self._frame: PictureFrame | None = None
        self._made: tuple[Any, tuple[float, float], Any] | None = None
        hand = PoseHand(session, step, self._camera)
        self._mouse = PictureMouse(label, hand, lambda: self._frame, wanted, lambda first, second: None)
        label.hide()

    def draw(self, look: Look | None, window: tuple[float, float] | None) -> None:
        """Show the second X-ray with the bones as they stand.

        Args:
            look: How; None hides it.
            window: Percentiles that are black and white.
        """
        second = self._session.state.second
        self._label.setVisible(second is not None and look is not None)
        if second is None or look is None or window is None:
            self._frame = self._made = None
            return
        if self._made is None or self._made[0] is not second.radiograph or self._made[1] != window:
            self._made = second.radiograph, window, grey_bytes(second.xray, low=window[0], high=window[1])
        picture = compose(look, self._made[2], second.preview)
        show_in(self._label, picture, longest_px=LONGEST_PX)
        shown = self._label.pixmap
        size = (shown.width(), shown.height())
        self._frame = PictureFrame((self._label.width, self._label.height), size, whole(picture.shape), second.factor)

    def _camera(self) -> Any:
        second = self._session.state.second
        return None if second is None else second.camera
