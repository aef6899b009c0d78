"""A session's report says every number and every doubt, and what is synthetic; plots show what they say."""

import re

import numpy as np
import pytest

from bonedensity.densitometry import Calibration
from bonedensity.densitometry.age_figure import age_figure
from bonedensity.densitometry.agreement.cohort import numeric_columns, paired_columns
from bonedensity.densitometry.map_figure import density_map_figure
from bonedensity.densitometry.zscore import z_score
from bonedensity.errors import StatisticsError, UnreadableFileError, UnwritableFileError
from bonedensity.imaging import Radiograph, Volume
from bonedensity.measurement import Measurement
from bonedensity.workflows.ct_facts import Doubts
from bonedensity.workflows.session_report import report_content
from bonedensity.workflows.session_report_files import report_page, write_report_html, write_report_pdf
from bonedensity.workflows.session_state import SessionState

SPINE = Measurement("aBMD, L1-L4", 0.95, "g/cm²", 0.04)


def state():
    made = SessionState(
        ct=Volume(np.zeros((4, 5, 6), np.int16), np.eye(4), "HU", "scan <1>", ("Slices were uneven.",)),
        radiograph=Radiograph(np.random.default_rng(0).uniform(size=(20, 30)), name="film"),
        calibration=Calibration(2.0, 0.0),
        measurements=tuple(Measurement(f"aBMD, part {n}", 0.5 + n / 100, "g/cm²", 0.01) for n in range(60)),
        doubts=Doubts((("metal", "Left femur holds metal."),), {"Total hip, left": "it holds metal"}),
        synthetic_ct=True,
    )
    made.maps["Total hip"] = np.full((10, 12, 3), 90, np.uint8)
    return made


def test_the_page_holds_every_number_doubt_note_and_picture_and_escapes_names():
    page = report_page(report_content(state()))
    for n in range(60):
        assert f"<td>aBMD, part {n}</td>" in page
    for said in ("Left femur holds metal.", "it holds metal", "Slices were uneven.", "outside 0.55-0.95"):
        assert said in page
    assert "Synthetic: CT of no real person" in page
    assert "scan &lt;1&gt;" in page
    assert page.count("data:image/png") == 1
    assert "http" not in re.sub(r"data:image/png;base64,[^\"]*", "", page)  # nothing is fetched


def test_what_is_not_there_is_left_out():
    page = report_page(report_content(SessionState()))
    for heading in ("Numbers", "Pictures", "Doubts", "Notes"):
        assert f"<h2>{heading}" not in page
    assert "Research use only" in page


def test_the_pdf_has_a_page_for_every_46_lines_and_every_two_pictures(tmp_path):
    content = report_content(state())
    write_report_pdf(content, tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", data)) == 3  # 77 lines, one picture


def test_a_report_that_cannot_be_written_is_said(tmp_path):
    content = report_content(SessionState())
    for write in (write_report_html, write_report_pdf):
        with pytest.raises(UnwritableFileError, match="was not written"):
            write(content, tmp_path / "nowhere" / "a")


def test_the_plot_against_age_shows_the_person_where_they_are_and_says_the_z_score():
    figure, score = age_figure(SPINE, region="L1-L4", sex="F", age=64.0)
    assert score.value == z_score(SPINE, region="L1-L4", sex="F", age=64.0).value
    axes = figure.axes[0]
    person = next(line for line in axes.get_lines() if line.get_marker() == "o")
    assert person.get_xydata().tolist() == [[64.0, 0.95]]
    assert f"{score.value:+.1f} SD" in axes.get_title()
    assert "g/cm²" in axes.get_ylabel()
    assert "years" in axes.get_xlabel()


def test_the_density_map_shows_the_xray_where_there_is_no_bone_and_has_a_scale_with_a_unit():
    density = np.zeros((20, 30), np.float32)
    density[5:9, 5:9] = 1.3
    figure = density_map_figure(np.random.default_rng(0).uniform(size=(20, 30)).astype(np.float32), density, "Hip")
    drawn = figure.axes[0].get_images()[1].get_array()
    assert np.array_equal(~np.ma.getmaskarray(drawn), density > 0)
    assert "g/cm²" in figure.axes[1].get_ylabel()


def test_a_cohorts_numeric_columns_are_found_and_rows_without_both_values_are_left_out(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("person,dxa,ct,remark\nA,0.9,1.0,x\nB,,0.8,y\nC,0.7,0.75,\n")
    assert numeric_columns(path) == ["dxa", "ct"]
    dxa, ct = paired_columns(path, "dxa", "ct")
    assert dxa.tolist() == [0.9, 0.7]
    assert ct.tolist() == [1.0, 0.75]
    with pytest.raises(StatisticsError, match="no column “mri”"):
        paired_columns(path, "dxa", "mri")
    with pytest.raises(UnreadableFileError):
        numeric_columns(tmp_path / "gone.csv")
