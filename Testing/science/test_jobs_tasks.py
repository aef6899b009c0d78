"""The worker's tasks give what the functions behind them give."""

import dataclasses
import os
import signal
import sys
import time

import numpy as np
import pytest

from bonedensity.drr import render
from bonedensity.drr.xray import XraySettings, simulate_radiograph
from bonedensity.geometry import PinholeCamera, RigidTransform, camera_to_json
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.write import write_label_map, write_radiograph_png, write_volume
from bonedensity.jobs import JobError, WorkerClient
from bonedensity.jobs.tasks.context import Memory
from bonedensity.registration import Level, RegistrationConfig, View, register
from bonedensity.registration.config import Spread
from bonedensity.registration.region import body_region

CAMERA = PinholeCamera.from_source_to_detector_distance(sdd_mm=1000, rows=48, columns=56, pixel_spacing_mm=(2.0, 2.0))

POSE = RigidTransform.from_parameters((4, -3, 5, 1, 2, 850), centre=(0, 0, 0))

NEAR = RigidTransform.from_parameters((6, -1, 4, 4, -1, 860), centre=(0, 0, 0))

LEVEL = Level(48, 3.0, 1.0, Spread(3.0, 3.0, 10.0), population=8, generations=6)


def make_ct():
    """A lopsided shell of bone with an inner knob, in soft tissue: 40³ voxels of 2 mm on a flipped grid."""
    k, j, i = np.mgrid[:40, :40, :40] - 19.5
    radius = np.sqrt((i / 15) ** 2 + (j / 11) ** 2 + (k / 8) ** 2)
    shell = (radius < 1) & (radius > 0.75)
    knob = (i - 10) ** 2 + (j + 6) ** 2 + (k - 8) ** 2 < 25
    hu = np.full(k.shape, 40, dtype=np.int16)
    hu[radius < 0.75] = 200
    hu[shell] = 1000
    hu[knob] = 1300
    affine = index_to_patient(spacing=(2, 2, 2), origin=(39, 39, -39), directions=np.diag([-1.0, -1.0, 1.0]))
    return Volume(hu, affine), (radius < 1), knob


@pytest.fixture(scope="module")
def ct():
    return make_ct()[0]


@pytest.fixture(scope="module")
def labels(ct):
    _, bone, knob = make_ct()
    array = bone.astype(np.uint8) * 76
    array[knob] = 77
    return LabelMap(Volume(array, ct.index_to_patient, "1", "bones"), {76: "femur_right", 77: "hip_left"})


@pytest.fixture(scope="module")
def client():
    with WorkerClient() as made:
        yield made


@pytest.fixture(scope="module")
def scene(client, ct):
    """Parameters that most tasks take."""
    exchange = client.exchange
    return {"ct": exchange.put(ct), "camera": exchange.put(CAMERA), "pose": exchange.put(POSE)}


@pytest.fixture(scope="module")
def radiograph(ct):
    return simulate_radiograph(ct, CAMERA, POSE, seed=3)


def test_ping_tells_what_the_worker_runs_on(client):
    said = client.run("ping", {"echo": {"a": [1, None]}})
    assert said["pid"] == client.pid
    assert said["echo"] == {"a": [1, None]}


@pytest.mark.parametrize("bones", [None, ["hip_left"]])
def test_a_rendered_image_is_that_of_the_function(client, scene, ct, labels, bones):
    parameters = scene | {"labels": client.exchange.put(labels), "bones": bones, "backend": "numpy"}
    value = client.run("render", parameters)
    image = client.exchange.take(value["image"], np.ndarray)
    expected = render(ct, CAMERA, POSE, labels=labels, bones=bones, backend="numpy")
    assert image.dtype == np.float32
    assert np.array_equal(image, expected)
    assert value["unit"] == "1"
    assert 0 < value["seconds"] < 5


def test_cameras_and_poses_may_be_given_as_their_json(client, scene):
    plain = {"camera": camera_to_json(CAMERA), "pose": POSE.matrix.ravel().tolist(), "backend": "numpy"}
    images = [
        client.exchange.take(client.run("render", scene | more)["image"], np.ndarray)
        for more in ({"backend": "numpy"}, plain)
    ]
    assert np.allclose(images[0], images[1], atol=1e-5)


