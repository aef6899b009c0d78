"""The command line: one JSON object on standard output, exit codes, one sentence for bad input."""

import csv
import json
import re
from base64 import b64decode

import numpy as np
import pytest
import SimpleITK


def one_sentence(text):
    return len(text.strip().splitlines()) == 1 and text.strip().endswith((".", ")"))


def test_the_demo_registers_measures_and_writes_everything(virtual_case):
    folder, demo = virtual_case
    assert demo.code == 0, demo.err
    values = demo.json
    assert values["registration"]["success"] is True
    assert values["registration"]["mtre_mm"] < 2
    assert values["registration"]["error"]["start"]["in_plane_mm"] > 2 * values["registration"]["mtre_mm"]
    names = [m["name"] for m in values["measurements"]]
    assert "aBMD, Femoral neck, right" in names
    assert "aBMD, L1-L4" in names
    assert {path.rsplit("/", 1)[-1] for path in values["outputs"]} == {
        "report.html", "results.json", "results.csv", "xray.png", "camera.json", "pose.json", "scene.mrb",
    }  # fmt: skip
    assert all((folder / "demo" / path.rsplit("/", 1)[-1]).stat().st_size > 100 for path in values["outputs"])


def test_standard_output_is_one_json_object(virtual_case):
    assert len(virtual_case[1].out.strip().splitlines()) == 1


def test_every_measurement_has_unit_uncertainty_and_provenance(virtual_case):
    for m in virtual_case[1].json["measurements"]:
        assert m["unit"]
        assert m["provenance"]
        if m["name"].startswith(("aBMD, Femoral", "aBMD, Proximal")):
            assert 0 < m["uncertainty"] < 0.3 * m["value"]


def test_the_report_stands_alone(virtual_case):
    html = (virtual_case[0] / "demo" / "report.html").read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    pictures = re.findall(r"base64,([A-Za-z0-9+/=]+)", html)
    assert len(pictures) >= 8
    assert all(b64decode(p).startswith(b"\x89PNG") for p in pictures)
    for words in ("Checkerboard, after", "Blend, before", "Edges, after", "g/cm²", "Research use only", "Synthetic"):
        assert words in html


def test_the_table_holds_the_same_numbers(virtual_case):
    with (virtual_case[0] / "demo" / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    values = {m["name"]: m["value"] for m in virtual_case[1].json["measurements"]}
    assert {row["name"]: float(row["value"]) for row in rows} == pytest.approx(values, rel=1e-5)


def test_the_scene_opens_with_everything(virtual_case):
    from bonedensity.scene.bundle import load_scene
    from bonedensity.scene.case import cases_in, nodes_to_case

    scene = load_scene(virtual_case[0] / "demo" / "scene.mrb")
    (nodes,) = cases_in(scene)
    case = nodes_to_case(nodes)
    found = np.array(virtual_case[1].json["registration"]["world_from_ct"]).reshape(4, 4)
    np.testing.assert_allclose(case.world_from_ct.matrix, found, atol=1e-6)
    assert set(case.drr) == set(virtual_case[1].json["registration"]["bones"])
    assert len(case.measurements) == len(virtual_case[1].json["measurements"])
    assert "right femoral head centre" in case.landmarks


def test_same_seed_same_pose(cli, virtual_case, tmp_path):
    folder, demo = virtual_case
    again = cli(
        "demo", "--ct", folder / "ct.nii.gz", "--segmentation", folder / "labels.nii.gz", "--calibration", "0.8,-4",
        "-o", tmp_path, "--json", "--seed", 3, "--no-scene",
    )  # fmt: skip
    assert again.json["registration"]["world_from_ct"] == demo.json["registration"]["world_from_ct"]


def test_register_repeats_the_demo_from_its_files(cli, virtual_case, tmp_path):
    """The demo's X-ray and camera, as files, lead a fresh registration from a centred start to the same pose."""
    folder, demo = virtual_case
    pose = tmp_path / "pose.json"
    run = cli(
        "register", folder / "ct.nii.gz", folder / "demo" / "xray.png", "--camera", folder / "demo" / "camera.json",
        "--segmentation", folder / "labels.nii.gz", "-o", pose, "--json",
    )  # fmt: skip
    assert run.code == 0, run.err
    values = run.json
    assert values["accepted"] is True
    assert json.loads(pose.read_text())["world_from_ct"] == values["world_from_ct"]
    difference = np.array(values["world_from_ct"]) - np.array(demo.json["registration"]["world_from_ct"])
    centre = np.array(values["centre"])
    shift = difference.reshape(4, 4)[:3, :3] @ centre + difference.reshape(4, 4)[:3, 3]
    assert np.linalg.norm(shift[[0, 2]]) < 1.0


def test_drr_writes_the_projection_it_reports(cli, virtual_case, tmp_path):
    folder, _ = virtual_case
    image = tmp_path / "drr.nrrd"
    run = cli(
        "drr", folder / "ct.nii.gz", "--camera", folder / "demo" / "camera.json", "--pose",
        folder / "demo" / "pose.json", "--segmentation", folder / "labels.nii.gz", "--labels", "femur_left,femur_right",
        "--quantity", "density", "--calibration", "0.8,-4", "--backend", "exact", "-o", image, "--json",
    )  # fmt: skip
    assert run.code == 0, run.err
    array = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(image)))
    assert list(np.squeeze(array).shape) == run.json["shape"]
    assert run.json["maximum"] == pytest.approx(float(array.max()))
    assert run.json["unit"] == "g/cm²"
    assert 0.5 < array.max() < 6


