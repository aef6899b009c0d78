"""A drawn person with untrained weights on the spine page, for the tests of that page."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

SCIENCE = Path(__file__).parents[1] / "science"
DRAWN = runpy.run_path(str(SCIENCE / "chvae_drawings.py"))

PERSON = DRAWN["PERSON"]

SLIDE = """(() => {
  const i = document.querySelector('#do-age'); i.value = VALUE; i.dispatchEvent(new Event('input'));
})()"""

TYPE_FOLDER = """(() => {
  const i = document.querySelector('#model-folder'); i.value = VALUE; i.dispatchEvent(new Event('change'));
})()"""


def write_files(folder):
    """Weights, an image and a person."""
    from PIL import Image

    runpy.run_path(str(SCIENCE / "chvae_weights.py"))["write_weights"](folder / "weights")
    drawn = DRAWN["draw_spine"](PERSON, 1)
    Image.fromarray(np.asarray(drawn).astype(np.uint8)).save(folder / "spine.png")
    (folder / "person.json").write_text(json.dumps(PERSON))
    return folder


def open_spine(served, chromium):
    """The spine page of a new tab, and its session."""
    chromium.said.clear()
    before = set(served.front.tabs)
    page = chromium.open(served.address)
    page.until("document.querySelector('#virtual')", 60)
    page.click(".bd-bar .v-btn:nth-of-type(2)")
    page.until("document.querySelector('#virtual-person').offsetParent")
    page.session = served.front.tabs[(set(served.front.tabs) - before).pop()].page.spine.session
    return page


def load_person(page, files):
    """Weights, image and person as a user loads them; the person is abducted then."""
    page.js(TYPE_FOLDER.replace("VALUE", json.dumps(str(files / "weights"))))
    page.files("#section-who input[aria-label='Open DXA']", files / "spine.png")
    page.until("document.querySelector('#dxa-loaded')", 60)
    page.files("#section-who input[aria-label='Fill from a table']", files / "person.json")
    page.click("#step-what")
    page.until("!document.querySelector('#do-age').disabled", 120)


def close_spine(page, chromium):
    """The page is closed; it must have met no error."""
    assert [line for line in chromium.said if "paraview/" not in line] == []  # the client of trame asks for it in vain
    page.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folder with weights, an image and a person; a test file may have more in its own."""
    return write_files(tmp_path_factory.mktemp("spine"))


@pytest.fixture(scope="module")
def person(served, chromium, files):
    """The spine page with a drawn person, abducted; the tests of a file go on with it in turn."""
    page = open_spine(served, chromium)
    load_person(page, files)
    yield page
    close_spine(page, chromium)


def said_age(page, value):
    page.until(f"document.querySelector('#spine-said').innerText.includes('Age = {value} years')", 30)


def move_age(page, value):
    page.js(SLIDE.replace("VALUE", str(value)))
    said_age(page, value)
