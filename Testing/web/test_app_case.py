"""A new user's way through the app: virtual patient, X-ray, bones moved by mouse and keys, registered, measured."""

import re
import time
import urllib.request

import pytest
from hip_case import quiet, simulated_case

POSE = {"Right": 0, "Down": 1, "Depth": 2, "Tilt": 3, "Twist": 4, "Spin": 5}

SPREAD_OF_GREYS = """(async () => {
  const image = document.querySelector('#picture img'), canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);
  const greys = context.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, n) => n % 4 === 0);
  const mean = greys.reduce((a, b) => a + b, 0) / greys.length;
  return Math.sqrt(greys.reduce((a, b) => a + (b - mean) ** 2, 0) / greys.length);
})()"""


SHOWN = """(() => {
  const i = document.querySelector('#picture img');
  return Math.min(i.clientWidth / i.naturalWidth, i.clientHeight / i.naturalHeight);
})()"""
"""Pixels on the screen for one of the picture."""

FIELDS = "[...document.querySelectorAll('.bd-pose input')].map((i) => Number(i.value))"

TYPE_SPIN = """(() => {
  const i = document.querySelectorAll('.bd-pose input')[5]; i.value = 4; i.dispatchEvent(new Event('change'));
})()"""


@pytest.fixture(scope="module")
def case(served, chromium):
    """The tests below go on with it in turn."""
    yield from simulated_case(served, chromium)


def pose(page):
    return page.js(FIELDS)


def on_bone(page):
    """A place on the picture where bones are: the middle of the pelvis, a little below it a hip would be."""
    return page.middle("#picture")


def test_the_picture_shows_something(case):
    assert case.js(SPREAD_OF_GREYS) > 20


def test_dragging_moves_the_bones_as_far_as_the_cursor(case):
    before, (x, y) = pose(case), on_bone(case)
    shown = case.js(SHOWN)
    case.drag((x, y), (x + 40, y - 20))
    quiet(case)
    right, down, *rest = (a - b for a, b in zip(pose(case), before, strict=True))
    pixel_mm = 0.8 * 1000 / 1150  # of the nominal set-up, at the patient's middle
    assert right == pytest.approx(40 / shown * pixel_mm, rel=0.15)  # bones nearer to the source move less
    assert down == pytest.approx(-20 / shown * pixel_mm, rel=0.15)
    assert rest == pytest.approx([0, 0, 0, 0], abs=0.02)


def test_shift_turns_out_of_plane_and_ctrl_in_plane(case):
    before, (x, y) = pose(case), on_bone(case)
    case.drag((x, y), (x, y + 30), held="shift")
    quiet(case)
    tilted = pose(case)
    assert abs(tilted[POSE["Tilt"]] - before[POSE["Tilt"]]) > 1
    assert abs(tilted[POSE["Spin"]] - before[POSE["Spin"]]) < 0.1
    case.drag((x + 120, y), (x + 120, y + 20), held="ctrl")
    quiet(case)
    spun = pose(case)
    assert spun[POSE["Spin"]] - tilted[POSE["Spin"]] > 3  # clockwise on the screen is positive


def test_wheel_keys_and_number_fields_move_by_steps_and_undo_goes_back(case):
    case.click("#reset")
    case.until(f"{FIELDS}.every((value) => value === 0)")
    case.wheel(on_bone(case), 1)
    case.until(f"{FIELDS}[2] === -5")  # forward: nearer, larger
    case.js("document.querySelector('#picture').focus()")
    case.key("ArrowRight")
    case.until(f"{FIELDS}[0] === 1")
    before = pose(case)
    time.sleep(0.8)  # what is done in quick succession is taken back together
    case.js(TYPE_SPIN)
    case.until(f"{FIELDS}[5] === 4")
    case.js("document.querySelector('#picture').focus()")
    case.key("z", held="ctrl")
    case.until(f"{FIELDS}[5] === 0")
    assert pose(case) == before


