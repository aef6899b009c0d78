"""A page whose virtual patient has a simulated X-ray, for tests that go on from there, and clicks on its pictures."""

import time

import numpy as np

PLACE = """(() => {
  const i = document.querySelector('SELECTOR img'), b = i.getBoundingClientRect();
  const s = Math.min(b.width / i.naturalWidth, b.height / i.naturalHeight);
  return [b.left + (b.width - s * i.naturalWidth) / 2, b.top + (b.height - s * i.naturalHeight) / 2, s, i.naturalWidth];
})()"""
"""Corner of a picture on the screen, screen pixels for one of its own, and its width."""

SLIDE = """(() => {
  const i = document.querySelector('#slice-number'); i.value = NUMBER; i.dispatchEvent(new Event('input'));
})()"""


def simulated_case(served, chromium):
    """Yields the page; registrations search in one level only."""
    from bonedensity.registration.config import Level, Spread
    from bonedensity.web.hip import page as module
    from bonedensity.workflows.session import Session

    before, make = module.LEVELS, Session.make_virtual_patient
    Session.make_virtual_patient = lambda self, seed: make(self, seed, spacing_mm=3.0)  # a third of the voxels
    module.LEVELS = (Level(64, 4.0, 1.0, Spread(7.0, 8.0, 25.0), population=14, generations=30),)
    chromium.asked.clear()
    chromium.said.clear()
    page = chromium.open(served.address)
    make_patient(page)
    simulate_xray(page)
    page.click("#step-reg")
    page.until("document.querySelector('#picture img').naturalWidth")
    quiet(page)
    yield page
    page.close()
    module.LEVELS, Session.make_virtual_patient = before, make


def make_patient(page):
    """Make a virtual patient, whose bones are known then."""
    page.until("document.querySelector('#virtual')", 60)
    page.click("#virtual")
    page.until("document.querySelector('#ct-bones')", 120)


def simulate_xray(page):
    """Simulate the X-ray of the patient that is there."""
    page.click("#step-xray")
    page.click("#simulate")
    page.until("document.querySelector('#xray-loaded')", 60)


def quiet(page):
    """Until the picture has not changed for half a second."""
    seen, since = None, time.monotonic()
    while time.monotonic() - since < 0.5:
        source = page.js(
            "(() => { const s = document.querySelector('#picture img').src; return s.length + s.slice(-80) })()"
        )
        if source != seen:
            seen, since = source, time.monotonic()
        time.sleep(0.05)


def click(page, at):
    page.mouse("mousePressed", *at)
    page.mouse("mouseReleased", *at)


def on_screen(page, selector, pixel):
    """Where a pixel of a picture is on the screen."""
    left, top, scale, _ = page.js(PLACE.replace("SELECTOR", selector))
    return left + (pixel[0] + 0.5) * scale, top + (pixel[1] + 0.5) * scale


def click_xray(page, session, pixel):
    """At the X-ray's pixel (u, v)."""
    factor = session.state.preview_factor()
    click(page, on_screen(page, "#picture", (np.asarray(pixel) + 0.5) / factor - 0.5))


def click_ct(page, session, point):
    """On the coronal slice of a point (LPS mm)."""
    from bonedensity.workflows.slice_pictures import slice_at, slice_count, slice_picture

    ct = session.state.ct
    number = slice_at(ct, "coronal", point)
    page.js(SLIDE.replace("NUMBER", str(number)))
    page.until(f"document.querySelector('#cut').innerText.includes('{number + 1} of {slice_count(ct, 'coronal')}')")
    time.sleep(0.2)
    click(page, on_screen(page, "#slice", slice_picture(ct, "coronal", number).from_patient(point)))


def spread(session, count):
    """Points on the bones far from each other, which the X-ray shows, and their pixels at the hidden pose."""
    state = session.state
    points = np.concatenate([bone.points for bone in state.bone_set()])
    pixels = state.camera.project(state.truth.apply(points))
    size = np.array([state.camera.columns, state.camera.rows])
    seen = ((pixels > 0.05 * size) & (pixels < 0.95 * size)).all(axis=1)
    points, pixels = points[seen], pixels[seen]
    found = [0]
    while len(found) < count:
        apart = np.linalg.norm(points[:, None] - points[found], axis=2).min(axis=1)
        found.append(int(apart.argmax()))
    return points[found], pixels[found]
