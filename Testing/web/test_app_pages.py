"""The page fits its window, is reached by keyboard, and takes files."""

import numpy as np
import pytest
import SimpleITK

WINDOWS = {"1366x768": (1366, 768), "4K": (3840, 2160)}

STEPS = ("ct", "xray", "reg", "est", "res")

CUT_OFF = """[...document.querySelectorAll('.bd-app *')].filter((e) => {
  const box = e.getBoundingClientRect();
  if (!box.width || !box.height || e.closest('.bd-hidden') || e.closest('.bd-section, .v-tab__slider')) return false;
  return box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1;
}).map((e) => e.className + ' ' + e.tagName)"""

WIDE_SECTIONS = """[...document.querySelectorAll('.bd-section')].filter((e) => e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.id)"""

NAMELESS = """[...document.querySelectorAll('button, input, select, [tabindex="0"]')].filter((e) => e.offsetParent)
  .filter((e) => !(e.innerText || e.ariaLabel || e.title || (e.labels && e.labels.length && e.labels[0].innerText)))
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("name", WINDOWS)
def test_nothing_is_cut_off_and_the_picture_has_most_of_the_window(page, name):
    width, height = WINDOWS[name]
    page.size(width, height)
    for step in STEPS:
        page.click(f"#step-{step}")
        page.until(f"document.querySelector('#section-{step}').offsetHeight > 100")
        assert page.js(CUT_OFF) == []
        assert page.js(WIDE_SECTIONS) == []
    box = page.js(
        "(() => { const b = document.querySelector('#picture').getBoundingClientRect(); return b.width * b.height })()"
    )
    assert box > 0.5 * width * height


def test_letters_can_be_read_in_a_4k_window(page):
    page.size(*WINDOWS["4K"])
    height = page.js("document.querySelector('#virtual').getBoundingClientRect().height")
    assert height > 40


def test_every_control_has_a_name(page):
    for step in STEPS:
        page.click(f"#step-{step}")
        page.until(f"document.querySelector('#section-{step}').offsetHeight > 100")
        assert page.js(NAMELESS) == []


def test_the_keyboard_alone_reaches_the_first_button_and_presses_it(page):
    for _ in range(12):
        page.key("Tab")
        if page.js("document.activeElement.id") == "virtual":
            break
    assert page.js("document.activeElement.id") == "virtual"
    page.js("document.activeElement.click()")
    page.until("document.querySelector('#hip_foot-cancel')")
    page.click("#hip_foot-cancel")


def test_each_step_says_what_it_needs(page):
    needs = {
        "ct": "Load a CT",
        "xray": "Load an X-ray",
        "reg": "Load a CT",
        "est": "X-ray",
        "res": "Nothing is measured",
    }
    for step, words in needs.items():
        page.click(f"#step-{step}")
        page.until(f"document.querySelector('#section-{step} .bd-need').innerText.includes({words!r})")


def test_a_ct_is_uploaded_and_its_size_is_said(page, tmp_path):
    image = SimpleITK.GetImageFromArray(np.arange(-105, 105, dtype=np.int16).reshape(5, 6, 7))
    image.SetSpacing((1.5, 1.5, 3.0))
    path = tmp_path / "small.nrrd"
    SimpleITK.WriteImage(image, str(path))
    page.files("#section-ct input[type=file]", path)
    page.until("document.querySelector('#ct-loaded')", 30)
    assert "7 × 6 × 5 voxels of 1.50 × 1.50 × 3.00 mm" in page.text("#ct-loaded")


def test_a_file_that_is_no_image_is_refused_in_one_sentence(page, tmp_path):
    path = tmp_path / "letter.nrrd"
    path.write_text("Dear Sir")
    page.files("#section-ct input[type=file]", path)
    page.until("document.querySelector('.bd-foot .bd-bad')", 30)
    assert "letter.nrrd" in page.text(".bd-foot .bd-bad")
    assert not page.js("document.querySelector('#ct-loaded')")


def test_of_several_files_the_header_is_read_and_of_slices_the_folder(tmp_path):
    from bonedensity.web.files import what_to_read

    (tmp_path / "ct.raw").touch()
    assert what_to_read(tmp_path) == tmp_path / "ct.raw"
    (tmp_path / "ct.mhd").touch()
    assert what_to_read(tmp_path) == tmp_path / "ct.mhd"
    slices = tmp_path / "slices"
    slices.mkdir()
    for number in range(3):
        (slices / f"{number}.dcm").touch()
    assert what_to_read(slices) == slices


def test_a_number_has_as_many_digits_as_its_uncertainty_bears():
    from bonedensity.measurement import Measurement
    from bonedensity.web.hip.results import row_of

    row = row_of(Measurement("vBMD", 339.223, "mg/cm³", 11.2))
    assert (row["value"], row["uncertainty"], row["unit"]) == ("339", "11", "mg/cm³")
    row = row_of(Measurement("aBMD", 0.96634, "g/cm²", 0.0319))
    assert (row["value"], row["uncertainty"]) == ("0.966", "0.032")
    assert row_of(Measurement("area", 32.5312, "cm²"))["uncertainty"] == ""