def test_the_picture_follows_the_mouse_without_a_queue(case):
    case.js("""window.drawn = 0; new MutationObserver(() => window.drawn++)
               .observe(document.querySelector('#picture img'), {attributes: true, attributeFilter: ['src']})""")
    x, y = on_bone(case)
    case.drag((x, y), (x + 60, y), steps=30)
    quiet(case)
    assert 3 <= case.js("window.drawn") <= 40  # more than the moves and the exact pictures at rest would be a queue
    case.drag((x + 60, y), (x, y), steps=6)
    quiet(case)


@pytest.mark.parametrize("mode", ["checkerboard", "curtain", "edges", "outlines", "difference", "blend"])
def test_each_way_to_show_the_bones_is_another_picture(case, mode):
    before = case.js("document.querySelector('#picture img').src")
    other = "blend" if mode != "blend" else "edges"
    case.choose("#mode", other)
    quiet(case)
    reference = case.js("document.querySelector('#picture img').src")
    case.choose("#mode", mode)
    case.until(f"document.querySelector('#picture img').src !== {reference!r}")
    assert case.js(SPREAD_OF_GREYS) > 5
    assert before


def test_one_bone_is_moved_by_itself_and_put_back(case):
    together = pose(case)
    case.choose("#moving", "femur_left")
    case.until("document.querySelector('#moving').selectedOptions[0].innerText === 'Left femur (own pose)'")
    case.js(TYPE_SPIN)
    case.until(f"{FIELDS}[5] === 4")
    case.choose("#moving", "")
    case.until(f"{FIELDS}.join() === '{','.join(f'{value:g}' for value in together)}'")
    assert "Left femur (own pose)" in case.text("#moving")
    case.choose("#moving", "femur_left")
    case.until(f"{FIELDS}[5] === 4")
    case.click("#reset")
    case.until(f"{FIELDS}[5] === 0")
    case.choose("#moving", "")
    case.until("document.querySelector('#moving').selectedOptions[0].innerText === 'All ticked bones together'")


def test_a_second_xray_is_shown_with_the_bones_and_taken_out(case):
    case.click("#simulate-second")
    case.until("document.querySelector('#second-picture')?.naturalWidth", 60)
    assert "90°" in case.text("#second-loaded")
    before = case.js("document.querySelector('#second-picture').src")
    case.js(TYPE_SPIN)
    case.until(f"document.querySelector('#second-picture').src !== {before!r}", 30)
    case.click("#remove-second")
    case.until("!document.querySelector('#second-picture')")


def test_registering_measuring_and_the_report(case, served):
    case.choose("#mode", "blend")
    case.click("#register")
    case.until("document.querySelector('#quality')", 60)
    error, start = re.search(
        r"hidden truth: ([\d.]+) mm in plane \(start ([\d.]+) mm\)", case.text("#quality")
    ).groups()
    assert float(error) < 2 < float(start)
    assert re.search("Accepted|Doubtful", case.text("#quality"))
    assert re.search(r"Similarity 0\.\d\d", case.text("#quality"))
    case.click("#measure-in-view")
    case.until("document.querySelector('#section-reg').innerText.includes('see Results')", 30)
    case.click("#step-res")
    rows = case.until(
        "[...document.querySelectorAll('#results tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))"
    )
    units = {row[0]: row[3] for row in rows}
    assert any(name.startswith("aBMD") and unit == "g/cm²" for name, unit in units.items())
    assert any("X-ray's view" in name for name in units)
    address = case.js("document.querySelector('#report-html').href")
    with urllib.request.urlopen(address) as answer:
        report = answer.read().decode()
    assert "Synthetic" in report
    assert rows[0][0] in report


def test_nothing_leaves_the_machine_and_the_page_logs_no_errors(case, served, chromium):
    hosts = {address.split("/")[2] for address in chromium.asked if "://" in address}
    assert hosts == {served.root.split("/")[2]}
    assert [line for line in chromium.said if "/paraview/" not in line] == []


def test_cancel_leaves_everything_as_it_was(page):
    page.click("#virtual")
    page.click("#hip_foot-cancel")
    page.until(
        "/Cancelled: nothing was changed|was ended to cancel/.test(document.querySelector('.bd-foot').innerText)", 20
    )
    assert not page.js("document.querySelector('#ct-loaded')")
