"""The session that both windows drive: what it asks of the worker, and what becomes of the answers."""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.densitometry import Calibration
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import c_arm_camera
from bonedensity.imaging import PixelSpacing
from bonedensity.jobs import WorkerClient
from bonedensity.workflows.session_pose import REACH
from bonedensity.workflows.signals import Signal

FAKES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("session_fakes.py"))))
BONES, QUICK, ENDLESS, worker = FAKES.BONES, FAKES.QUICK, FAKES.ENDLESS, FAKES.worker
load, make_ct, make_labels, make_radiograph = FAKES.load, FAKES.make_ct, FAKES.make_labels, FAKES.make_radiograph


@pytest.fixture
def session(worker):
    return FAKES.listening(worker)


def test_listeners_are_called_until_they_are_disconnected():
    heard, signal_ = [], Signal()
    signal_.connect(heard.append)
    signal_.emit(1)
    signal_.disconnect(heard.append)
    signal_.disconnect(heard.append)
    signal_.emit(2)
    assert heard == [1]


def test_each_step_names_the_first_thing_it_lacks(session, worker):
    assert session.what_is_missing("labels").startswith("Load a CT first")
    ct = make_ct()
    session.use_ct(ct)
    assert session.what_is_missing("labels") == ""
    assert session.what_is_missing("measure").startswith("Load a segmentation")
    session.use_threshold()
    assert session.what_is_missing("measure") == "Wait until looking at the bones has ended, or cancel it."
    worker.answer("prepare_bones", {"labels": worker.exchange.put(make_labels(ct)), "bones": BONES})
    assert session.what_is_missing("measure") == ""
    assert session.what_is_missing("register").startswith("Load an X-ray")
    session.use_radiograph(make_radiograph())
    assert session.what_is_missing("register").startswith("Give the X-ray's pixel size")
    session.set_geometry(spacing_mm=0.3)
    assert session.what_is_missing("register") == ""
    session.choose_bones([])
    assert session.what_is_missing("register") == "Tick at least one bone."


def test_bones_with_metal_are_not_chosen_and_the_start_centres_the_others(session, worker):
    load(session, worker)
    assert session.state.chosen == ("femur_left", "sacrum")
    assert np.allclose(session.state.centre(), [5, 0, 15])
    assert np.allclose(session.state.pose().apply([5, 0, 15]), 0)
    assert session.state.origin == {"ct": "node 1", "labels": "node 2", "radiograph": "node 3"}


def test_pictures_asked_for_while_one_is_on_its_way_are_overtaken_by_the_latest(session, worker):
    load(session, worker)
    for shift in range(1, 6):
        session.set_parameters([0, 0, 0, shift, 0, 0])
    assert len(worker.open("render")) == 1
    image = np.ones((3, 4), dtype=np.float32)
    worker.answer("render", {"image": worker.exchange.put(image)})
    assert np.array_equal(session.state.preview, image)
    (last,) = worker.open("render")
    assert np.allclose(last["parameters"]["pose"], session.state.pose().matrix.ravel())
    worker.answer("render", {"image": worker.exchange.put(2 * image)})
    assert worker.open("render") == []
    assert session.state.preview.max() == 2


def test_a_pose_at_rest_is_drawn_again_exactly_and_only_once(session, worker, monkeypatch):
    monkeypatch.setattr("bonedensity.workflows.session_base.REST_S", 1e6)
    load(session, worker)
    picture = {"image": worker.exchange.put(np.ones((3, 4), dtype=np.float32))}
    session.settle()
    (moving,) = worker.open("render")
    assert moving["parameters"]["backend"] == "searching"
    worker.answer("render", picture)
    session.settle()
    assert worker.open("render") == []
    monkeypatch.setattr("bonedensity.workflows.session_base.REST_S", 0.0)
    session.settle()
    (resting,) = worker.open("render")
    assert resting["parameters"]["backend"] == "measuring"
    session.settle()
    worker.answer("render", picture)
    session.settle()
    assert worker.open("render") == []
    session.set_parameters([0, 0, 0, 1, 0, 0])
    assert [job["parameters"]["backend"] for job in worker.open("render")] == ["searching"]


