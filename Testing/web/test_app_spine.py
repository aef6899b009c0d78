"""The spine page: person uploaded, slider moved, graph clicked, sweep played, files fetched; with untrained weights."""

import base64
import io
import json
import time
import zipfile
from pathlib import Path

import pytest
import spine_person
from spine_person import DRAWN, move_age

pytest.importorskip("torch", reason="the counterfactual needs PyTorch")

BASE64 = """async (address) => {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  let text = ''; for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}"""

PLAY = """new Promise((done) => {
  const v = document.createElement('video');
  v.muted = true;
  v.onerror = () => done([0, 0, v.error.message]);
  v.oncanplaythrough = () => done([v.duration, v.videoWidth, null]);
  v.src = 'data:video/mp4;base64,DATA';
})"""

files, person = spine_person.files, spine_person.person


def source(page, name):
    return page.js(f"document.querySelector('#{name}').src")


def test_age_is_moved_and_the_counterfactual_follows(person):
    assert not person.js("document.querySelector('#counterfactual')")
    move_age(person, 80)
    person.until("document.querySelector('#counterfactual').naturalWidth")
    assert len({source(person, name) for name in ("factual", "counterfactual", "difference")}) == 3
    person.click("#step-out")
    rows = person.until(
        "[...document.querySelectorAll('#sizes tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))", 60
    )
    assert all(unit for *_, unit, _interval in rows)
    assert len(person.js("[...document.querySelectorAll('#age-plot polyline')].map((p) => p.outerHTML)")) == 3


def test_a_node_of_the_causal_graph_is_clicked_and_set_and_clicked_again(person):
    person.click("#step-graph")
    width, follows = "#node-l1_l4_width", "document.querySelector('#node-l1_l4_area').classList.contains('moved')"
    person.until("document.querySelector('#node-age').classList.contains('chosen')")
    person.click(width)
    person.until("document.querySelector('#spine-said').innerText.includes('L1–L4 width = ')", 30)
    assert person.js("document.querySelectorAll('#causal-graph line').length") == 11
    person.click(width)
    person.until("!document.querySelector('#spine-said').innerText.includes('L1–L4 width')", 30)
    person.until(follows, 30)  # age is still set, and area lies downstream of it


def test_layers_are_laid_over_the_dxa_and_looked_at_in_turn(person):
    counterfactual = "getComputedStyle(document.querySelector('#counterfactual'))"
    box = "document.querySelector('#counterfactual').getBoundingClientRect()"
    below = "document.querySelector(\".bd-over img[alt='']\").getBoundingClientRect()"
    same = f"(() => {{ const a = {box}, b = {below}; return [a.x - b.x, a.y - b.y, a.width - b.width] }})()"
    assert person.js(same) == [0, 0, 0]
    slide = "(() => {{ const i = document.querySelector('#{}'); i.value = {}; i.dispatchEvent(new Event('input')) }})()"
    person.js(slide.format("opacity", 0.4))
    person.until(f"{counterfactual}.opacity === '0.4'")
    person.js(slide.format("curtain", 30))
    person.until(f"{counterfactual}.clipPath.includes('70%')")
    person.click("#flicker")
    person.until(f"{counterfactual}.animationName === 'bd-flicker'")
    person.click("#flicker")
    difference, bare = source(person, "difference"), source(person, "counterfactual")
    person.until("!document.querySelector('#third option[value=uncertainty]').disabled", 60)
    person.choose("#third", "uncertainty")
    person.until(f"document.querySelector('#difference').src !== {json.dumps(difference)}")
    person.click("#outlines")
    person.until(f"document.querySelector('#counterfactual').src !== {json.dumps(bare)}")


def test_a_sweep_plays_by_itself_and_rests_when_told(person):
    person.click("#step-what")
    person.click("#sweep")
    person.until("document.querySelector('#play')", 120)
    first = person.until("document.querySelector('#sweep-said').innerText")
    person.until(f"document.querySelector('#sweep-said').innerText !== {json.dumps(first)}")
    person.click("#play")
    time.sleep(0.2)
    held = person.text("#sweep-said")
    time.sleep(0.6)
    assert person.text("#sweep-said") == held


def test_people_and_interventions_are_compared_and_files_come_as_an_archive_with_a_movie_that_plays(person):
    person.click("#step-out")
    person.click("#keep")
    move_age(person, 50)
    person.until("document.querySelector('#grid').naturalWidth")
    one = person.js("document.querySelector('#grid').naturalWidth")
    person.click("#keep")
    person.until(f"document.querySelector('#grid').naturalWidth === {2 * one}")
    person.click("#prepare")
    person.until("document.querySelector('#spine-zip')", 120)
    address = person.js("document.querySelector('#spine-zip').href")
    data = base64.b64decode(person.js(f"({BASE64})({json.dumps(address)})"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = {Path(name).name for name in archive.namelist()}
        movie = archive.read("sweep_age.mp4")
    assert {"sweep_age.gif", "sheet.pdf", "table.csv", "counterfactual.png"} <= names
    seconds, width, error = person.js(PLAY.replace("DATA", base64.b64encode(movie).decode()))
    assert error is None
    assert seconds == pytest.approx(11 * 0.35, abs=0.06)
    assert width % 2 == 0


def test_the_change_is_carried_to_a_ct_and_shown_on_its_projection(person, served):
    served._loop.call_soon_threadsafe(lambda: person.session.use_ct(*DRAWN["block_ct"]()))
    person.click("#in-ct")
    person.until("document.querySelectorAll('#ct-pictures img').length === 3", 60)
    sources = person.js("[...document.querySelectorAll('#ct-pictures img')].map((i) => i.src)")
    assert len(set(sources)) == 3


@pytest.mark.parametrize("size", [(1366, 768), (3840, 2160)])
def test_nothing_of_the_spine_page_is_cut_off_and_every_control_has_a_name(person, size):
    from test_app_pages import CUT_OFF, NAMELESS, WIDE_SECTIONS

    person.size(*size)
    for step in ("who", "what", "graph", "out"):
        person.click(f"#step-{step}")
        person.until(f"document.querySelector('#section-{step}').offsetHeight > 100")
        assert person.js(CUT_OFF) == []
        assert person.js(WIDE_SECTIONS) == []
        assert person.js(NAMELESS) == []
