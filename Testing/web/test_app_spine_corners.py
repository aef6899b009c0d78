"""Corners of the vertebrae are dragged on the spine page: to the pixel, with all that follows from them."""

import json
import time

import numpy as np
import pytest
import spine_person
from spine_person import DRAWN, PERSON, move_age

pytest.importorskip("torch", reason="the counterfactual needs PyTorch")

HANDLES = "[...document.querySelectorAll('#corners circle')]"

BOX = "(() => { const i = document.querySelector('#factual'), b = i.getBoundingClientRect();" \
    " return [b.left, b.top, b.width, b.height, i.naturalWidth, i.naturalHeight] })()"  # fmt: skip

files, loaded = spine_person.files, spine_person.person


@pytest.fixture(scope="module")
def person(served, loaded):
    """The person's page with corners at known places."""
    loaded.until(f"{HANDLES}.length === 16")
    show(loaded, served, DRAWN["draw_spine"](PERSON, 1).astype(np.float32), (1.25, 1.25))
    rested(loaded)
    return loaded


def show(page, served, array, pixel_mm):
    """Let the page have another DXA, with corners on its vertebrae; returns them."""
    from bonedensity.workflows.spine.state import Dxa

    rows, columns = array.shape
    tops = np.array([0.2, 0.4, 0.6, 0.8]) * rows
    corners = np.array([[[0.3 * columns, y], [0.7 * columns, y], [0.7 * columns, y + 0.1 * rows],
                         [0.3 * columns, y + 0.1 * rows]] for y in tops])  # fmt: skip
    dxa = Dxa(array, pixel_mm, "user")
    served._loop.call_soon_threadsafe(lambda: page.session.use_dxa(dxa, outline=corners))
    eventually(lambda: page.session.state.dxa is dxa)
    eventually(lambda: np.allclose(handle(page, 10), on_screen(page, corners[2, 2]), atol=0.6))
    return corners


def on_screen(page, point):
    """Where a pixel of the DXA as read is shown, told from the picture alone."""
    left, top, width, height, columns, rows = page.js(BOX)
    factor = round(page.session.state.dxa.array.shape[0] / rows)  # a picture's pixel is a block of so many
    columns, rows = factor * columns, factor * rows
    return left + (point[0] + 0.5) / columns * width, top + (point[1] + 0.5) / rows * height


def handle(page, place):
    return tuple(
        page.js(
            f"(() => {{ const b = {HANDLES}[{place}].getBoundingClientRect();"
            " return [b.left + b.width / 2, b.top + b.height / 2] })()"
        )
    )


def eventually(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.03)


def rested(page):
    state = page.session.state
    eventually(lambda: state.answer is not None and state.answer.full and page.session._settled)
    return state


def drag(page, place, across, down):
    """Drag a handle by so many pixels of the screen."""
    x, y = (round(at) for at in handle(page, place))
    before = page.session.state.outline
    page.drag((x, y), (x + across, y + down))
    eventually(lambda: page.session.state.outline is not before)
    last = None
    while last is not page.session.state.outline:  # the last place may still be on its way while pictures are drawn
        last = page.session.state.outline
        time.sleep(1.0)


