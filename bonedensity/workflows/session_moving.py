"""Bones that move against each other: each can be given a pose of its own, by hand and by search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.workflows.moving_bones import TOGETHER, Parked, can_move_alone, same_pose
from bonedensity.workflows.pose_history import Place, PoseHistory
from bonedensity.workflows.session_pose import SessionPose


class SessionMoving(SessionPose):
    """Chooses what is moved; emits `changed("moving")` when that is another bone.

    A bone that was never moved by itself goes where the others go. Undo and the registration belong to what is moved.
    """

    def move_alone(self, name: str) -> None:
        """Move this ticked bone by itself from now on, from where it is; "" moves all the others together."""
        state, place = self.state, self._place()
        allowed = name == TOGETHER or name in can_move_alone(state.chosen, state.own())
        if name != state.moving and allowed and place is not None and not self.desk.title:
            self._change_to(name, place)

    def place_bones(self, moving: str, poses: dict[str, RigidTransform]) -> None:
        """Take poses that were kept before, such as a saved scene's; such as make no sense are left out.

        `set_parameters` puts what is moved into its place afterwards.

        Args:
            moving: What is moved; "" for all that have no pose of their own.
            poses: `world_from_ct` of what is not moved, by the same names.
        """
        state = self.state
        own = ({moving, *poses} & set(state.chosen)) - {TOGETHER}
        apart = moving != TOGETHER
        if len(own) == len(state.chosen) or (apart and (moving not in own or TOGETHER not in poses)):
            return
        kept = own | ({TOGETHER} if apart else set())
        state.parked = {n: Parked(Place(poses[n], poses[n])) for n in sorted(kept - {moving})}
        state.moving = moving
        self.changed.emit("bones")

    def choose_bones(self, names: Sequence[str]) -> None:
        """As before; a bone that is not ticked any more loses its own pose, and the last one that stayed ends all."""
        state = self.state
        ticked = [bone.name for bone in state.bones if bone.name in names]
        kept = can_move_alone(ticked, state.own() & set(ticked))
        if state.moving not in (TOGETHER, *kept):
            self._stop_what_rests_on("labels")
            self._bring_together()
        pose = self._pose()
        state.parked = {n: each for n, each in state.parked.items() if n in (TOGETHER, *kept)}
        if pose is not None:  # about the middle of those that go together from now on
            state.parameters = state.frame().parameters(pose)
        super().choose_bones(names)

    def reset_pose(self) -> None:
        """As before; a bone that is moved by itself goes back to the others."""
        together = self.state.parked.get(TOGETHER)
        if together is None:
            super().reset_pose()
        elif self._pose() is not None:
            self.set_pose(together.place.pose)

    # Within

    def _change_to(self, name: str, place: Place) -> None:
        self.release()
        self._park(place)
        self._unpark(name, place)
        self._tell_moved()

    def _park(self, place: Place) -> None:
        """Keep the pose that was moved, unless it is a single bone's that never left the others."""
        state = self.state
        together = state.parked.get(TOGETHER)
        if together is None or state.outcome is not None or not same_pose(place.pose, together.place.pose):
            state.parked[state.moving] = Parked(place, state.outcome, self.history)

    def _unpark(self, name: str, before: Place) -> None:
        state = self.state
        together = state.parked.get(TOGETHER)
        at = before.pose if together is None else together.place.pose
        parked = state.parked.pop(name, None) or Parked(Place(at, at))
        state.moving, state.outcome, self.history = name, parked.outcome, parked.history
        state.start = parked.place.start
        state.parameters = state.frame().parameters(parked.place.pose)

    def _tell_moved(self) -> None:
        for what in ("moving", "bones", "pose"):
            self.changed.emit(what)
        self.preview()

    def _inputs_changed(self, what: str) -> None:
        super()._inputs_changed(what)
        if what == "radiograph" and self.state.parked:
            self._rejoin()

    def _bring_together(self) -> None:
        """What is moved are the others again."""
        place = self._place()
        if place is not None:
            self._change_to(TOGETHER, place)

    def _rejoin(self) -> None:
        """Another X-ray shows the bones in other places: all go together again."""
        state = self.state
        together = state.parked.get(TOGETHER)
        state.parked, state.moving, state.outcome, self.history = {}, TOGETHER, None, PoseHistory()
        if together is not None:
            state.start, state.parameters = together.place.pose, np.zeros(6)
        self.changed.emit("moving")