def test_quantities_and_units_are_those_asked_for(client, scene, ct):
    density = ct.with_array(np.clip(ct.array, 0, None), unit="mg/cm³")
    more = {"ct": client.exchange.put(density), "quantity": "density", "backend": "numpy"}
    assert client.run("render", scene | more)["unit"] == "g/cm²"
    with pytest.raises(JobError, match=r"needs a volume in mg/cm³") as refused:
        client.run("render", scene | {"quantity": "density"})
    assert refused.value.kind == "input"
    with pytest.raises(JobError, match="“quantity” must be one of attenuation, density, hu"):
        client.run("render", scene | {"quantity": "mass"})
    with pytest.raises(JobError, match="femur_left"):
        client.run("render", scene | {"labels": client.exchange.put(make_labels()), "bones": ["femur_left"]})


def make_labels():
    volume, bone, _ = make_ct()
    return LabelMap(Volume(bone.astype(np.uint8), volume.index_to_patient, "1", "bones"), {1: "sacrum"})


def test_a_flood_of_slider_requests_ends_with_the_image_of_the_last(client, scene, ct):
    poses = [RigidTransform.from_translation((step, 0, 850)) for step in range(30)]
    results = []

    def draw(value):
        results.append(client.exchange.take(value["image"], np.ndarray))

    for pose in poses:
        parameters = scene | {"pose": pose.matrix.ravel().tolist(), "backend": "numpy"}
        job = client.submit("render", parameters, supersedes="slider", on_result=draw)
    client.wait(job, 20)
    assert len(results) < 15
    assert np.array_equal(results[-1], render(ct, CAMERA, poses[-1], backend="numpy"))


def test_taken_images_leave_no_file(client, scene):
    before = set(os.listdir(client.exchange.folder))
    value = client.run("render", scene | {"backend": "numpy"})
    client.exchange.take(value["image"], np.ndarray)
    assert set(os.listdir(client.exchange.folder)) == before


def test_a_simulated_radiograph_is_that_of_the_function(client, scene, ct, radiograph):
    value = client.run("simulate_xray", scene | {"seed": 3})
    got = client.exchange.get(value["radiograph"], Radiograph)
    assert np.array_equal(got.array, radiograph.array)
    assert got.spacing == radiograph.spacing
    value = client.run("simulate_xray", scene | {"seed": 3, "settings": {"kvp": 90.0}})
    other = simulate_radiograph(ct, CAMERA, POSE, settings=XraySettings(kvp=90.0), seed=3)
    assert np.array_equal(client.exchange.get(value["radiograph"], Radiograph).array, other.array)


def test_a_registration_is_that_of_the_function(client, scene, ct, labels, radiograph):
    progress = []
    parameters = {
        "ct": scene["ct"],
        "labels": client.exchange.put(labels),
        "views": [{"radiograph": client.exchange.put(radiograph), "camera": scene["camera"]}],
        "initial": client.exchange.put(NEAR),
        "levels": [dataclasses.asdict(LEVEL)],
        "seed": 5,
    }
    value = client.run("register", parameters, on_progress=lambda *said: progress.append(said))
    view = View(radiograph.array, CAMERA, body_region(radiograph.array))
    expected = register(
        ct, [view], initial=NEAR, labels=labels, config=RegistrationConfig(levels=(LEVEL,), seed=5)
    ).to_json()
    assert np.allclose(value["world_from_ct"], expected["world_from_ct"], atol=1e-9)
    assert value["similarity"] == pytest.approx(expected["similarity"])
    assert set(value) == set(expected)
    assert not value["stopped_early"]
    assert progress[0][1] == "Preparing the registration"
    fractions = [fraction for fraction, _, _ in progress]
    assert fractions == sorted(fractions)


def endless(client, scene, radiograph):
    level = dataclasses.replace(LEVEL, generations=2000, starts=2000)
    return {
        "ct": scene["ct"],
        "views": [{"radiograph": client.exchange.put(radiograph), "camera": scene["camera"]}],
        "initial": NEAR.matrix.ravel().tolist(),
        "levels": [dataclasses.asdict(level)],
    }


def wait_for_progress(client, heard):
    deadline = time.monotonic() + 30
    while len(heard) < 3:
        assert time.monotonic() < deadline
        client.poll()
        time.sleep(0.01)


