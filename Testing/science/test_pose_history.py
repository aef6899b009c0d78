"""Undo and redo of poses."""

from __future__ import annotations

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.workflows.pose_history import KEPT, PAUSE_S, Place, PoseHistory


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        self.now += 0.001
        return self.now


def place(number):
    return Place(RigidTransform.identity(), RigidTransform.from_translation(np.array([number, 0.0, 0.0])))


def where(found):
    return None if found is None else found.pose.translation[0]


def test_undo_goes_back_and_redo_forth_again():
    history = PoseHistory(Clock())
    for number in range(3):
        history.leave(place(number), gesture=object())
    assert [where(history.undo(place(3))), where(history.undo(place(2))), where(history.redo(place(1)))] == [2, 1, 2]
    assert where(history.redo(place(2))) == 3
    assert not history.can_redo
    assert history.can_undo


def test_one_drag_is_one_step_however_long_it_takes():
    clock, drag = Clock(), object()
    history = PoseHistory(clock)
    for number in range(5):
        history.leave(place(number), gesture=drag)
        clock.now += 10 * PAUSE_S
    assert where(history.undo(place(5))) == 0
    assert not history.can_undo


def test_a_sliders_quick_moves_are_one_step_and_a_pause_begins_another():
    clock = Clock()
    history = PoseHistory(clock)
    history.leave(place(0))
    history.leave(place(1))
    clock.now += 2 * PAUSE_S
    history.leave(place(2))
    assert where(history.undo(place(3))) == 2
    assert where(history.undo(place(2))) == 0


def test_a_move_after_undo_forgets_what_could_be_redone_and_is_a_step_of_its_own():
    history, drag = PoseHistory(Clock()), object()
    history.leave(place(0), gesture=drag)
    assert where(history.undo(place(1))) == 0
    history.leave(place(0), gesture=drag)
    assert not history.can_redo
    assert where(history.undo(place(7))) == 0


def test_old_poses_are_let_go_and_other_inputs_empty_the_history():
    history = PoseHistory(Clock())
    for number in range(KEPT + 20):
        history.leave(place(number), gesture=object())
    seen = [where(history.undo(place(-1))) for _ in range(KEPT)]
    assert seen[-1] == 20
    assert history.undo(place(-1)) is None
    history.forget()
    assert not history.can_undo
    assert not history.can_redo
