"""The spine page takes a CT of one's own with its bones, and saves and opens sessions."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
import SimpleITK
import spine_person
from spine_person import DRAWN, close_spine, move_age, open_spine, said_age, write_files

pytest.importorskip("torch", reason="the counterfactual needs PyTorch")

SAVED = """(async () => {
  const answer = await fetch(document.querySelector('#save-session').href);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  let text = ''; for (const byte of bytes) text += String.fromCharCode(byte);
  return [answer.headers.get('Content-Disposition'), btoa(text)];
})()"""

FOOT = "[...document.querySelectorAll('.bd-foot')].map((e) => e.innerText).join(' ')"

person = spine_person.person


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Weights, image, person, CT, bones under TotalSegmentator's values, and bones without L2."""
    from bonedensity.anatomy.labels import BY_NAME
    from bonedensity.imaging.sitk_bridge import to_sitk

    folder = write_files(tmp_path_factory.mktemp("spine"))
    ct, labels = DRAWN["block_ct"]()
    table = np.array([0, *(BY_NAME[labels.names[value]].value for value in (1, 2, 3, 4))], np.uint8)
    SimpleITK.WriteImage(to_sitk(ct), str(folder / "ct.nii.gz"))
    for name, kept in (("bones", table), ("three", np.where(table == BY_NAME["vertebrae_L2"].value, 0, table))):
        whole = labels.volume.with_array(kept[labels.volume.array])
        SimpleITK.WriteImage(to_sitk(whole), str(folder / f"{name}.nii.gz"))
    return folder


def test_a_ct_of_ones_own_is_opened_with_its_bones_and_the_change_is_shown_in_it(person, files):
    move_age(person, 80)
    person.click("#step-out")
    person.until("document.querySelector('#section-out').innerText.includes('Choose the person')")
    person.files("#section-out input[aria-label='Open CT']", files / "ct.nii.gz")
    person.until("document.querySelector('#spine-ct-loaded').innerText.includes('20 × 16 × 40 voxels')", 30)
    person.files("#section-out input[aria-label='Open its bones']", files / "three.nii.gz")
    person.until(f"{FOOT}.includes('lacks L2: all of L1 to L4 are needed')", 30)
    assert person.session.state.labels is None
    person.files("#section-out input[aria-label='Open its bones']", files / "bones.nii.gz")
    person.until("document.querySelector('#spine-ct-loaded').innerText.includes('with its bones')", 30)
    person.click("#in-ct")
    person.until("document.querySelectorAll('#ct-pictures img').length === 3", 60)
    assert len(set(person.js("[...document.querySelectorAll('#ct-pictures img')].map((i) => i.src)"))) == 3
    person.until("document.querySelector('#ct-shown').innerText.startsWith('In the CT: Age = 80 years.')", 30)


def test_a_file_that_is_no_ct_is_said_and_the_ct_stays(person, files):
    before = person.session.state.ct
    person.files("#section-out input[aria-label='Open CT']", files / "person.json")
    person.until(f"{FOOT}.includes('person.json')", 30)
    assert person.session.state.ct is before


@pytest.fixture(scope="module")
def saved(person, tmp_path_factory):
    """The session as the page downloads it, with a sweep and a moved corner."""
    person.click("#step-what")
    person.click("#sweep")
    person.until("document.querySelector('#play')", 120)
    person.click("#play")
    move_age(person, 70)
    person.js("document.querySelector('#corners circle').focus()")
    person.key("ArrowRight")
    person.until("!document.querySelector('#found-corners').disabled")
    person.click("#step-who")
    named, data = person.js(SAVED)
    assert "spine-session.zip" in named
    path = tmp_path_factory.mktemp("saved") / "session.zip"
    path.write_bytes(base64.b64decode(data))
    return path


def test_a_saved_session_holds_numbers_and_pictures_alone(saved):
    with zipfile.ZipFile(saved) as archive:
        names = archive.namelist()
        values = json.loads(archive.read("session.json"))
        image = np.load(io.BytesIO(archive.read("dxa.npy")), allow_pickle=False)
    assert names == ["session.json", "dxa.npy"]
    assert values["do"] == {"age": 70.0}
    assert image.shape == (156, 143)


def test_a_saved_session_opens_in_another_tab_where_it_was_left(person, served, chromium, saved):
    known = person.session.state
    page = open_spine(served, chromium)
    page.files("#section-who input[aria-label='Open session']", saved)
    said_age(page, 70)
    page.until("!document.querySelector('#found-corners').disabled", 30)
    page.click("#step-what")
    page.until("document.querySelector('#play')", 120)
    page.until("document.querySelector('#play').innerText === 'Play'")  # it rests until it is asked for
    state = page.session.state
    assert np.array_equal(state.dxa.array, known.dxa.array)
    assert np.allclose(state.outline, known.outline)
    assert state.attributes == known.attributes
    assert state.sweep.values == known.sweep.values
    assert np.array_equal(state.sweep.frames[0].difference, known.sweep.frames[0].difference)
    close_spine(page, chromium)


def test_a_file_that_is_no_session_is_said_in_one_sentence_and_all_stays(person, files):
    before = person.session.state.dxa
    person.click("#step-who")
    person.files("#section-who input[aria-label='Open session']", files / "person.json")
    person.until(f"{FOOT}.includes('“person.json” is no spine session')", 30)
    assert person.session.state.dxa is before
    said_age(person, 70)