def test_both_outlines_and_the_sizes_follow_a_dragged_corner_and_go_back_to_what_was_found(person):
    move_age(person, 80)
    state = rested(person)
    person.click("#step-out")
    person.until("document.querySelector('#section-out').innerText.includes('Age = 80 years')", 30)
    sizes = person.until("document.querySelector('#sizes') && document.querySelector('#sizes').innerText", 30)
    assert "L4" in sizes.split("Width, L1")[-1]
    found, after = state.outline.copy(), state.answer.outline.copy()
    x, y = (round(at) for at in handle(person, 0))
    person.mouse("mousePressed", x, y)
    for step in range(1, 11):
        person.mouse("mouseMoved", x - 3 * step, y - 2 * step)
    held = time.monotonic()
    eventually(lambda: np.allclose(state.answer.outline - after, state.outline - found) and state.outline is not found)
    assert time.monotonic() - held < 3  # at once, the hand still holding on
    person.mouse("mouseReleased", x - 30, y - 20)
    person.until(f"document.querySelector('#sizes').innerText !== {json.dumps(sizes)}", 30)
    rested(person)
    moved = state.outline - found
    assert moved[0, 0, 0] < -5
    assert moved[0, 0, 1] < -3
    assert not moved.reshape(-1, 2)[1:].any()
    assert state.answer.outline[0, 0] - after[0, 0] == pytest.approx(moved[0, 0], abs=0.1)
    assert state.answer.do == {"age": 80.0}
    person.click("#found-corners")
    person.until("document.querySelector('#found-corners').disabled")
    assert np.array_equal(state.outline, found)
    person.until(f"document.querySelector('#sizes').innerText === {json.dumps(sizes)}", 30)


def test_a_corner_is_only_taken_from_nearby_and_is_not_moved_by_a_click(person):
    before = person.session.state.outline
    for x, y in (handle(person, 3), on_screen(person, (2, 2))):
        person.drag((x, y), (x, y), steps=1)
    left, top = on_screen(person, (2, 2))
    person.drag((left, top), (left + 40, top + 40))
    time.sleep(0.3)
    assert np.allclose(person.session.state.outline, before, atol=1e-9)


def test_a_corner_cannot_leave_the_picture(person):
    drag(person, 5, 2000, -2000)
    rows, columns = person.session.state.dxa.array.shape
    assert rows > columns / 2
    assert person.session.state.outline[1, 1] == pytest.approx([columns - 0.5, -0.5])
    person.click("#found-corners")
    person.until("document.querySelector('#found-corners').disabled")


def test_the_keyboard_moves_a_corner_by_half_a_pixel_and_goes_to_the_next(person):
    before = person.session.state.outline.copy()
    person.js(f"{HANDLES}[0].focus()")
    for _ in range(3):
        person.key("ArrowRight")
    person.key("ArrowUp", held="shift")
    person.js("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'PageDown', bubbles: true}))")
    person.until(f"document.activeElement === {HANDLES}[1]")
    person.key("ArrowDown")
    eventually(lambda: person.session.state.outline[0, 1, 1] != before[0, 1, 1])
    moved = person.session.state.outline - before
    assert moved[0, 0] == pytest.approx([1.5, -5])
    assert moved[0, 1] == pytest.approx([0, 0.5])
    assert np.count_nonzero(np.abs(moved) > 1e-9) == 3
    person.click("#found-corners")
    person.until("document.querySelector('#found-corners').disabled")


@pytest.mark.parametrize(
    ("size", "grown", "pixel_mm"),
    [((1366, 768), 1, (1.25, 1.25)), ((1000, 1400), 1, (0.7, 1.6)), ((3840, 2160), 11, (0.25, 0.1))],
)
def test_a_corner_lies_where_it_was_dropped_to_half_a_pixel_of_the_dxa(person, served, size, grown, pixel_mm):
    """In any window, with pixels square or not, and of a DXA with more pixels than the picture shows."""
    person.size(*size)
    array = np.kron(DRAWN["draw_spine"](PERSON, 1), np.ones((grown, grown))).astype(np.float32)[:, : 143 * grown - 2]
    corners = show(person, served, array, pixel_mm)
    rested(person)
    _, _, width, height, *_ = person.js(BOX)
    assert width / height == pytest.approx(array.shape[1] * pixel_mm[1] / (array.shape[0] * pixel_mm[0]), rel=0.01)
    for place, (level, corner) in ((0, (0, 0)), (10, (2, 2))):
        start = handle(person, place)
        assert start == pytest.approx(on_screen(person, corners[level, corner]), abs=0.6)
        drag(person, place, 17, -9)
        shift = 17 / width * array.shape[1], -9 / height * array.shape[0]
        assert person.session.state.outline[level, corner] == pytest.approx(corners[level, corner] + shift, abs=0.5)
    person.size(1366, 768)