def test_a_picture_of_a_replaced_xray_is_not_shown(session, worker):
    load(session, worker)
    session.use_radiograph(make_radiograph(PixelSpacing(0.4, 0.4, "imager")))
    worker.answer("render", {"image": worker.exchange.put(np.ones((3, 4), dtype=np.float32))})
    assert session.state.preview is None
    assert len(worker.open("render")) == 1


def test_a_failed_job_says_one_sentence_and_changes_nothing(session, worker):
    load(session, worker)
    state, ct = session.state, session.state.ct
    session.load_ct("bad.nii")
    worker.fail("read_ct", "“bad.nii” is not an image.")
    assert session.said == ["“bad.nii” is not an image."]
    assert session.state is state
    assert state.ct is ct
    assert session.what_is_missing("register") == ""


def test_a_second_job_is_refused_while_one_runs(session, worker):
    load(session, worker)
    session.register()
    session.load_ct("other.nii")
    assert session.said == ["Wait until the registration has ended, or cancel it first."]
    assert worker.open("read_ct") == []


def test_cancelling_is_said_and_the_next_job_waits_for_the_end(session, worker):
    load(session, worker)
    session.register()
    session.cancel()
    session.cancel()
    assert len(worker.cancelled) == 1
    session.load_radiograph("xray.png")
    assert worker.open("read_radiograph") == []
    worker.fail("register", "Cancelled.", "cancelled")
    assert session.said == ["Cancelled: nothing was changed."]
    assert len(worker.open("read_radiograph")) == 1
    assert session.state.outcome is None


def test_an_input_that_is_replaced_stops_only_what_rests_on_it(session, worker):
    load(session, worker)
    session.use_labels(make_labels(session.state.ct))
    session.use_radiograph(make_radiograph(PixelSpacing(0.4, 0.4, "imager")))
    assert worker.cancelled == []
    session.use_ct(make_ct())
    assert len(worker.cancelled) == 1


def test_a_changed_geometry_stops_a_registration_that_rests_on_the_old_one(session, worker):
    load(session, worker)
    session.register()
    session.set_geometry(sdd_mm=1300.0)
    assert len(worker.cancelled) == 1


def test_typed_spacing_counts_as_the_users_and_equal_numbers_change_nothing(session, worker):
    load(session, worker)
    heard = []
    session.changed.connect(heard.append)
    session.set_geometry(spacing_mm=0.5, sdd_mm=1150.0)
    assert heard == []
    session.set_geometry(spacing_mm=0.6)
    assert session.state.radiograph.spacing == PixelSpacing(0.6, 0.6, "user")
    assert session.state.camera.pixel_spacing_mm == (0.6, 0.6)
    session.set_geometry(sdd_mm=500.0)
    assert "isocentre" in session.said[-1]
    assert session.state.geometry.sdd_mm == 1150.0


def test_the_angles_of_a_known_camera_are_kept_when_a_distance_is_typed(session, worker):
    camera = c_arm_camera(
        sdd_mm=1200, source_to_isocentre_mm=900, rows=3, columns=4, pixel_spacing_mm=(0.5, 0.5), primary_deg=30
    )
    session.use_radiograph(make_radiograph(), camera=camera)
    assert session.state.geometry.sdd_mm == pytest.approx(1200)
    session.set_geometry(sdd_mm=1300)
    assert session.state.camera.sdd_mm == pytest.approx(1300)
    assert np.allclose(session.state.camera.camera_from_world.matrix, camera.camera_from_world.matrix)


