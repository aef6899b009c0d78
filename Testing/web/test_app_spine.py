"""The spine page: a DXA and a person uploaded, a slider moved, a sweep played; with untrained weights."""

import json
import runpy
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the counterfactual needs PyTorch")

SCIENCE = Path(__file__).parents[1] / "science"

PERSON = {
    "sex": 0.0, "age": 60.0, "standing_height": 165.0, "weight": 70.0,
    "l1_l4_width": 4.3, "l1_l4_height": 13.7, "l1_l4_area": 58.0,
}  # fmt: skip

SLIDE = """(() => {
  const i = document.querySelector('#do-age'); i.value = VALUE; i.dispatchEvent(new Event('input'));
})()"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folder with weights, an image and a person."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("spine")
    runpy.run_path(str(SCIENCE / "chvae_weights.py"))["write_weights"](folder / "weights")
    drawn = runpy.run_path(str(SCIENCE / "chvae_drawings.py"))["draw_spine"](PERSON, 1)
    Image.fromarray(np.asarray(drawn).astype(np.uint8)).save(folder / "spine.png")
    (folder / "person.json").write_text(json.dumps(PERSON))
    return folder


def test_age_is_moved_and_the_counterfactual_follows(page, files):
    page.click(".bd-bar .v-btn:nth-of-type(2)")
    page.until("document.querySelector('#virtual-person').offsetParent")
    type_folder = "(() => { const i = document.querySelector('#model-folder'); i.value = VALUE; " \
        "i.dispatchEvent(new Event('change')) })()"  # fmt: skip
    page.js(type_folder.replace("VALUE", json.dumps(str(files / "weights"))))
    page.files("#section-who input[aria-label='Open DXA']", files / "spine.png")
    page.until("document.querySelector('#dxa-loaded')", 30)
    page.files("#section-who input[aria-label='Fill from a table']", files / "person.json")
    page.click("#step-what")
    page.until("!document.querySelector('#do-age').disabled", 60)
    assert not page.js("document.querySelector('#counterfactual')")
    page.js(SLIDE.replace("VALUE", "80"))
    page.until("document.querySelector('#spine-said').innerText.includes('Age = 80 years')", 20)
    page.until("document.querySelector('#counterfactual').naturalWidth")
    rows = page.until(
        "[...document.querySelectorAll('#sizes tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))"
    )
    assert all(unit for *_, unit in rows)
    sources = page.js("['factual', 'counterfactual', 'difference'].map((i) => document.querySelector('#' + i).src)")
    assert len(set(sources)) == 3
    page.click("#sweep")
    page.until("document.querySelector('#play')", 60)
    first = page.until("document.querySelector('#sweep-said').innerText")
    page.until(f"document.querySelector('#sweep-said').innerText !== {json.dumps(first)}")  # it plays by itself
    page.click("#play")
    time.sleep(0.2)
    held = page.text("#sweep-said")
    time.sleep(0.6)
    assert page.text("#sweep-said") == held
