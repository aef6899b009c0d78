"""Small synthetic data for scene tests; slicer is needed, real MRML without the program."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, PixelSpacing, Radiograph, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.measurement import Measurement

OBLIQUE = Rotation.from_euler("xyz", [12.3, -31.7, 48.1], degrees=True).as_matrix()

GRIDS = {
    "straight": index_to_patient(spacing=(1, 1, 1), origin=(0, 0, 0)),
    "anisotropic": index_to_patient(spacing=(1 / 3, 0.7, 2.5), origin=(-101.123456789, 1 / 7, 1e3)),
    "oblique": index_to_patient(spacing=(0.9, 1.1, 1.3), origin=(10, -20, 30), directions=OBLIQUE),
    "flipped k": index_to_patient(spacing=(1, 1, 3), origin=(5, 6, 7), directions=np.diag([1, 1, -1])),
    "flipped i, j": index_to_patient(spacing=(0.5, 0.6, 0.7), origin=(5, 6, 7), directions=np.diag([-1, -1, 1])),
    "oblique, mirrored": index_to_patient(
        spacing=(0.5, 1.5, 2), origin=(-7, 8, -9), directions=OBLIQUE @ np.diag([1, -1, 1])
    ),
    "axes exchanged": index_to_patient(spacing=(1, 2, 3), origin=(1, 2, 3), directions=np.eye(3)[[1, 2, 0]]),
}


@pytest.fixture
def scene():
    from bonedensity.scene.runtime import headless_scene

    return headless_scene()


@pytest.fixture(params=GRIDS, ids=lambda name: name.replace(" ", "-"))
def grid(request):
    return GRIDS[request.param]


@pytest.fixture
def ct():
    array = np.random.default_rng(1).integers(-1000, 1500, (30, 28, 26)).astype(np.int16)
    return Volume(array, GRIDS["oblique"], unit="HU", name="ct", notes=("Two series; the thinner one was read.",))


@pytest.fixture
def labels(ct):
    array = np.zeros(ct.array.shape, np.uint8)
    array[4:14, 5:15, 3:12] = 76
    array[18:26, 6:20, 8:20] = 27
    array[1:3, 1:3, 1:3] = 150
    names = {76: "femur_right", 27: "vertebrae_L5", 150: "metal_plate", 75: "femur_left"}
    return LabelMap(Volume(array, ct.index_to_patient, unit="1", name="bones"), names)


@pytest.fixture
def world_from_ct(ct):
    return RigidTransform.from_parameters([10, -20, 5, 3, -40, 7], centre=ct.centre)


@pytest.fixture
def camera(ct, world_from_ct):
    return c_arm_camera(
        sdd_mm=1020.0,
        source_to_isocentre_mm=801.0,
        rows=40,
        columns=50,
        pixel_spacing_mm=(1.4, 1.1),
        beam="PA",
        primary_deg=13.0,
        secondary_deg=-7.0,
        isocentre=world_from_ct.apply(ct.centre),
        principal_point_px=(23.7, 21.1),
    )


@pytest.fixture
def radiograph(camera):
    array = np.random.default_rng(2).normal(size=(camera.rows, camera.columns)).astype(np.float32)
    return Radiograph(
        array,
        spacing=PixelSpacing(1.4, 1.1, "imager"),
        sdd_mm=1020.0,
        view="PA",
        laterality="R",
        name="hip “PA”; 1:2",
        notes=("MONOCHROME1 was turned.", "50 % < half & more"),
        tags={"kVp": 81.5, "vendor": "Müller|Söhne ~ 1"},
    )


@pytest.fixture
def measurements():
    return [
        Measurement(
            "aBMD of the femoral neck", 0.7123456789012345, "g/cm²", 0.0212, {"material": "CHA", "mask": [1, 2]}
        ),
        Measurement("T-score", -2.5, "", None, {"reference": "NHANES; 1997\tfemale"}),
    ]


@pytest.fixture
def case(ct, labels, camera, radiograph, world_from_ct, measurements):
    from bonedensity.scene.case import Case

    size = (camera.rows, camera.columns)
    random = np.random.default_rng(3)
    return Case(
        name="Case 1",
        ct=ct,
        labels=labels,
        radiograph=radiograph,
        camera=camera,
        world_from_ct=world_from_ct,
        centre=ct.centre,
        drr={"femur_right": random.random(size, dtype=np.float32), "vertebrae_L5": random.random(size)},
        drr_unit="g/cm²",
        landmarks={"femoral head centre": ct.centre, "greater trochanter": ct.centre + np.array([1 / 3, -2, 5])},
        measurements=measurements,
        accepted=False,
        reasons=("The gradient correlation is 0.21, below 0.4.",),
    )


@pytest.fixture
def reloaded(tmp_path):
    """Saves a scene and reads it again into a fresh one; returns what stands for a node there."""
    from bonedensity.scene.bundle import load_scene, save_scene

    def again(scene, *nodes):
        other = load_scene(save_scene(scene, tmp_path / "scene.mrb"))
        found = [other.GetNodeByID(node.GetID()) for node in nodes]
        again.scenes.append(other)  # nodes do not keep their scene alive
        return found[0] if len(found) == 1 else found

    again.scenes = []
    return again