def test_measure_agrees_with_the_demo(cli, virtual_case):
    folder, demo = virtual_case
    run = cli(
        "measure", folder / "ct.nii.gz", folder / "labels.nii.gz", "--region", "femoral-neck", "--side", "L",
        "--calibration", "0.8,-4", "--json",
    )  # fmt: skip
    values = {m["name"]: m["value"] for m in demo.json["measurements"]}
    assert run.json["measurements"][0]["value"] == pytest.approx(values["aBMD, Femoral neck, left"])


def test_calibrate_applies_and_judges_the_line(cli, virtual_case, tmp_path):
    folder, _ = virtual_case
    output = tmp_path / "density.nii.gz"
    run = cli("calibrate", folder / "ct.nii.gz", "--phantom", "0.4,0", "-o", output, "--json")
    assert run.json["plausible"] is False
    assert run.json["doubts"]
    hu = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "ct.nii.gz"))).astype(float)
    density = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(output)))
    np.testing.assert_allclose(density, 0.4 * hu, atol=1e-3)


def test_doctor_names_the_renderer(cli):
    assert cli("doctor", "--json").json["renderer"] in ("numba", "numpy (slow; pip install numba)")


BAD = {
    "a file that is not there": (["measure", "nothing.nii", "nothing.nii", "--region", "L1-L4"], "nothing.nii"),
    "a calibration that is none": (["calibrate", "{ct}", "--phantom", "abc"], "slope and intercept"),
    "an unknown region": (["measure", "{ct}", "{labels}", "--region", "wrist"], "wrist"),
    "an unknown side": (["measure", "{ct}", "{labels}", "--region", "femoral-neck", "--side", "X"], "X"),
    "a label that is not there": (
        ["drr", "{ct}", "--camera", "{camera}", "--segmentation", "{labels}", "--labels", "tibia", "-o", "a.nrrd"],
        "tibia",
    ),
    "a camera without distance": (["drr", "{ct}", "--camera", "{bad_camera}", "-o", "a.nrrd"], "sdd_mm"),
    "a camera file that is not JSON": (["drr", "{ct}", "--camera", "{ct}", "-o", "a.nrrd"], "camera"),
    "an X-ray without a CT": (["demo", "--xray", "x.png"], "--ct"),
    "an X-ray without spacing": (["demo", "--ct", "{ct}", "--segmentation", "{labels}", "--xray", "{xray}"], "pixel"),
    "fewer cameras than radiographs": (
        ["register", "{ct}", "{xray}", "{xray}", "--camera", "{camera}", "-o", "p.json"],
        "camera",
    ),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_is_exit_2_and_one_sentence(cli, virtual_case, tmp_path, case):
    folder, _ = virtual_case
    bad_camera = tmp_path / "camera.json"
    bad_camera.write_text('{"rows": 64, "columns": 64, "pixel_spacing_mm": [1, 1]}')
    places = {
        "ct": folder / "ct.nii.gz", "labels": folder / "labels.nii.gz", "camera": folder / "demo" / "camera.json",
        "xray": folder / "demo" / "xray.png", "bad_camera": bad_camera,
    }  # fmt: skip
    arguments, words = BAD[case]
    run = cli(*[argument.format(**places) for argument in arguments], *(["--json"] if "demo" not in arguments else []))
    assert run.code == 2, run.err
    assert run.out == ""
    assert words in run.err
    assert one_sentence(run.err), run.err


def test_the_real_ct_runs_end_to_end(cli, real_ct, tmp_path):
    run = cli(
        "demo", "--ct", real_ct / "example_ct.nii.gz", "--segmentation",
        real_ct / "example_seg_fast_force_split.nii.gz", "-o", tmp_path, "--json",
    )  # fmt: skip
    assert run.code == 0, run.err
    values = run.json
    assert values["registration"]["mtre_mm"] < 2
    assert set(values["registration"]["bones"]) >= {"sacrum", "hip_right", "femur_right"}
    assert "femur_left" not in values["registration"]["bones"]  # it holds metal
    names = [m["name"] for m in values["measurements"]]
    assert "aBMD, Femoral neck, right" in names
    assert "aBMD, L1-L4" in names
    assert "scan ends" in values["refusals"]["Proximal femur, right"]
    assert "metal" in values["refusals"]["Femoral neck, left"]


def test_a_ct_alone_is_registered_by_its_dense_bone(cli, virtual_case, tmp_path):
    folder, _ = virtual_case
    run = cli("demo", "--ct", folder / "ct.nii.gz", "-o", tmp_path, "--json", "--no-scene")
    assert run.code == 0, run.err
    assert run.json["registration"]["mtre_mm"] < 2
    assert any("No segmentation" in note for note in run.json["notes"])
    assert not [m for m in run.json["measurements"] if m["name"].startswith("aBMD")]
