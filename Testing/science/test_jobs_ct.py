"""Calibration, segmentation and densitometry through the worker give what the library gives."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.densitometry import Calibration, measure
from bonedensity.densitometry.all_regions import WANTED, measure_all_regions
from bonedensity.densitometry.phantoms import calibrate_by_phantom, phantom_named
from bonedensity.errors import CancelledError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs import JobError, WorkerClient
from bonedensity.segmentation.memory import needed_gib
from bonedensity.virtual import make_hip_patient

DRAWING = runpy.run_path(str(Path(__file__).with_name("phantom_scans.py")))


@pytest.fixture(scope="module")
def client():
    with WorkerClient() as running:
        yield running


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(2, spacing_mm=4.0)


def test_the_worker_finds_a_phantom_and_draws_its_rods(client):
    phantom = phantom_named("QRM-BDC/3")
    ct = DRAWING["phantom_scan"](np.random.default_rng(3), phantom, DRAWING["Scan"](slope=0.81, intercept=-5.0))
    value = client.run("calibrate", {"ct": client.exchange.put(ct), "method": "QRM-BDC/3"}, timeout_s=60)
    found = calibrate_by_phantom(ct, phantom)
    assert Calibration.from_json(value["calibration"]) == found.calibration
    assert len(value["details"]["rods"]) == 3
    picture = client.exchange.take(value["picture"], np.ndarray)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert picture.std() > 20  # something is drawn


def test_an_internal_calibration_comes_with_its_tissues_and_a_picture(client, patient):
    value = client.run("calibrate", {"ct": client.exchange.put(patient.ct), "method": "internal"}, timeout_s=60)
    assert value["calibration"]["source"] == "internal"
    assert set(value["details"]["references_hu"]) >= {"air", "adipose", "muscle", "cortical_bone"}
    assert value["picture"] is not None


def test_a_scanners_table_needs_no_picture(client, patient):
    request = {"ct": client.exchange.put(patient.ct), "method": "scanner", "kvp": 110.0}
    value = client.run("calibrate", request, timeout_s=60)
    assert "110 kV" in value["calibration"]["source"]
    assert value["picture"] is None


@pytest.mark.parametrize(("method", "words"), [("QRM-BDC/6", "QRM"), ("kitchen scales", "no phantom")])
def test_a_phantom_that_is_not_there_is_said(client, patient, method, words):
    with pytest.raises(JobError, match=words) as caught:
        client.run("calibrate", {"ct": client.exchange.put(patient.ct), "method": method}, timeout_s=60)
    assert caught.value.kind == "input"


def test_the_threshold_engine_tells_seconds_and_memory(client, patient):
    value = client.run("segment", {"ct": client.exchange.put(patient.ct), "engine": "threshold"}, timeout_s=60)
    assert value["engine"] == "threshold"
    assert value["uncertainty"] is None
    assert value["seconds"] > 0
    assert any("GiB of memory" in note for note in value["notes"])
    assert client.exchange.get(value["labels"], LabelMap).volume.array.shape == patient.ct.array.shape


def test_the_bayesian_network_brings_its_doubt_on_its_own_grid(client, patient):
    request = {"ct": client.exchange.put(patient.ct), "engine": "bayesian-unet", "samples": 1}
    value = client.run("segment", request, timeout_s=120)
    doubt = client.exchange.get(value["uncertainty"], Volume)
    assert doubt.array.min() >= 0
    assert doubt.array.max() <= 1
    assert 0 < value["confidence"] < 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"engine": "magic"}, "engine"), ({"engine": "monai-bundle"}, "folder"), ({"samples": 0}, "samples")],
)
def test_a_bad_request_to_segment_is_named(client, patient, changes, words):
    request = {"ct": client.exchange.put(patient.ct), "engine": "threshold", **changes}
    with pytest.raises(JobError, match=words):
        client.run("segment", request, timeout_s=60)


def test_more_voxels_need_more_memory():
    small = Volume(np.zeros((10, 10, 10), np.int16), np.eye(4))
    large = Volume(np.zeros((200, 200, 200), np.int16), np.eye(4))
    assert needed_gib(small, "bayesian-unet") < needed_gib(large, "bayesian-unet") < 1.0


@pytest.fixture(scope="module")
def found(patient):
    return measure_all_regions(patient.ct, patient.labels, Calibration(0.8, 0.0))


def test_every_region_is_measured_or_refused_with_a_reason(patient, found):
    titles = {title for _, _, title in WANTED}
    assert {result.title for result in found.results} | set(found.refusals) >= titles
    direct = measure(patient.ct, patient.labels, region="femoral-neck", side="L", calibration=Calibration(0.8, 0.0))
    assert direct.measurements[0].value in [m.value for m in found.measurements]
    assert len({m.name for m in found.measurements}) == len(found.measurements)


def test_metal_is_flagged_and_its_side_is_refused(patient):
    hu = np.array(patient.ct.array)
    inside = np.argwhere(patient.labels.mask(["femur_left"]))
    k, j, i = inside[inside[:, 0].argsort()[-len(inside) // 4 :]].mean(axis=0).round().astype(int)
    hu[k - 2 : k + 3, j - 2 : j + 3, i - 2 : i + 3] = 3000
    found = measure_all_regions(patient.ct.with_array(hu), patient.labels, Calibration.nominal())
    assert ("metal", "femur_left") in {(flag.kind, flag.where) for flag in found.flags}
    assert any("metal" in why for title, why in found.refusals.items() if "left" in title)
    assert not any("metal" in why for title, why in found.refusals.items() if "right" in title)


def test_the_densitometry_can_be_stopped(patient):
    with pytest.raises(CancelledError):
        measure_all_regions(patient.ct, patient.labels, Calibration.nominal(), should_stop=lambda: True)


def test_the_worker_measures_all_that_the_library_measures(client, patient, found):
    exchange, calibration = client.exchange, Calibration(0.8, 0.0)
    request = {"ct": exchange.put(patient.ct), "labels": exchange.put(patient.labels),
               "calibration": calibration.to_json()}  # fmt: skip
    value = client.run("densitometry", request, timeout_s=120)
    assert [m["value"] for m in value["measurements"]] == [m.value for m in found.measurements]
    assert value["refusals"] == dict(found.refusals)
    assert len(value["flags"]) == len(found.flags)