def test_a_cancelled_registration_ends_at_once_with_the_best_pose_so_far(client, scene, radiograph):
    heard = []
    job = client.submit("register", endless(client, scene, radiograph), on_progress=lambda *said: heard.append(said))
    wait_for_progress(client, heard)
    started = time.monotonic()
    client.cancel(job)
    with pytest.raises(JobError) as cancelled:
        client.wait(job, 10)
    assert time.monotonic() - started < 1.5
    assert cancelled.value.kind == "cancelled"
    assert cancelled.value.partial["stopped_early"]
    assert RigidTransform(cancelled.value.partial["world_from_ct"])


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_registration_whose_worker_is_killed_is_said_and_can_be_repeated(client, scene, radiograph):
    heard, errors = [], []
    parameters = endless(client, scene, radiograph)
    job = client.submit(
        "register",
        parameters,
        title="the registration",
        on_progress=lambda *said: heard.append(said),
        on_error=errors.append,
    )
    wait_for_progress(client, heard)
    os.kill(client.pid, signal.SIGKILL)
    with pytest.raises(JobError, match=r"stopped \(signal 9\) in the middle of the registration; it was started again"):
        client.wait(job, 10)
    assert [error.kind for error in errors] == ["stopped"]
    value = client.run("register", parameters | {"levels": [dataclasses.asdict(LEVEL)]}, timeout_s=60)
    assert value["evaluations"] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"views": [{"camera": {}}]}, "an entry of “views” lacks “radiograph”"),
        ({"views": 3}, "“views” must be a list of objects"),
        ({"views": []}, "give at least one view"),
        ({"levels": [{"size_px": 3}]}, "“levels” must be a list of registration levels"),
        ({"initial": [1, 2, 3]}, "needs 16 numbers"),
        ({"initial": ["a"] * 16}, "“initial” must be 16 numbers"),
        ({"bones": "femur_left"}, "“bones” must be a list of texts"),
    ],
)
def test_a_wrong_registration_is_refused_in_a_sentence(client, scene, radiograph, change, said):
    with pytest.raises(JobError, match=said) as refused:
        client.run("register", endless(client, scene, radiograph) | change, timeout_s=20)
    assert refused.value.kind == "input"


def test_files_are_read_in_the_worker(client, ct, labels, radiograph, tmp_path):
    write_volume(ct, tmp_path / "ct.nii.gz")
    write_label_map(labels, tmp_path / "bones.seg.nrrd")
    read = client.run("read_ct", {"path": str(tmp_path / "ct.nii.gz")})
    got = client.exchange.get(read["ct"], Volume)
    assert np.array_equal(got.array, ct.array)
    assert np.allclose(got.index_to_patient, ct.index_to_patient, atol=1e-5)
    bones = client.run("read_labels", {"path": str(tmp_path / "bones.seg.nrrd"), "ct": read["ct"]})
    assert bones["present"] == ["femur_right", "hip_left"]
    assert np.array_equal(client.exchange.get(bones["labels"], LabelMap).volume.array, labels.volume.array)
    write_radiograph_png(radiograph, tmp_path / "xray.png")
    value = client.run("read_radiograph", {"path": str(tmp_path / "xray.png")})
    assert np.array_equal(client.exchange.get(value["radiograph"], Radiograph).array, radiograph.array)


def test_a_file_that_cannot_be_read_is_named(client, tmp_path):
    with pytest.raises(JobError, match=r"gone\.nii") as refused:
        client.run("read_ct", {"path": str(tmp_path / "gone.nii")})
    assert refused.value.kind == "input"


def test_a_virtual_patient_comes_whole_and_its_labels_lie_on_its_ct(client):
    value = client.run("virtual_patient", {"seed": 1, "spacing_mm": 4.0})
    ct = client.exchange.get(value["ct"], Volume)
    labels = client.exchange.get(value["labels"], LabelMap)
    assert labels.volume.array.shape == ct.array.shape
    assert "femur_left" in labels.present()
    assert client.exchange.get(value["density"], Volume).unit == "mg/cm³"
    assert len(value["landmarks"]["femur_left_head_centre"]) == 3
    assert value["truth"]["material"] == "CHA"


def test_the_memory_forgets_what_was_not_used_longest():
    memory = Memory(2)
    made = []

    def make(name):
        return lambda: made.append(name) or name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert memory.get(name, make(name)) == name
    assert made == ["a", "b", "c", "b"]
    assert len(memory) == 2
