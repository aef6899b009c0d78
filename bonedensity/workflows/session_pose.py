"""Moving the bones by hand: numbers, drags, steps, and back again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.config import Level
from bonedensity.workflows.pose_gestures import Gesture, Grip, deepened, nudged
from bonedensity.workflows.pose_history import Place, PoseHistory
from bonedensity.workflows.session_inputs import SessionInputs
from bonedensity.workflows.worker import Worker

REACH = np.array([60.0, 60.0, 60.0, 150.0, 150.0, 300.0])
"""Largest offsets from the start (3 degrees, 3 mm) that sliders offer; a pose beyond becomes the new start."""


class SessionPose(SessionInputs):
    """Keeps the pose of the chosen bones.

    Attributes:
        history: Poses that were left.
    """

    def __init__(self, worker: Worker, *, levels: Sequence[Level] = ()) -> None:
        super().__init__(worker, levels=levels)
        self.history = PoseHistory()
        self._grip: Grip | None = None
        self.changed.connect(self._inputs_changed)

    def choose_bones(self, names: Sequence[str]) -> None:
        """Show and register these bones; the pose stays."""
        state = self.state
        chosen = tuple(bone.name for bone in state.bones if bone.name in names)
        if chosen == state.chosen:
            return
        pose = self._pose()
        state.chosen = chosen
        if state.start is None and chosen:  # none had been ticked, such as where all hold metal
            state.start = RigidTransform.from_translation(-state.centre())
        elif pose is not None and chosen:
            state.parameters = state.frame().parameters(pose)
        self._forget_outcome()
        self.changed.emit("bones")
        self.changed.emit("pose")
        self.preview()

    def set_parameters(
        self, parameters: ArrayLike, *, start: RigidTransform | None = None, gesture: object = None
    ) -> None:
        """Move the bones to six parameters (3 degrees, 3 mm) in the view's frame.

        Args:
            parameters: The six.
            start: The pose at which they are zero; default as it is.
            gesture: Moves with the same object are one step of undo; without any, moves in quick succession are.
        """
        values = np.asarray(parameters, dtype=np.float64)
        if start is None and np.array_equal(values, self.state.parameters):
            return
        before = self._place()
        if before is not None:
            self.history.leave(before, gesture)
        self._put_bones(values, start)

    def set_pose(self, pose: RigidTransform, *, gesture: object = None) -> None:
        """Move the bones to a pose; one that lies beyond the reach of sliders becomes the start."""
        parameters = self.state.frame().parameters(pose)
        if np.any(np.abs(parameters) > REACH):
            self.set_parameters(np.zeros(6), start=pose, gesture=gesture)
        else:
            self.set_parameters(parameters, gesture=gesture)

    def undo(self) -> None:
        """Back to the pose before the last movement, a registration's too."""
        self._go_to(self.history.undo)

    def redo(self) -> None:
        """Forth again."""
        self._go_to(self.history.redo)

    def grip(self, pixel: ArrayLike, camera: PinholeCamera | None = None) -> bool:
        """Take hold of the bones at a pixel (u, v) of the X-ray, or of another camera's.

        Returns:
            False where there is nothing to hold, or a job runs.
        """
        pose, state, seen_by = self._pose(), self.state, camera or self.state.camera
        self._grip = None
        if pose is None or seen_by is None or self.desk.title:
            return False
        points = np.concatenate([bone.points for bone in state.bone_set()])
        self._grip = Grip(seen_by, pose, state.centre(), points, np.asarray(pixel, dtype=np.float64))
        return True

    def drag(self, gesture: Gesture, pixel: ArrayLike) -> None:
        """Move what was gripped along with the cursor, now at a pixel (u, v) of the X-ray."""
        if self._grip is not None:
            self.set_pose(self._grip.dragged(gesture, pixel), gesture=self._grip)

    def release(self) -> None:
        """Let go."""
        self._grip = None

    def deepen(self, by_mm: float, camera: PinholeCamera | None = None) -> None:
        """Move the bones away from the X-ray's source, or another camera's; their middle's pixel is kept."""
        pose, seen_by = self._pose(), camera or self.state.camera
        if pose is not None and seen_by is not None and not self.desk.title:
            self.set_pose(deepened(seen_by, pose, self.state.centre(), by_mm))

    def nudge(self, by: ArrayLike, camera: PinholeCamera | None = None) -> None:
        """Move the bones by six numbers (3 degrees, 3 mm) about the view's axes, or another camera's."""
        pose, seen_by = self._pose(), camera or self.state.camera
        if pose is not None and seen_by is not None and not self.desk.title:
            self.set_pose(nudged(seen_by, pose, self.state.centre(), by))

    def reset_pose(self) -> None:
        """Put the chosen bones' centre on the world's origin, unturned."""
        if self.state.bone_set():
            self.set_parameters(np.zeros(6), start=RigidTransform.from_translation(-self.state.centre()))

    # Within

    def _put_bones(self, parameters: NDArray[np.float64], start: RigidTransform | None) -> None:
        if start is not None:
            self.state.start = start
        self.state.parameters = parameters
        self.changed.emit("pose")
        self.preview()

    def _place(self) -> Place | None:
        pose = self._pose()
        return None if pose is None or self.state.start is None else Place(self.state.start, pose)

    def _go_to(self, step: Callable[[Place], Place | None]) -> None:
        present = self._place()
        if present is None or self.desk.title:
            return
        place = step(present)
        if place is not None:
            self.state.start = place.start
            self._put_bones(self.state.frame().parameters(place.pose), place.start)

    def _inputs_changed(self, what: str) -> None:
        if what in ("ct", "labels", "radiograph"):
            self._grip = None
            self.history.forget()
