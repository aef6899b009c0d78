"""CTs laid onto radiographs of the same people: what a decomposition is learnt from, against a pose that is known."""

import csv
import json

import numpy as np
import pytest

from bonedensity.densitometry import Calibration
from bonedensity.drr.xray import simulate_radiograph
from bonedensity.errors import CancelledError, GeometryError, UnreadableFileError, UnwritableFileError
from bonedensity.estimators.bmdgan.data.exposures import read_exposures, with_truth
from bonedensity.imaging.areal_greys import AREAL_STEP_G_CM2
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.imaging.write import write_array_image, write_label_map, write_volume
from bonedensity.registration.pose import ViewFrame
from bonedensity.virtual.hip import HU_INTERCEPT, HU_SLOPE, make_hip_patient
from bonedensity.workflows.ground_truth import HipProjector, PrepareOptions, finder, prepare, read_cases
from bonedensity.workflows.setup import centred_pose, nominal_camera, random_pose

CALIBRATION = f"{HU_SLOPE},{HU_INTERCEPT}"
OFF_AP = (5.0, 4.0, 3.0, 20.0, 25.0, 15.0)
EDGE_G_CM2 = 0.05


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(5, spacing_mm=2.0)


@pytest.fixture(scope="module")
def pose(patient):
    start, centre = centred_pose(patient.labels, ["sacrum", "hip_left", "hip_right"])
    return random_pose(ViewFrame(nominal_camera(), start, centre), np.random.default_rng(4), OFF_AP)


@pytest.fixture(scope="module")
def folder(patient, pose, tmp_path_factory):
    place = tmp_path_factory.mktemp("cases")
    write_volume(patient.ct, place / "ct.nii.gz")
    write_label_map(patient.labels, place / "labels.nii.gz")
    image = simulate_radiograph(patient.ct, nominal_camera(), pose, seed=1)
    write_array_image(image.array, place / "pelvis.nrrd", nominal_camera().pixel_spacing_mm)
    (place / "truth.json").write_text('{"synthetic": true}')
    return place


def table(folder, name="cases.csv", **changed):
    own = {
        "identifier": "a", "ct": "ct.nii.gz", "labels": "labels.nii.gz", "sdd_mm": "1150", "age": "61",
        "truth": "truth.json",
        "xray_supine_R": "pelvis.nrrd", "xray_supine_L": "pelvis.nrrd", "dxa_hip_left_hologic_total_hip_bmd": "0.8",
    } | changed  # fmt: skip
    return rows_in(folder / name, [own])


