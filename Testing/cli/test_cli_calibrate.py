"""`bonedensity calibrate` with a phantom, the patient's tissues, or a scanner's table."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.densitometry.phantoms import phantom_named
from bonedensity.imaging.write import write_volume

DRAWING = runpy.run_path(str(Path(__file__).parents[1] / "science" / "phantom_scans.py"))


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """A CT with a phantom, and one without."""
    folder = tmp_path_factory.mktemp("phantom")
    for name, phantom in (("with", phantom_named("B-MAS200")), ("without", None)):
        write_volume(DRAWING["phantom_scan"](np.random.default_rng(1), phantom), folder / f"{name}.nii.gz")
    return folder


def test_a_phantom_is_found_drawn_and_its_line_given(cli, scans, tmp_path):
    picture = tmp_path / "rods.png"
    run = cli("calibrate", scans / "with.nii.gz", "--phantom", "B-MAS200", "--picture", picture, "--json")
    assert run.code == 0, run.err
    values = run.json
    assert values["slope"] == pytest.approx(0.78, rel=0.02)
    assert values["material"] == "CHA"
    assert values["residual_mg_cm3"] < 2
    assert values["plausible"] is True
    assert [rod["density_mg_cm3"] for rod in values["rods"]] == [0, 50, 100, 150, 200]
    assert picture.stat().st_size > 10_000
    text = cli("calibrate", scans / "with.nii.gz", "--phantom", "b-mas200")
    assert "rod 200" in text.out
    assert "Plausible" in text.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--phantom", "B-MAS200"], "No B-MAS200"),
        (["--phantom", "internal"], "no cortical_bone"),
        (["--phantom", "scanner"], "--kvp"),
        (["--phantom", "scanner", "--kvp", "150"], "150 kV"),
    ],
)
def test_a_calibration_that_cannot_be_is_exit_2_and_one_sentence(cli, scans, arguments, words):
    run = cli("calibrate", scans / "without.nii.gz", *arguments, "--json")
    assert run.code == 2, run.err
    assert run.out == ""
    assert words in run.err
    assert run.err.strip().count("\n") == 0


def test_a_tube_voltage_gives_the_table_s_line(cli, scans):
    run = cli("calibrate", scans / "without.nii.gz", "--phantom", "scanner", "--kvp", "120", "--json")
    assert run.json["slope"] == pytest.approx(0.77)
    assert run.json["slope_uncertainty"] == pytest.approx(0.1)
