"""`bonedensity landmarks`, and `measure` of what rests on landmarks, on small bones of known shape."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.imaging.write import write_label_map, write_volume

BONES = runpy.run_path(str(Path(__file__).parents[1] / "science" / "small_bones.py"))


@pytest.fixture(scope="module")
def spine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spine")
    ct, labels = BONES["spine_scan"](np.random.default_rng(0), wedges=(0, 8.5, 0, 0))
    write_volume(ct, folder / "ct.nii.gz")
    write_label_map(labels, folder / "labels.nii.gz")
    return folder / "ct.nii.gz", folder / "labels.nii.gz"


@pytest.fixture(scope="module")
def femur(tmp_path_factory):
    folder = tmp_path_factory.mktemp("femur")
    shape = BONES["FemurShape"]()
    labels = BONES["femur_labels"](shape, spacing=(2, 2, 2))
    write_label_map(labels, folder / "labels.nii.gz")
    bone = np.asarray(labels.volume.array) > 0
    hu = np.where(bone, 400, 40).astype(np.int16)
    hu[:, 0] = -1000  # air before the leg
    write_volume(labels.volume.with_array(hu, unit="HU"), folder / "ct.nii.gz")
    return shape, folder / "ct.nii.gz", folder / "labels.nii.gz"


def test_a_femur_s_landmarks_are_given_in_lps_with_confidence(cli, femur):
    shape, ct, labels = femur
    run = cli("landmarks", ct, labels, "--side", "L", "--json")
    assert run.code == 0, run.err
    points = run.json["landmarks"]
    assert np.linalg.norm(np.array(points["head_centre"]) - shape.head_centre) < 1
    assert np.linalg.norm(np.array(points["shaft_20mm"]) - shape.shaft_point(20.0)) < 3
    assert all(0 < run.json["details"][name]["confidence"] <= 1 for name in points)
    assert "confidence" in cli("landmarks", ct, labels, "--side", "L").out


def test_a_vertebra_s_corners_are_given_with_its_heights(cli, spine):
    run = cli("landmarks", *spine, "--vertebrae", "L2,L3", "--json")
    assert run.code == 0, run.err
    assert {"L2_superior_anterior", "L3_inferior_posterior"} <= set(run.json["landmarks"])
    heights = run.json["heights_mm"]
    assert heights["L2"]["anterior"] < 0.8 * heights["L2"]["posterior"]
    assert heights["L3"]["anterior"] == pytest.approx(27, abs=2)


def test_whose_landmarks_must_be_said(cli, spine):
    for arguments, words in (([], "--side L or R"), (["--side", "X"], "--side X"), (["--vertebrae", "L9"], "L9")):
        run = cli("landmarks", *spine, *arguments, "--json")
        assert run.code == 2, run.err
        assert words in run.err


def test_trabecular_density_names_its_class_and_a_fracture(cli, spine):
    run = cli("measure", *spine, "--region", "trabecular-L1-L4", "--calibration", "0.8,-4", "--json")
    assert run.code == 0, run.err
    assert run.json["measurements"][0]["value"] == pytest.approx(140, rel=0.03)
    notes = " ".join(run.json["notes"])
    assert "normal by the ACR" in notes
    assert "L2 vertebra has lost" in notes


def test_the_size_of_the_lumbar_spine_is_measured(cli, spine):
    run = cli("measure", *spine, "--region", "morphometry-L1-L4", "--json")
    assert run.code == 0, run.err
    assert {m["name"]: m["value"] for m in run.json["measurements"]}["Mean width, L1-L4"] == pytest.approx(4.4, abs=0.2)


def test_a_spine_s_areal_density_has_a_z_score_of_the_age(cli, spine):
    run = cli("measure", *spine, "--region", "L1-L4", "--calibration", "0.8,-4", "--age", 60, "--sex", "F", "--json")
    assert run.code == 0, run.err
    assert "Z-score, L1-L4" in [m["name"] for m in run.json["measurements"]]
    assert any("by WHO's borders" in note for note in run.json["notes"])


def test_mended_landmarks_are_measured_by_whoever_wrote_the_file(cli, femur, tmp_path):
    """The command's own JSON in LPS and a point list in RAS, as 3D Slicer may save it, say the same."""
    _, ct, labels = femur
    found = cli("landmarks", ct, labels, "--side", "L", "--json").json["landmarks"]
    found["neck_centre"][2] += 4.0
    ours, slicers = tmp_path / "ours.json", tmp_path / "F.mrk.json"
    ours.write_text(json.dumps({"landmarks": found}))
    points = [{"label": name, "position": [-x, -y, z]} for name, (x, y, z) in found.items()]
    slicers.write_text(json.dumps({"markups": [{"coordinateSystem": "RAS", "controlPoints": points}]}))
    measure = ("measure", ct, labels, "--region", "femoral-neck", "--side", "L", "--json")
    before, first, second = (cli(*measure, *more) for more in ((), ("--landmarks", ours), ("--landmarks", slicers)))
    values = [run.json["measurements"][0]["value"] for run in (before, first, second)]
    assert values[0] != values[1] == pytest.approx(values[2], rel=1e-9)
    assert "Set by hand: neck_centre." in first.json["notes"]


@pytest.mark.parametrize("text", ["{}", '{"landmarks": {"neck_centre": [1, 2]}}', '{"markups": 3}', "no"])
def test_a_file_without_landmarks_is_one_sentence(cli, femur, tmp_path, text):
    _, ct, labels = femur
    (tmp_path / "points.json").write_text(text)
    run = cli("measure", ct, labels, "--region", "femoral-neck", "--side", "L", "--landmarks", tmp_path / "points.json")
    assert run.code == 2
    assert len(run.err.strip().splitlines()) == 1
    assert "points.json" in run.err.replace("\n", "")
