"""Draws the app's pages into Resources/Screenshots/app-*.png: `make screenshots`."""

import io
import time
from pathlib import Path

from browser import Browser
from conftest import Served
from hip_case import click_ct, click_xray, make_patient, simulate_xray, spread
from PIL import Image

FOLDER = Path(__file__).parents[2] / "Resources" / "Screenshots"


def main():
    served, browser = Served(), Browser()
    try:
        page = browser.open(served.address)
        walk(page, lambda: next(iter(served.front.tabs.values())).page.hip.session)
    finally:
        browser.close()
        served.close()


def walk(page, session):
    """All pictures; `session` gives the hip page's, whose hidden truth tells where true points lie."""
    make_patient(page)
    keep(page, "ct")
    simulate_xray(page)
    page.until("document.querySelector('#picture img').naturalWidth")
    keep(page, "xray")
    page.click("#step-reg")
    walk_beside(page, session())
    page.click("#register")
    page.until("document.querySelector('#quality')", 180)
    page.js("document.querySelector('#register').scrollIntoView()")
    keep(page, "register")
    page.choose("#mode", "edges")
    page.choose("#crop", "bones")
    keep(page, "edges")
    page.choose("#mode", "blend")
    page.choose("#crop", "whole")
    page.click("#measure-in-view")
    page.until("document.querySelector('#section-reg').innerText.includes('see Results')", 60)
    page.click("#step-res")
    keep(page, "results")
    page.size(3840, 2160)
    keep(page, "results-4k", size=(1920, 1080))
    page.size(1366, 768)
    page.click(".bd-bar .v-btn:nth-of-type(2)")
    walk_spine(page)


def walk_beside(page, session):
    """3D and the CT's slices beside the X-ray, with pairs of points from which the pose starts."""
    page.click("#show-3d")
    page.until("window.trame.state.get('scene_bones').length > 4", 60)
    keep(page, "3d")
    page.click("#show-slices")
    page.click("#mark")
    page.until("document.querySelector('#slice img').naturalWidth")
    for point, pixel in zip(*spread(session, 4), strict=True):
        click_xray(page, session, pixel)
        click_ct(page, session, point)
        time.sleep(0.3)
    page.js("document.querySelector('#pairs').scrollIntoView({block: 'center'})")
    keep(page, "pairs")
    page.click("#pairs-clear")
    page.click("#mark")
    page.click("#show-slices")


def walk_spine(page):
    """A virtual person made twenty years younger, with the shipped weights."""
    page.click("#virtual-person")
    page.until("document.querySelector('#factual')", 180)
    page.click("#step-what")
    page.until("!document.querySelector('#do-age').disabled", 120)
    page.js(
        "(() => { const i = document.querySelector('#do-age'); i.value -= 20; i.dispatchEvent(new Event('input')) })()"
    )
    page.until("document.querySelectorAll('#sizes tbody tr').length > 3", 60)
    keep(page, "spine")
    page.click("#step-graph")
    keep(page, "spine-causes")
    page.click("#step-out")
    page.click("#keep")
    keep(page, "spine-results")


def keep(page, name, size=None):
    """A picture of the window once it rests, `size` pixels large."""
    time.sleep(1.5)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture = picture.resize(size, Image.Resampling.LANCZOS) if size else picture
    picture.save(FOLDER / f"app-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
