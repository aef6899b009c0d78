"""Measuring through the worker gives what measuring directly gives."""

import pytest

from bonedensity.densitometry import Calibration, measure
from bonedensity.geometry import RigidTransform, c_arm_camera, camera_to_json
from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs import JobError, WorkerClient


@pytest.fixture(scope="module")
def client():
    with WorkerClient() as running:
        yield running


@pytest.fixture(scope="module")
def patient(client):
    return client.run("virtual_patient", {"seed": 2, "spacing_mm": 3.0}, timeout_s=120)


def test_the_worker_measures_what_the_engine_measures(client, patient):
    calibration = Calibration(0.8, -4)
    value = client.run(
        "measure",
        {"ct": patient["ct"], "labels": patient["labels"], "region": "femoral-neck", "side": "L",
         "calibration": calibration.to_json()},
        timeout_s=120,
    )  # fmt: skip
    ct, labels = client.exchange.get(patient["ct"], Volume), client.exchange.get(patient["labels"], LabelMap)
    direct = measure(ct, labels, region="femoral-neck", calibration=calibration, side="L")
    assert [m["value"] for m in value["measurements"]] == [m.value for m in direct.measurements]


def test_a_region_is_shown_on_the_radiograph(client, patient):
    camera = c_arm_camera(sdd_mm=1150, source_to_isocentre_mm=1000, rows=96, columns=96, pixel_spacing_mm=(4.0, 4.0))
    value = client.run(
        "measure",
        {"ct": patient["ct"], "labels": patient["labels"], "region": "femoral-neck", "camera": camera_to_json(camera),
         "pose": RigidTransform.identity().matrix.ravel().tolist()},
        timeout_s=120,
    )  # fmt: skip
    import numpy as np

    image = client.exchange.take(value["in_view"], np.ndarray)
    assert image.shape == (96, 96)
    assert (image > 0).sum() > 5
    assert image[image > 0].mean() == pytest.approx(value["in_view_abmd"], rel=1e-4)


def test_without_a_calibration_the_doubt_is_said(client, patient):
    request = {"ct": patient["ct"], "labels": patient["labels"], "region": "L1-L4"}
    assert any("assumed" in doubt for doubt in client.run("measure", request, timeout_s=120)["doubts"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"region": "wrist"}, "region"), ({"side": "X"}, "side"), ({"calibration": {"slope": 0.8}}, "intercept")],
)
def test_bad_parameters_are_named(client, patient, changes, words):
    request = {"ct": patient["ct"], "labels": patient["labels"], "region": "femoral-neck", **changes}
    with pytest.raises(JobError, match=words) as caught:
        client.run("measure", request, timeout_s=120)
    assert caught.value.kind == "input"
