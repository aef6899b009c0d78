"""Points are clicked on the X-ray and in the CT, and the pose starts from them; bones are seen, and clicked, in 3D."""

import io
import time

import numpy as np
import pytest
from hip_case import (
    PLACE,
    click,
    click_ct,
    click_xray,
    make_patient,
    on_screen,
    quiet,
    simulate_xray,
    simulated_case,
    spread,
)
from PIL import Image

MARKS = "window.trame.state.get('NAME')"

ROWS = "document.querySelectorAll('#pairs tbody tr')"


@pytest.fixture(scope="module")
def case(served, chromium):
    """The tests below go on with it in turn."""
    yield from simulated_case(served, chromium)


@pytest.fixture
def session(served, case):
    return list(served.front.tabs.values())[-1].page.hip.session


def shown_3d(page):
    """What the 3D view shows, (rows, columns, 3)."""
    box = page.js("(() => { const b = document.querySelector('#scene canvas').getBoundingClientRect();"
                  " return [b.left, b.top, b.right, b.bottom] })()")  # fmt: skip
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").crop([round(edge) for edge in box])
    return np.asarray(picture).astype(int)


def bones_in(picture):
    """Rows and columns of the left femur's red."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return np.argwhere((red > 90) & (red > 1.6 * green) & (green > blue * 0.9) & (green > 25) & (blue > 12))


def test_what_is_missing_is_said_until_three_pairs_are_there(case, session):
    points, pixels = spread(session, 5)
    assert case.js("document.querySelector('#pairs-start').disabled")
    case.click("#mark")
    case.until("document.querySelector('#slice img').naturalWidth")
    assert "0 of at least 3 pairs" in case.text("#pairs-missing")
    for number, (point, pixel) in enumerate(zip(points, pixels, strict=True), 1):
        click_xray(case, session, pixel)
        case.until(f"{ROWS}.length === {number}")
        if number == 1:
            case.until("document.querySelector('#pairs-missing').innerText.includes('Click point 1 on the CT too')")
        click_ct(case, session, point)
        case.until(f"{ROWS}[{number - 1}].innerText.includes('show')")
    case.until("!document.querySelector('#pairs-missing')")
    marks = case.js(MARKS.replace("NAME", "pic_marks"))
    assert [mark["kind"] for mark in marks].count("xray") == 5
    assert len(case.js("[...document.querySelectorAll('#picture .bd-marks g')].map((g) => g.innerHTML)")) == len(marks)


def test_bones_stay_where_they_are_while_points_are_marked(case, session):
    assert not session.state.parameters.any()


def test_a_mark_is_dragged_and_a_pair_taken_out_and_marked_again(case, session):
    points, pixels = spread(session, 5)
    factor = session.state.preview_factor()
    at = on_screen(case, "#picture", (pixels[0] + 0.5) / factor - 0.5)
    case.drag(at, (at[0] + 30, at[1]), steps=4)
    there = MARKS.replace("NAME", "pic_marks") + ".find((m) => m.kind === 'xray' && m.name === '1').x"
    scale = case.js(PLACE.replace("SELECTOR", "#picture"))[2]
    case.until(f"Math.abs({there} - {(pixels[0][0] + 0.5) / factor - 0.5 + 30 / scale}) < 2")
    assert case.js(f"{ROWS}.length") == 5
    case.click("#pairs tbody tr:nth-child(1) td:last-child button")
    case.until(f"{ROWS}.length === 4")
    click_xray(case, session, pixels[0])
    click_ct(case, session, points[0])
    case.until(f"{ROWS}.length === 5 && {ROWS}[4].innerText.includes('show')")


def test_the_pose_starts_from_the_pairs_and_lies_on_the_hidden_one(case, session):
    from bonedensity.registration.error import pose_error

    state = session.state
    points = np.concatenate([bone.points for bone in state.bone_set()])
    before = pose_error(state.pose(), state.truth, points, state.camera)
    case.click("#pairs-start")
    case.until("document.querySelector('#section-reg').innerText.includes('Mean distance at the bone')", 30)
    after = pose_error(state.pose(), state.truth, points, state.camera)
    assert after.in_plane_mm < 2.0 < before.in_plane_mm
    off = case.js(f"[...{ROWS}].map((row) => row.cells[3].innerText)")
    assert len(off) == 5
    assert all(float(value.split()[0]) < 3 for value in off)
    case.click("#pairs tbody tr:nth-child(5) td:last-child button")
    case.until(f"{ROWS}.length === 4 && {ROWS}[0].cells[3].innerText === ''")  # that was about other pairs
    case.until("document.querySelector('#mark').innerText.includes('Mark points')")  # mouse and keys move bones again
    case.click("#reset")
    quiet(case)


def test_the_3d_view_shows_bones_that_follow_their_pose(case, session):
    case.click("#show-3d")
    case.until("document.querySelector('#scene canvas')")
    case.until(MARKS.replace("NAME", "scene_bones") + ".length > 4", 30)
    time.sleep(1.5)
    before = shown_3d(case)
    assert len(np.unique(before.reshape(-1, 3), axis=0)) > 500  # shaded bones, a grey X-ray
    femur = bones_in(before)
    assert len(femur) > 100
    case.js("document.querySelector('.bd-pose input').value = 60;"
            "document.querySelector('.bd-pose input').dispatchEvent(new Event('change'))")  # fmt: skip
    quiet(case)
    time.sleep(0.7)
    after = bones_in(shown_3d(case))
    moved = np.median(after, axis=0) - np.median(femur, axis=0)
    assert moved[1] > 8  # to the right of the X-ray, which stands to the right in 3D, too
    case.click("#reset")
    quiet(case)
    time.sleep(0.7)
    assert np.abs(np.median(bones_in(shown_3d(case)), axis=0) - np.median(femur, axis=0)).max() < 3


def test_one_bone_that_has_its_own_pose_moves_by_itself_in_3d(case, session):
    poses = MARKS.replace("NAME", "scene_poses")
    before = case.js(poses)
    case.choose("#moving", "femur_left")
    case.until("document.querySelector('#moving').value === 'femur_left'")
    case.js("document.querySelector('.bd-pose input').value = 20;"
            "document.querySelector('.bd-pose input').dispatchEvent(new Event('change'))")  # fmt: skip
    case.until(f"{poses}.femur_left[12] !== {before['femur_left'][12]}")
    after = case.js(poses)
    assert after["hip_left"] == before["hip_left"]
    case.click("#reset")
    case.until(f"Math.abs({poses}.femur_left[12] - {before['femur_left'][12]}) < 1e-6")
    case.choose("#moving", "")
    quiet(case)


@pytest.mark.parametrize("size", [(2800, 800), (1366, 768)])  # from 2800 pixels on all is enlarged
def test_a_click_on_a_bone_in_3d_marks_a_point_on_its_surface_and_a_drag_does_not(case, session, size):
    case.size(*size)
    if case.js("!!document.querySelector('#pairs-clear')"):
        case.click("#pairs-clear")
    case.click("#mark")
    case.click("#scene .bd-corner button:nth-child(2)")
    time.sleep(1.0)
    places = bones_in(shown_3d(case))
    row, column = places[np.linalg.norm(places - np.median(places, axis=0), axis=1).argmin()]
    corner = case.js("(() => { const b = document.querySelector('#scene canvas').getBoundingClientRect();"
                     " return [b.left, b.top] })()")  # fmt: skip
    at = (corner[0] + column + 0.5, corner[1] + row + 0.5)
    click(case, at)
    marks = MARKS.replace("NAME", "scene_marks")
    case.until(f"{marks}.length === 1")
    point = np.array(case.js(f"{marks}[0].at"))
    labels = session.state.labels
    femur = np.argwhere(labels.mask(["femur_left"]))[:, ::-1]
    assert np.linalg.norm(labels.volume.to_patient(femur) - point, axis=1).min() < 4
    case.drag(at, (at[0] + 60, at[1] + 10))
    time.sleep(0.5)
    assert case.js(f"{marks}.length") == 1
    case.click("#mark")
    case.click("#pairs-clear")
    case.until("!document.querySelector('#pairs') && !document.querySelector('.bd-marking')")


@pytest.mark.parametrize("size", [(1366, 768), (3840, 2160)])
@pytest.mark.parametrize("beside", ["#show-3d", "#show-slices"])
def test_nothing_is_cut_off_beside_the_picture_and_every_control_has_a_name(case, size, beside):
    from test_app_pages import CUT_OFF, NAMELESS, WIDE_SECTIONS

    case.size(*size)
    if case.js(f"document.querySelector('{beside}').ariaPressed") != "true":
        case.click(beside)
    time.sleep(0.5)
    for check in (CUT_OFF, WIDE_SECTIONS, NAMELESS):
        assert case.js(check) == []
    half = case.js("(() => { const b = document.querySelector('.bd-pane:nth-child(2)').getBoundingClientRect();"
                   " return b.width * b.height })()")  # fmt: skip
    assert half > 0.3 * size[0] * size[1]
    case.size(1366, 768)


BLIND = """HTMLCanvasElement.prototype.getContext = ((get) => function (kind, ...more) {
  return kind.startsWith('webgl') ? null : get.call(this, kind, ...more);
})(HTMLCanvasElement.prototype.getContext)"""
"""A browser without WebGL."""


def test_without_webgl_it_is_said_and_the_slices_work(served, chromium):
    blind = chromium.open("about:blank")
    blind.call("Page.addScriptToEvaluateOnNewDocument", source=BLIND)
    blind.call("Page.navigate", url=served.address)
    make_patient(blind)
    simulate_xray(blind)
    blind.click("#show-3d")
    blind.until("document.querySelector('#scene').innerText.includes('WebGL is off')")
    blind.click("#show-slices")
    blind.until("document.querySelector('#slice img').naturalWidth")
    blind.close()


def test_the_page_logged_no_errors(case, chromium):
    assert [line for line in chromium.said if "/paraview/" not in line] == []