def test_a_pose_beyond_the_sliders_becomes_the_start(session, worker):
    load(session, worker)
    near = session.state.frame().pose([1, 2, 3, 4, 5, 6])
    session.set_pose(near)
    assert np.allclose(session.state.parameters, [1, 2, 3, 4, 5, 6])
    far = session.state.frame().pose([0, 0, 0, REACH[3] + 1, 0, 0])
    session.set_pose(far)
    assert np.allclose(session.state.parameters, 0)
    assert np.allclose(session.state.pose().matrix, far.matrix)


def test_choosing_bones_turns_about_another_centre_but_moves_nothing(session, worker):
    load(session, worker)
    session.set_parameters([5, 0, 0, 0, 7, 0])
    pose = session.state.pose().matrix
    session.choose_bones(["sacrum"])
    assert np.allclose(session.state.pose().matrix, pose)
    assert np.allclose(session.state.centre(), [0, 0, 30])


def test_an_object_is_put_into_the_exchange_once(session, worker):
    load(session, worker)
    before = set(os.listdir(worker.exchange.folder))
    session.measure("femoral-neck", "L")
    session.cancel()
    worker.fail("measure", "Cancelled.", "cancelled")
    session.register()
    assert len(set(os.listdir(worker.exchange.folder)) - before) <= 1  # the radiograph


def test_files_of_replaced_inputs_do_not_pile_up(session, worker):
    for _ in range(6):
        load(session, worker)
        for job in worker.jobs.values():
            job["open"] = False
    assert len(os.listdir(worker.exchange.folder)) <= 8


def test_a_calibration_is_told_once(session):
    heard = []
    session.changed.connect(heard.append)
    session.set_calibration(Calibration(0.8, -4.0))
    session.set_calibration(Calibration(0.8, -4.0))
    assert heard == ["calibration"]


# With the real worker


@pytest.fixture(scope="module")
def client():
    with WorkerClient() as made:
        yield made


@pytest.fixture(scope="module")
def registered(client):
    made = FAKES.simulated(client, QUICK)
    made.register()
    made.wait(120)
    return made


def test_a_virtual_patient_is_registered_and_measured(registered):
    state = registered.state
    assert state.synthetic_ct
    assert state.outcome.error.in_plane_mm < 2 < state.outcome.start_error.in_plane_mm
    assert state.outcome.drr.shape == state.radiograph.array.shape
    assert np.allclose(state.pose().matrix, state.outcome.world_from_ct.matrix, atol=1e-9)
    registered.measure("femoral-neck", "L")
    registered.wait(60)
    registered.measure("femoral-neck", "L")
    registered.wait(60)
    names = [m.name for m in state.measurements]
    assert names[:2] == ["aBMD, Femoral neck, left", "aBMD in the X-ray's view, Femoral neck, left"]
    assert len(names) == len(set(names))
    assert state.in_view.shape == state.radiograph.array.shape


def test_a_region_that_cannot_be_measured_is_refused_in_a_sentence(registered):
    registered.choose_bones(["femur_left"])
    before = registered.state.measurements
    registered.measure("no region", "L")
    with pytest.raises(BoneDensityError, match="region"):
        registered.wait(60)
    assert registered.state.measurements == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_worker_costs_one_result_and_the_session_goes_on(client, registered):
    session, heard = registered, []
    session.reset_pose()
    pose = session.state.pose().matrix
    session.desk.progressed.connect(lambda fraction, message: heard.append(message))
    session.levels = ENDLESS
    session.register()
    deadline = time.monotonic() + 60
    while not any("similarity" in message for message in heard):
        assert time.monotonic() < deadline
        client.poll()
        time.sleep(0.01)
    os.kill(client.pid, signal.SIGKILL)
    with pytest.raises(BoneDensityError, match="in the middle of the registration; it was started again"):
        session.wait(60)
    assert np.array_equal(session.state.pose().matrix, pose)
    session.levels = QUICK
    session.register()
    session.wait(120)
    assert session.state.outcome is not None
