"""Bones with poses of their own: in the session, and in what it asks of the worker."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import Cache, TaskContext
from bonedensity.jobs.tasks.registry import run_task
from bonedensity.workflows.session_report import report_content

FAKES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("session_fakes.py"))))
worker, session = FAKES.worker, FAKES.loaded
FEMUR, SACRUM = "femur_left", "sacrum"
RIGHT_5 = (0, 0, 0, 5.0, 0, 0)
SPIN_10 = (0, 0, 10.0, 0, 0, 0)


def poses(session):
    """Of each ticked bone."""
    state = session.state
    found = dict.fromkeys(state.members(state.moving), state.pose())
    found |= {name: pose for names, pose in state.others() for name in names}
    return {name: pose.matrix for name, pose in found.items()}


def quality(accepted):
    return {
        "accepted": accepted,
        "reasons": [] if accepted else ["It does not fit."],
        "similarity": 0.9,
        "start_similarity": 0.1,
        "agreement_mm": 0.1,
    }


def register(session, worker, *, accepted=True):
    """The worker finds the pose from which it started."""
    session.register()
    asked = worker.open("register")[0]["parameters"]
    found = {"world_from_ct": asked["initial"], "centre": [0, 0, 0], "seconds": 1.0, "evaluations": 9}
    worker.answer("register", {**found, "quality": quality(accepted)})
    camera = session.state.camera
    image = np.zeros((camera.rows, camera.columns), dtype=np.float32)
    while any(job["parameters"]["backend"] == "measuring" for job in worker.open("render")):
        worker.answer("render", {"image": worker.exchange.put(image)})
    return asked


def test_a_bone_that_is_moved_alone_leaves_the_others_where_they_are(session):
    before = poses(session)
    session.move_alone(FEMUR)
    assert all(np.allclose(pose, before[name]) for name, pose in poses(session).items())
    session.nudge(RIGHT_5)
    after = poses(session)
    assert np.allclose(after[SACRUM], before[SACRUM])
    assert np.linalg.norm((after[FEMUR] - before[FEMUR])[:3, 3]) == pytest.approx(5.0)


def test_each_has_its_own_undo_and_what_moves_together_moves_without_it(session):
    session.move_alone(FEMUR)
    session.nudge(RIGHT_5)
    apart = poses(session)
    session.move_alone("")
    assert not session.history.can_undo
    session.nudge(SPIN_10)
    assert np.allclose(poses(session)[FEMUR], apart[FEMUR])
    assert not np.allclose(poses(session)[SACRUM], apart[SACRUM])
    session.undo()
    assert np.allclose(poses(session)[SACRUM], apart[SACRUM])
    session.move_alone(FEMUR)
    session.undo()
    assert np.allclose(poses(session)[FEMUR], apart[SACRUM])


def test_a_bone_that_was_put_back_or_never_moved_goes_with_the_others_again(session):
    session.move_alone(FEMUR)
    session.nudge(RIGHT_5)
    session.reset_pose()
    session.move_alone("")
    assert session.state.parked == {}
    session.nudge(RIGHT_5)
    now = poses(session)
    assert np.allclose(now[FEMUR], now[SACRUM])


def test_a_bone_is_turned_about_its_own_middle(session):
    session.move_alone(FEMUR)
    middle = np.array([10.0, 0.0, 0.0])
    before = session.state.pose().apply(middle)
    session.nudge(SPIN_10)
    assert np.allclose(session.state.pose().apply(middle), before)


def test_the_search_of_one_bone_sees_the_others_fixed_and_knows_whether_they_are_settled(session, worker):
    register(session, worker)
    session.move_alone(FEMUR)
    session.nudge(SPIN_10)
    asked = register(session, worker)
    assert (asked["bones"], asked["moving"], asked["settled"]) == ([FEMUR], FEMUR, True)
    (others,) = asked["others"]
    assert others["bones"] == [SACRUM]
    assert np.allclose(np.reshape(others["pose"], (4, 4)), poses(session)[SACRUM])
    assert {name: outcome.bones for name, outcome in session.state.outcomes().items()} == {
        "": (FEMUR, SACRUM),
        FEMUR: (FEMUR,),
    }


def test_the_report_names_each_registration_and_is_doubtful_where_one_is(session, worker):
    register(session, worker)
    assert report_content(session.state).verdict[0] == "accepted"
    session.move_alone(FEMUR)
    session.nudge(SPIN_10)
    register(session, worker, accepted=False)
    session.move_alone("")
    content = report_content(session.state)
    assert content.verdict[0] == "doubtful"
    assert "Left femur: It does not fit." in content.doubts
    assert [row for row in content.method if row[0] == "Registration"] == [
        ("Registration", "9 projections compared; bones Left femur, Sacrum"),
        ("Registration", "9 projections compared; bones Left femur"),
    ]


def test_beside_doubtful_bones_nothing_is_settled(session, worker):
    register(session, worker, accepted=False)
    session.move_alone(FEMUR)
    assert register(session, worker)["settled"] is False


def test_a_measurement_takes_the_pose_of_its_own_bone(session, worker):
    register(session, worker)
    session.move_alone(FEMUR)
    session.nudge(SPIN_10)
    register(session, worker)
    session.measure("femoral-neck", "L")
    asked = worker.open("measure")[0]["parameters"]
    assert np.allclose(np.reshape(asked["own_poses"][FEMUR], (4, 4)), poses(session)[FEMUR])
    assert np.allclose(np.reshape(asked["pose"], (4, 4)), poses(session)[SACRUM])


def test_unticking_a_bone_ends_its_own_pose_and_another_xray_brings_all_together(session):
    session.move_alone(FEMUR)
    session.nudge(RIGHT_5)
    session.choose_bones([SACRUM])
    assert (session.state.moving, session.state.parked, session.state.chosen) == ("", {}, (SACRUM,))
    session.choose_bones([SACRUM, FEMUR])
    session.move_alone(FEMUR)
    session.nudge(RIGHT_5)
    session.use_radiograph(FAKES.make_radiograph(session.state.radiograph.spacing))
    assert (session.state.moving, session.state.parked) == ("", {})
    now = poses(session)
    assert np.allclose(now[FEMUR], now[SACRUM])


def test_one_bone_always_stays_for_the_others(session):
    session.move_alone(FEMUR)
    session.nudge(RIGHT_5)
    session.move_alone(SACRUM)
    assert session.state.moving == FEMUR
    session.move_alone("")
    session.nudge(SPIN_10)
    session.choose_bones([FEMUR])
    assert (session.state.moving, session.state.parked) == ("", {})
    assert session.what_is_missing("register") == ""


def test_poses_that_were_kept_are_taken_again_and_nonsense_is_not(session):
    session.move_alone(FEMUR)
    session.nudge(RIGHT_5)
    kept, start, numbers = poses(session), session.state.start, session.state.parameters
    together = RigidTransform(kept[SACRUM])
    session.move_alone("")
    session.reset_pose()
    session.place_bones("no such bone", {})
    assert session.state.moving == ""
    session.place_bones(FEMUR, {"": together, "no such bone": together})
    session.set_parameters(numbers, start=start)
    assert all(np.allclose(pose, kept[name]) for name, pose in poses(session).items())


def test_other_bones_are_drawn_with_the_moved_ones_each_at_its_pose(exchange):
    rng = np.random.default_rng(1)
    ct = Volume(rng.uniform(100, 900, (12, 12, 12)).astype(np.float32), np.diag([4.0, 4.0, 4.0, 1.0]), name="CT")
    halves = np.ones(ct.array.shape, dtype=np.uint8)
    halves[:, :, 6:] = 2
    labels = LabelMap(ct.with_array(halves, unit="1"), {1: FEMUR, 2: SACRUM})
    camera = c_arm_camera(
        sdd_mm=1000, source_to_isocentre_mm=800, rows=20, columns=24, pixel_spacing_mm=(4.0, 4.0)
    )  # fmt: skip
    context = TaskContext(exchange, lambda *_: None, lambda: False, Cache())
    one, other = (RigidTransform.from_translation([x, -20.0, -20.0]) for x in (-25.0, -15.0))
    common = {"ct": exchange.put(ct), "labels": exchange.put(labels), "camera": exchange.put(camera)}

    def drawn(bones, pose, others=()):
        asked = {**common, "bones": bones, "pose": pose.matrix.ravel().tolist(), "others": list(others)}
        return np.array(exchange.take(run_task("render", asked, context)["image"], np.ndarray))

    behind = {"bones": [SACRUM], "pose": other.matrix.ravel().tolist()}
    both = drawn([FEMUR], one, [behind])
    assert both.max() > 0
    assert np.allclose(both, drawn([FEMUR], one) + drawn([SACRUM], other), atol=1e-5)
