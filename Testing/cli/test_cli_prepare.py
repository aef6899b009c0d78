"""`bonedensity prepare`: from a CT and its radiograph to a manifest."""

import csv

from bonedensity.estimators.bmdgan.data.exposures import read_exposures


def listed(folder, name, **changed):
    row = {
        "identifier": "p1", "ct": "ct.nii.gz", "labels": "labels.nii.gz", "calibration": "0.8,-4",
        "xray_supine_R": "demo/xray.png", "camera_supine_R": "demo/camera.json",
    } | changed  # fmt: skip
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return folder / name


def test_a_registered_hip_comes_out_with_its_projections(cli, virtual_case, tmp_path):
    folder, _ = virtual_case
    run = cli("prepare", listed(folder, "cases.csv"), "-o", tmp_path, "--json")
    assert run.code == 0, run.err
    assert (run.json["accepted"], run.json["doubtful"], run.json["failed"]) == (1, 0, [])
    (exposure,) = read_exposures(tmp_path / "manifest.csv")
    assert exposure.bones is not None
    assert exposure.proximal is not None
    assert 50 < exposure.qct < 800


def test_who_cannot_be_prepared_is_named(cli, virtual_case, tmp_path):
    folder, _ = virtual_case
    run = cli("prepare", listed(folder, "far.csv", camera_supine_R="", pixel_mm=""), "-o", tmp_path)
    assert run.code == 3
    assert "Not prepared: p1, visit 0, xray_supine_R." in run.out
    assert "pixel" in run.out
    assert not (tmp_path / "sheets").exists()


def test_a_table_without_a_ct_is_refused_in_one_sentence(cli, virtual_case, tmp_path):
    folder, _ = virtual_case
    run = cli("prepare", listed(folder, "bad.csv", ct=""), "-o", tmp_path)
    assert run.code == 2
    assert len(run.err.strip().splitlines()) == 1
    assert "nobody with a CT and a radiograph" in run.err
