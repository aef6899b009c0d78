"""A session whose bones are moved by hand, and by a search that can be watched, paused, stopped and kept."""

from __future__ import annotations

import runpy
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.jobs import JobError, WorkerClient
from bonedensity.workflows.search_trace import SearchTrace, limits, placed

FAKES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("session_fakes.py"))))
ENDLESS, worker, session = FAKES.ENDLESS, FAKES.worker, FAKES.loaded


def pixel_of(session, point):
    return session.state.camera.project(session.state.pose().apply(point))


def pixels_from_truth(session, pose):
    """How far the bones' points show from where they truly do, on average; a turn hardly moves them."""
    state = session.state
    points = np.concatenate([bone.points for bone in state.bone_set()])
    found, true = (state.camera.project(each.apply(points)) for each in (pose, state.truth))
    return np.linalg.norm(found - true, axis=1).mean()


def test_a_drag_carries_the_bone_along_and_one_undo_takes_it_back(session):
    point = session.state.bone_set()[0].points[0]
    before = session.state.pose().matrix
    at = pixel_of(session, point)
    assert session.grip(at)
    depth = session._grip.depth_mm
    for step in range(1, 6):
        session.drag("shift", at + np.array([2.0, -1.0]) * step)
    session.release()
    shown = session.state.camera.camera_from_world.apply(session.state.pose().apply(point))
    assert np.allclose((pixel_of(session, point) - at) * shown[2] / depth, [10.0, -5.0])
    session.drag("shift", at)
    session.undo()
    assert np.allclose(session.state.pose().matrix, before)
    assert not session.history.can_undo
    session.redo()
    assert np.allclose((pixel_of(session, point) - at) * shown[2] / depth, [10.0, -5.0])


def test_keys_move_in_the_views_axes_and_depth_keeps_the_middle(session):
    session.nudge((0, 0, 0, 1.0, 0, 0))
    assert np.allclose(session.state.parameters, [0, 0, 0, 1, 0, 0])
    middle = pixel_of(session, session.state.centre())
    session.deepen(-20.0)
    assert session.state.parameters[5] == pytest.approx(-20.0)
    assert np.allclose(pixel_of(session, session.state.centre()), middle)


def test_other_inputs_forget_old_poses_and_let_go_of_the_bones(session, worker):
    session.nudge((0, 0, 0, 1.0, 0, 0))
    session.grip((1.0, 1.0))
    session.use_radiograph(session.state.radiograph)
    assert not session.history.can_undo
    before = session.state.pose().matrix
    session.drag("shift", (5.0, 5.0))
    assert np.allclose(session.state.pose().matrix, before)


def test_nothing_is_moved_by_hand_while_a_registration_runs(session):
    session.nudge((0, 0, 0, 1.0, 0, 0))
    before = session.state.parameters
    session.register()
    assert not session.grip((1.0, 1.0))
    session.nudge((1, 1, 1, 1, 1, 1))
    session.deepen(5.0)
    session.undo()
    assert session.state.parameters is before


def heard(worker, rows, pose, image=None):
    data = {"trace": rows, "pose": pose.ravel().tolist()}
    if image is not None:
        data["image"] = worker.exchange.put(image)
    worker.open("register")[0]["progress"](0.5, "Registering", data)


def test_the_search_is_seen_while_it_goes_on(session, worker):
    seen = []
    session.changed.connect(seen.append)
    session.register()
    pose, image = session.state.pose().matrix, np.full((3, 4), 7.0, dtype=np.float32)
    heard(worker, [[14, 0.1, 64], [28, 0.3, 64]], pose, image)
    assert session.search.trace.evaluations == 28
    assert session.search.trace.similarity == 0.3
    assert np.array_equal(session.state.preview, image)
    assert {"search", "preview"} <= set(seen)
    assert np.allclose(session.search.pose.matrix, pose)


def test_a_cancelled_search_offers_its_best_pose_and_changes_nothing_by_itself(session, worker):
    session.register()
    before, best = session.state.pose(), session.state.pose().matrix.copy()
    best[:3, 3] += [3.0, -2.0, 1.0]
    session.cancel()
    partial = {"world_from_ct": best.ravel().tolist(), "similarity": 0.41}
    job = worker.open("register")[0]
    job["open"] = False
    job["error"](JobError("Cancelled: nothing was changed.", "cancelled", partial))
    assert np.allclose(session.state.pose().matrix, before.matrix)
    assert "0.41" in session.said[-1]
    session.keep_best()
    assert np.allclose(session.state.pose().matrix, best)
    assert session.search.offered is None
    assert session.state.outcome is None
    session.undo()
    assert np.allclose(session.state.pose().matrix, before.matrix)


def test_an_offer_ends_when_the_bones_are_moved(session, worker):
    session.register()
    session.cancel()
    partial = {"world_from_ct": session.state.pose().matrix.ravel().tolist(), "similarity": 0.4}
    job = worker.open("register")[0]
    job["open"] = False
    job["error"](JobError("", "cancelled", partial))
    assert session.search.offered is not None
    session.nudge((0, 0, 0, 1.0, 0, 0))
    assert session.search.offered is None


def test_a_curve_never_falls_and_ends_where_another_image_size_begins():
    trace = SearchTrace()
    trace.add([[10, 0.1, 64], [20, 0.3, 64], [30, 0.05, 64], [40, 0.2, 64], [50, 0.15, 128], [60, 0.4, 128]])
    curves = trace.curves()
    assert [curve.size_px for curve in curves] == [64, 64, 128]
    assert all((np.diff(curve.similarities) >= 0).all() for curve in curves)
    assert trace.similarity == 0.4
    lines = placed(curves, 300.0, 100.0)
    everything = np.concatenate(lines)
    assert everything.min() >= 0
    assert (everything.max(axis=0) <= [300.0, 100.0]).all()
    assert lines[-1][-1, 0] == 300.0
    low, high = limits(curves)
    assert lines[0][0, 1] == pytest.approx((high - 0.1) / (high - low) * 100.0)
    assert placed([], 10, 10) == []


# With the real worker


@pytest.fixture(scope="module")
def searching():
    with WorkerClient() as client:
        made = FAKES.simulated(client, ENDLESS)
        made.register()
        yield made


def pump(session, condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        session.desk.worker.poll()
        time.sleep(0.01)


def listen(session, seconds):
    before = session.search.trace.evaluations
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        session.desk.worker.poll()
        time.sleep(0.01)
    return session.search.trace.evaluations - before


def test_a_real_search_is_watched_paused_resumed_and_its_best_kept(searching):
    session, pictures = searching, []
    session.changed.connect(lambda what: what == "preview" and pictures.append(session.state.preview))
    pump(session, lambda: len(pictures) >= 3 and session.search.trace.evaluations > 500)
    assert pictures[0].shape == session.state.preview_xray().shape
    assert not np.array_equal(pictures[0], pictures[-1])
    session.pause()
    listen(session, 0.3)
    assert session.desk.paused
    assert listen(session, 0.5) == 0
    session.pause(False)
    pump(session, lambda: session.search.trace.evaluations > 4000, 60.0)
    session.pause()
    listen(session, 0.2)
    session.cancel()
    pump(session, lambda: not session.desk.title, 5.0)
    assert session.search.offered is not None
    start = session.state.pose()
    session.keep_best()
    apart = [pixels_from_truth(session, pose) for pose in (start, session.state.pose())]
    assert apart[1] < 0.5 * apart[0]
    assert session.desk.worker.on_restart is None