def rows_in(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def prepared(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("prepared")
    return prepare(table(folder), place, PrepareOptions(CALIBRATION))


def areal(path):
    return read_radiograph(path).array * AREAL_STEP_G_CM2


def overlap(found, truth):
    a, b = found >= EDGE_G_CM2, truth >= EDGE_G_CM2
    return 2 * (a & b).sum() / (a.sum() + b.sum())


@pytest.fixture(scope="module")
def true_projections(patient, pose):
    """Where the femurs truly are."""
    from bonedensity.densitometry.areal import areal_density
    from bonedensity.drr.render import rays_in_patient

    projector = HipProjector(patient.ct, patient.labels, Calibration(HU_SLOPE, HU_INTERCEPT))
    rays = rays_in_patient(nominal_camera(), pose)
    seen = {side: projector.proximal_femur(side) for side in "RL"}
    return {side: areal_density(each.density, rays, each.region) for side, each in seen.items()}


@pytest.mark.parametrize("side", ["R", "L"])
def test_projections_lie_where_the_bones_truly_are(prepared, true_projections, side):
    one = next(each for each in read_exposures(prepared.manifest) if each.side == side)
    found, truth = areal(one.proximal), true_projections[side]
    assert overlap(found, truth) > 0.97
    assert found.sum() == pytest.approx(truth.sum(), rel=0.01)
    assert (areal(one.bones) >= found - 2 * AREAL_STEP_G_CM2).all()
    assert areal(one.bones).sum() > 3 * found.sum()


def test_the_manifest_is_one_to_learn_from(prepared, patient):
    exposures = with_truth(read_exposures(prepared.manifest))
    assert (prepared.accepted, prepared.doubtful, prepared.failed) == (2, 0, ())
    assert [(each.identifier, each.posture, each.side) for each in exposures] == [
        ("a", "supine", "R"),
        ("a", "supine", "L"),
    ]
    density = HipProjector(patient.ct, patient.labels, Calibration(HU_SLOPE, HU_INTERCEPT)).density_mg_cm3("R")
    assert exposures[0].qct == pytest.approx(density, abs=0.01)
    assert np.isnan(exposures[0].dxa)
    assert exposures[1].dxa == 0.8
    assert (prepared.manifest.parent / "sheets" / "a_0.png").stat().st_size > 10_000


def test_what_is_whole_is_kept_and_what_has_changed_is_made_anew(folder, prepared):
    place = prepared.manifest.parent
    image = place / "a" / "visit_0" / "xray_supine_R_proximal_femur.png"
    before, density = image.stat().st_mtime_ns, areal(image).sum()
    again = prepare(table(folder), place, PrepareOptions(CALIBRATION))
    assert again.skipped == 1
    assert (again.accepted, image.stat().st_mtime_ns) == (2, before)
    twice = prepare(table(folder, calibration=f"{2 * HU_SLOPE},{2 * HU_INTERCEPT}"), place, PrepareOptions(CALIBRATION))
    assert twice.skipped == 0
    assert areal(image).sum() == pytest.approx(2 * density, rel=0.02)


def test_what_is_made_of_virtual_people_is_called_virtual(folder, prepared, tmp_path):
    assert all(each.virtual for each in read_exposures(prepared.manifest))
    lost = prepare(table(folder, "lost.csv", truth="gone.json"), tmp_path, PrepareOptions(CALIBRATION))
    assert "gone.json”, is missing" in lost.failed[0][1]


@pytest.mark.parametrize("workers", [1, 2])
def test_one_that_cannot_be_prepared_is_told_of_and_the_others_are_whole(folder, tmp_path, workers):
    listed = list(csv.DictReader(table(folder, xray_supine_L="").open(encoding="utf-8")))
    broken = [
        listed[0] | {"identifier": "gone", "ct": "no.nii.gz"},
        listed[0] | {"identifier": "metal", "implant": "1"},
        listed[0] | {"identifier": "flat", "xray_supine_R": "grey.nrrd"},
        listed[0] | {"identifier": "whole", "truth": ""},
    ]
    write_array_image(np.full((64, 64), 7.0), folder / "grey.nrrd", (0.8, 0.8))
    path = rows_in(folder / "broken.csv", [{"implant": "", **row} for row in broken])
    done = prepare(path, tmp_path, PrepareOptions(CALIBRATION), workers=workers)
    assert [case.split(",")[0] for case, _ in done.failed] == ["gone", "metal", "flat"]
    for (_, reason), word in zip(done.failed, ["no.nii.gz", "implant", "one grey"], strict=True):
        assert word in reason
    assert [(each.identifier, each.virtual) for each in read_exposures(done.manifest)] == [("whole", False)]
    assert json.loads((tmp_path / "gone/visit_0/case.json").read_text())["rows"] == []


def test_metal_in_one_hip_leaves_the_other(patient, folder, tmp_path):
    ct = np.array(patient.ct.array)
    femur = patient.labels.mask(["femur_left"])
    ct[femur] = np.where(np.random.default_rng(0).random(int(femur.sum())) < 0.1, 3000, ct[femur])
    write_volume(patient.ct.with_array(ct), folder / "metal.nii.gz")
    done = prepare(table(folder, "metal.csv", ct="metal.nii.gz"), tmp_path, PrepareOptions(CALIBRATION))
    ((case, reason),) = done.failed
    assert "xray_supine_L" in case
    assert "metal" in reason
    assert [each.side for each in read_exposures(done.manifest)] == ["R"]


def test_a_search_that_goes_astray_is_told_as_that(folder, tmp_path, monkeypatch):
    def astray(*_, **__):
        raise GeometryError("The detector of the camera lies between source and patient.")

    monkeypatch.setattr(finder, "register_hip", astray)
    done = prepare(table(folder), tmp_path, PrepareOptions(CALIBRATION))
    assert [reason.startswith("The pelvis was not found") for _, reason in done.failed] == [True, True]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_can_be_ended_and_leaves_an_earlier_manifest(folder, tmp_path, workers):
    (tmp_path / "manifest.csv").write_text("identifier\nearlier\n")
    with pytest.raises(CancelledError):
        prepare(table(folder), tmp_path, should_stop=lambda: True, workers=workers)
    assert (tmp_path / "manifest.csv").read_text() == "identifier\nearlier\n"


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"identifier": "../a"}, "identifier"),
        ({"identifier": ""}, "identifier"),
        ({"sdd_mm": "about 1 m"}, "sdd_mm"),
        ({"ct": ""}, "nobody"),
        ({"xray_supine_R": "", "xray_supine_L": ""}, "nobody"),
    ],
)
def test_a_bad_table_is_refused_in_a_sentence(folder, changed, word):
    with pytest.raises(UnreadableFileError, match=word):
        read_cases(table(folder, "bad.csv", **changed))


def test_a_cohort_is_not_prepared_into_its_own_folder(folder, tmp_path):
    own = {"ct": str(folder / "ct.nii.gz"), "labels": "", "truth": "", "xray_supine_R": "a/visit_0/pelvis.nrrd"}
    (tmp_path / "a" / "visit_0").mkdir(parents=True)
    image = tmp_path / own["xray_supine_R"]
    image.write_bytes((folder / "pelvis.nrrd").read_bytes())
    before = image.read_bytes()
    with pytest.raises(UnwritableFileError, match=r"pelvis\.nrrd” would be written over"):
        prepare(table(tmp_path, xray_supine_L="", **own), tmp_path)
    assert image.read_bytes() == before
    with pytest.raises(UnwritableFileError, match=r"manifest\.csv” would be written over"):
        prepare(table(tmp_path, "manifest.csv", xray_supine_L="", **own), tmp_path)


def test_a_visit_that_is_listed_twice_is_refused(folder):
    row = next(csv.DictReader(table(folder).open(encoding="utf-8")))
    with pytest.raises(UnreadableFileError, match="twice"):
        read_cases(rows_in(folder / "twice.csv", [row, row]))


def test_files_of_the_table_s_own_folder_do_not_go_into_the_manifest(folder):
    (case,) = read_cases(table(folder))
    assert dict(case.row) == {
        "identifier": "a", "sdd_mm": "1150", "age": "61", "dxa_hip_left_hologic_total_hip_bmd": "0.8",
    }  # fmt: skip
