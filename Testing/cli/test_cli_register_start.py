"""`bonedensity register` from a view's name, from landmarks, after a coarse search, with calibration files."""

import json

import numpy as np
import pytest

from bonedensity.geometry import RigidTransform, camera_from_json
from bonedensity.geometry.matrix_text import matrix_text
from bonedensity.geometry.mayacam import mayacam2_text

POINTS = {"a": (40, 0, 30), "b": (-50, 20, 10), "c": (0, -40, -60), "d": (60, 30, -20), "e": (-20, 10, 70)}
"""Off the registered bones' centre (LPS mm)."""


@pytest.fixture(scope="module")
def case(virtual_case):
    folder, demo = virtual_case
    truth = RigidTransform(demo.json["registration"]["world_from_ct"])
    camera = camera_from_json(json.loads((folder / "demo" / "camera.json").read_text()))
    return folder, camera, truth


@pytest.fixture(scope="module")
def register(cli, case, tmp_path_factory):
    folder, _, _ = case
    pose = tmp_path_factory.mktemp("poses") / "pose.json"

    def run(*options, camera=folder / "demo" / "camera.json"):
        return cli(
            "register", folder / "ct.nii.gz", folder / "demo" / "xray.png", "--camera", camera,
            "--segmentation", folder / "labels.nii.gz", "-o", pose, "--json", *options,
        )  # fmt: skip

    return run


def in_plane_mm(values, truth: RigidTransform) -> float:
    """How far the bones' centre is from the demo's, along the image (the demo's view is AP)."""
    centre = np.array(values["centre"])
    shift = RigidTransform(values["world_from_ct"]).apply(centre) - truth.apply(centre)
    return float(np.linalg.norm(shift[[0, 2]]))


def write_landmarks(path, case, *, wrong=()):
    _, camera, truth = case
    centre = truth.inverse().apply([0, 0, 0])
    pairs = {}
    for name, offset in POINTS.items():
        pixel = camera.project(truth.apply(centre + offset)) + (80 if name in wrong else 0)
        pairs[name] = {"ct": (centre + offset).tolist(), "xray": pixel.tolist()}
    path.write_text(json.dumps(pairs))
    return path


def test_landmarks_give_the_start_and_judge_the_end(register, case, tmp_path):
    run = register("--landmarks", write_landmarks(tmp_path / "lm.json", case, wrong=["d"]))
    assert run.code == 0, run.err
    values = run.json
    assert values["start"]["from"] == "landmarks"
    assert values["start"]["landmarks"]["outlier"] == "d"
    assert "“d”" in values["notes"][0]
    assert values["quality"]["landmark_mm"] < 3
    assert in_plane_mm(values, case[2]) < 1


def test_a_views_name_starts_a_camera_in_any_world(register, case, tmp_path):
    """The same camera as MayaCam in centimetres, in a laboratory's world far from the patient's."""
    _, camera, truth = case
    lab_from_world = RigidTransform.from_parameters([100, 40, -60, 300, 200, -100], centre=[0, 0, 0])
    in_lab = camera.posed(camera.camera_from_world @ lab_from_world.inverse())
    path = tmp_path / "cam.txt"
    path.write_text(mayacam2_text(in_lab, mm_per_unit=10))
    run = register("--view-name", "ap", "--source-to-object", 1000, "--camera-unit", "cm", camera=path)
    assert run.code == 0, run.err
    assert run.json["start"] == {"from": "view", "view": "ap", "standing": False}
    found = lab_from_world.inverse() @ RigidTransform(run.json["world_from_ct"])
    assert in_plane_mm({**run.json, "world_from_ct": found.matrix.ravel().tolist()}, truth) < 1


def test_a_coarse_search_mends_a_start_that_is_far_off(register, case, tmp_path):
    centre = case[2].inverse().apply([0, 0, 0])
    start = case[2] @ RigidTransform.from_parameters([0, 0, 28, 30, 0, 10], centre=centre)
    path = tmp_path / "start.json"
    path.write_text(json.dumps({"world_from_ct": start.matrix.ravel().tolist()}))
    run = register("--init", path, "--search-range", "30,45")
    assert run.code == 0, run.err
    assert run.json["start"]["searched"]["candidates"] >= 1
    assert in_plane_mm(run.json, case[2]) < 2


def mirrored(camera):
    return np.array([[-1, 0, camera.columns - 1], [0, 1, 0], [0, 0, 1]]) @ camera.projection_matrix


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--view-name", "sideways"], "is unknown: choose ap"),
        (["--standing"], "name the view"),
        (["--search-range", "wide"], "degrees and mm"),
        (["--camera-unit", "inch"], "camera unit"),
        (["--landmarks", "nowhere.json"], "nowhere.json"),
    ],
)
def test_bad_options_end_with_one_sentence(register, options, words):
    run = register(*options)
    assert run.code == 2
    assert words in run.err
    assert len(run.err.strip().splitlines()) == 1
    assert run.out == ""


def test_a_mirrored_matrix_ends_with_one_sentence(register, case, tmp_path):
    path = tmp_path / "mirrored.txt"
    path.write_text("\n".join(" ".join(map(str, row)) for row in mirrored(case[1])))
    run = register(camera=path)
    assert run.code == 2
    assert "mirrors the image" in run.err
    assert len(run.err.strip().splitlines()) == 1


def test_two_cameras_for_one_radiograph_end_with_one_sentence(register, case, tmp_path):
    path = tmp_path / "two.txt"
    path.write_text(matrix_text([case[1], case[1]]))
    run = register(camera=path)
    assert run.code == 2
    assert "hold 2" in run.err
