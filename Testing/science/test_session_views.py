"""Point pairs, pictures on the screen, a second view, and what a search shows while it goes on."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import PixelSpacing, Radiograph
from bonedensity.jobs.tasks.live_search import PICTURE_EVERY_S, TELL_EVERY_S, LiveSearch
from bonedensity.registration.search import SearchMoment
from bonedensity.workflows.picture_frame import PictureFrame, around, between, cut, whole
from bonedensity.workflows.point_pairs import paired
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_base import REST_S
from bonedensity.workflows.session_views import swung

FAKES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("session_fakes.py"))))
worker, session = FAKES.worker, FAKES.loaded


def test_names_bring_points_together_else_their_order_does():
    ct = {"head": [1.0, 2, 3], "neck": [4.0, 5, 6], "shaft": [7.0, 8, 9], "extra": [0.0, 0, 0]}
    xray = {"shaft": [7.0, 8], "head": [1.0, 2], "neck": [4.0, 5]}
    named = paired(ct, xray)
    assert named.by_name
    assert all(pair["ct"][:2] == pair["xray"] for pair in named.pairs.values())
    assert named.left_out == ("extra",)
    ordered = paired(ct, {"F-1": [1.0, 2], "F-2": [4.0, 5]})
    assert not ordered.by_name
    assert list(ordered.pairs) == ["head", "neck"]
    assert set(ordered.left_out) == {"shaft", "extra"}


def test_a_picture_on_the_screen_and_the_xray_lead_to_each_other():
    frame = PictureFrame((470, 420), (400, 400), (10, 20, 100, 100), 4)
    pixels = np.random.default_rng(0).uniform(0, 400, (20, 2))
    assert np.allclose(frame.to_xray(frame.from_xray(pixels)), pixels)
    corner = frame.to_preview((35 - 0.5, 10 - 0.5))  # the outer corner of the picture's first pixel
    assert np.allclose(corner, (9.5, 19.5))
    assert np.allclose(np.diff(frame.to_xray([[100, 0], [101, 0]]), axis=0), [[1.0, 0.0]])


def test_parts_of_a_picture_hold_the_bones_and_never_leave_it():
    mask = np.zeros((100, 200), dtype=bool)
    mask[20:60, 90:150] = True
    left, top, columns, rows = around(mask)
    assert left < 90 < 150 < left + columns
    assert top < 20 < 60 < top + rows
    assert around(np.zeros((50, 60), dtype=bool)) == whole((50, 60)) == (0, 0, 60, 50)
    assert between((500, -20), (30, 300), (100, 200)) == (30, 0, 170, 100)
    assert between((5, 5), (8, 8), (100, 200)) == whole((100, 200))
    assert cut(np.zeros((100, 200, 3), np.uint8), (30, 0, 170, 100)).shape == (100, 170, 3)


@pytest.mark.parametrize("angle", [90.0, -30.0])
def test_a_swung_camera_is_the_c_arms_own(angle):
    room = {"sdd_mm": 1150.0, "source_to_isocentre_mm": 1000.0, "rows": 50, "columns": 60}
    first = c_arm_camera(**room, pixel_spacing_mm=(0.8, 0.8))
    expected = c_arm_camera(**room, pixel_spacing_mm=(0.8, 0.8), primary_deg=angle)
    assert np.allclose(swung(first, angle).camera_from_world.matrix, expected.camera_from_world.matrix, atol=1e-9)


def test_a_second_xray_is_projected_and_registered_together_with_the_first(session, worker):
    second = Radiograph(np.ones((5, 7), dtype=np.float32), spacing=PixelSpacing(0.4, 0.4, "imager"))
    session.use_second(second, angle_deg=90.0)
    assert session.state.second.camera.pixel_spacing_mm == (0.4, 0.4)
    while worker.open("render"):  # asked for before there was a second
        worker.answer("render", {"image": worker.exchange.put(np.zeros((3, 4), dtype=np.float32))})
    images = [np.full((3, 4), 1.0, np.float32), np.full((5, 7), 2.0, np.float32)]
    worker.answer("render_views", {"images": [worker.exchange.put(image) for image in images]})
    assert np.array_equal(session.state.preview, images[0])
    assert np.array_equal(session.state.second.preview, images[1])
    session.register()
    assert len(worker.open("register")[0]["parameters"]["views"]) == 2
    session.use_second(None)
    assert session.state.second is None


def answer_pictures(session, worker):
    """The live pictures that are on their way come."""

    def image(rows, columns):
        return worker.exchange.put(np.ones((rows, columns), dtype=np.float32))

    for _ in worker.open("render"):
        worker.answer("render", {"image": image(3, 4)})
    for _ in worker.open("render_views"):
        worker.answer("render_views", {"images": [image(3, 4), image(5, 7)]})


def test_bones_that_all_hold_metal_are_shown_once_one_is_ticked(worker):
    session = FAKES.listening(worker)
    session.use_ct(FAKES.make_ct())
    session.use_labels(FAKES.make_labels(FAKES.make_ct()))
    metal = [FAKES.bone("femur_left", [10.0, 0.0, 0.0], metal=0.5), FAKES.bone("sacrum", [0.0, 0.0, 30.0], metal=0.4)]
    worker.answer("prepare_bones", {"labels": worker.exchange.put(FAKES.make_labels(FAKES.make_ct())), "bones": metal})
    session.use_radiograph(FAKES.make_radiograph(PixelSpacing(0.5, 0.5, "imager")))
    assert not session.state.chosen
    assert not worker.open("render")
    session.choose_bones(["femur_left"])
    assert np.allclose(session.state.pose().apply([10.0, 0.0, 0.0]), 0)
    assert len(worker.open("render")) == 1


@pytest.mark.parametrize("second", [False, True])
def test_without_a_ticked_bone_nothing_is_outlined_and_a_picture_that_comes_late_is_not_shown(session, worker, second):
    session.outlines = True
    if second:
        answer_pictures(session, worker)
        session.use_second(Radiograph(np.ones((5, 7), dtype=np.float32), spacing=PixelSpacing(0.4, 0.4, "imager")))
    session.choose_bones([])
    answer_pictures(session, worker)
    session.settle()
    assert session.state.preview is None
    assert session.state.rims == ()
    assert not worker.open("render_each")
    assert session.said == []
    session.choose_bones(["sacrum"])
    session._moved_at -= REST_S
    for _ in range(2):  # as it moves, and at rest
        answer_pictures(session, worker)
        session.settle()
    assert session.state.preview is not None
    assert worker.open("render_each")[0]["parameters"]["bones"] == ["sacrum"]


def test_a_second_xray_before_the_firsts_geometry_is_refused_in_a_sentence(worker):
    session, said = Session(worker), []
    session.desk.failed.connect(said.append)
    session.use_second(Radiograph(np.ones((5, 7), dtype=np.float32)))
    assert session.state.second is None
    assert "first X-ray's geometry" in said[0]


def test_only_a_simulated_xray_can_be_swung(session):
    session.simulate_second(90.0, 1)
    assert "hidden pose" in session.said[-1]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def moment(number):
    return SearchMoment(RigidTransform.from_translation(np.array([number, 0.0, 0.0])), 0.1 * number, 14 * number, 64)


def test_a_search_tells_every_moment_once_and_draws_no_more_than_its_share(exchange):
    clock, told, drawn = Clock(), [], []

    def draw(pose):
        drawn.append(clock.now)
        clock.now += 0.05
        return np.zeros((2, 2), dtype=np.float32)

    live = LiveSearch(lambda *said: told.append(said), exchange, draw, clock=clock)
    for number in range(1, 401):
        live.moment(moment(number))
        live.progress(number / 401, "Registering")
        clock.now += 0.01
    live.progress(1.0, "Registered")
    rows = [row for said in told if len(said) == 3 for row in said[2]["trace"]]
    assert [row[0] for row in rows] == [14 * number for number in range(1, 401)]
    assert min(np.diff(drawn)) >= PICTURE_EVERY_S
    assert 0.05 * len(drawn) < 0.2 * clock.now
    assert len(told) <= clock.now / TELL_EVERY_S + 2
