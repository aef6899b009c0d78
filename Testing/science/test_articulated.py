"""Bones that moved against each other are found one after another, where one rigid body cannot fit them."""

import numpy as np
import pytest

from bonedensity.anatomy.femur import fit_femur
from bonedensity.drr.xray import simulate_radiograph
from bonedensity.errors import AnatomyError
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap
from bonedensity.registration import RegistrationConfig, View, register
from bonedensity.registration.articulated import PELVIS, register_hip, register_spine
from bonedensity.registration.config import DEFAULT_LEVELS
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.virtual import make_hip_patient
from bonedensity.virtual.moved import with_bone_moved

FEMUR = "femur_right"
BEND_DEG = 6.0
"""To the side, against the vertebra below."""

CAMERA = c_arm_camera(sdd_mm=1150, source_to_isocentre_mm=1000, rows=200, columns=200, pixel_spacing_mm=(2.0, 2.0))


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(4, spacing_mm=2.5)


@pytest.fixture(scope="module")
def scene(patient):
    """The true pelvis pose, the femur's own motion, and the X-ray that shows both."""
    joint = fit_femur(patient.labels, "R").head_centre
    motion = RigidTransform.from_parameters([5.0, 6.0, -4.0, 0, 0, 0], centre=joint)
    centre = surface_points(patient.labels, PELVIS).mean(axis=0)
    truth = ViewFrame(CAMERA, RigidTransform.from_translation(-centre), centre).pose([3, -2, 2, 4, -5, 6])
    image = simulate_radiograph(with_bone_moved(patient.ct, patient.labels, FEMUR, motion), CAMERA, truth, seed=1).array
    start = ViewFrame(CAMERA, truth, centre).pose([-4, 5, 3, 6, 5, -15])
    return truth, motion, View(image, CAMERA, body_region(image)), start


@pytest.fixture(scope="module")
def hip(patient, scene):
    _, _, view, start = scene
    return register_hip(patient.ct, [view], initial=start, labels=patient.labels, sides=["R"])


def error_of(patient, bones, estimate, truth):
    return pose_error(estimate, truth, surface_points(patient.labels, bones), CAMERA)


def test_the_pelvis_is_found_although_the_femur_moved(patient, scene, hip):
    assert error_of(patient, PELVIS, hip.base.world_from_ct, scene[0]).in_plane_mm < 0.6


def test_the_femur_is_found_about_its_joint(patient, scene, hip):
    truth, motion, _, _ = scene
    error = error_of(patient, [FEMUR], hip.parts[FEMUR].world_from_ct, truth @ motion)
    assert error.in_plane_mm < 1.5
    assert error.rotation_deg < 5


def test_as_one_rigid_body_the_femur_would_be_off(patient, scene, hip):
    truth, motion, _, _ = scene
    as_scanned = error_of(patient, [FEMUR], truth, truth @ motion).in_plane_mm
    found = error_of(patient, [FEMUR], hip.parts[FEMUR].world_from_ct, truth @ motion).in_plane_mm
    assert as_scanned > 3
    assert found < as_scanned / 2


def test_the_joint_stays_together(patient, hip):
    """The femoral head's centre moves with the pelvis, but for what the prior allows."""
    joint = fit_femur(patient.labels, "R").head_centre
    apart = hip.parts[FEMUR].world_from_ct.apply(joint) - hip.base.world_from_ct.apply(joint)
    in_camera = CAMERA.camera_from_world.rotation @ apart
    assert np.linalg.norm(in_camera[:2]) < 3
    assert abs(in_camera[2]) < 8


def test_a_moved_bone_keeps_its_mass_and_takes_its_voxels_along(patient):
    joint = fit_femur(patient.labels, "R").head_centre
    still = with_bone_moved(patient.ct, patient.labels, FEMUR, RigidTransform.identity())
    np.testing.assert_allclose(still.array, patient.ct.array, atol=1e-3)
    motion = RigidTransform.from_parameters([0, 10, 0, 0, 0, 0], centre=joint)
    moved = with_bone_moved(patient.ct, patient.labels, FEMUR, motion)
    mass = [np.maximum(np.asarray(v.array, dtype=float) - 40, 0).sum() for v in (patient.ct, moved)]
    assert mass[1] == pytest.approx(mass[0], rel=0.02)
    voxels = np.argwhere(patient.labels.mask([FEMUR]))[::40, ::-1]
    there = np.round(patient.ct.to_index(motion.apply(patient.ct.to_patient(voxels)))).astype(int)
    assert np.linalg.norm(there - voxels, axis=1).max() > 5
    before = np.asarray(patient.ct.array)[tuple(voxels[:, ::-1].T)]
    after = np.asarray(moved.array)[tuple(there[:, ::-1].T)]
    assert np.corrcoef(before, after)[0, 1] > 0.7


def test_without_a_pelvis_a_femur_is_refused(patient):
    values = [patient.labels.values[name] for name in PELVIS]
    array = np.where(np.isin(patient.labels.volume.array, values), 0, patient.labels.volume.array)
    labels = LabelMap(patient.labels.volume.with_array(array), patient.labels.names)
    with pytest.raises(AnatomyError, match="pelvis"):
        register_hip(patient.ct, [], initial=RigidTransform.identity(), labels=labels)


def test_a_stop_ends_the_chain_with_what_is_done(patient, scene):
    _, _, view, start = scene
    result = register_hip(
        patient.ct, [view], initial=start, labels=patient.labels, sides=["R"], should_stop=lambda: True
    )
    assert result.base.stopped_early
    assert not result.parts


def test_vertebrae_follow_the_spine(patient, scene):
    """Nothing moved here: each vertebra must end where the spine as a whole is."""
    truth, _, _, _ = scene
    names = ["vertebrae_L5", "vertebrae_L4"]
    image = simulate_radiograph(patient.ct, CAMERA, truth, seed=2).array
    view = View(image, CAMERA, body_region(image))
    near = ViewFrame(CAMERA, truth, surface_points(patient.labels, names).mean(axis=0)).pose([2, -2, 2, 3, -3, 8])
    result = register_spine(patient.ct, [view], initial=near, labels=patient.labels, vertebrae=names)
    for name in names:
        assert error_of(patient, [name], result.parts[name].world_from_ct, truth).in_plane_mm < 1.5


def test_a_bone_behind_is_part_of_the_picture(patient, scene):
    """A femur compared in front of a pelvis that stands elsewhere is less alike than in front of the true one."""
    from bonedensity.registration.register import FixedBones

    truth, motion, view, _ = scene
    centre = fit_femur(patient.labels, "R").head_centre
    away = ViewFrame(CAMERA, truth, centre).pose([0, 0, 0, 25, 20, 0])
    values = []
    for pelvis in (truth, away):
        result = register(
            patient.ct, [view], initial=truth @ motion, labels=patient.labels, bones=[FEMUR], centre=centre,
            fixed=[FixedBones(PELVIS, pelvis)], should_stop=lambda: True,
        )  # fmt: skip
        values.append(result.quality.similarity)
    assert values[0] > values[1]


def test_a_bend_that_grows_from_level_to_level_is_followed(patient, scene):
    """Each vertebra bends by the same angle against the one below, so the upper is twice as far from the scanned."""
    truth, _, _, _ = scene
    names, motions = ["vertebrae_L5", "vertebrae_L4"], {}
    body, bent = patient.ct, RigidTransform.identity()
    for name in names:
        middle = surface_points(patient.labels, [name]).mean(axis=0)
        bent = bent @ RigidTransform.from_parameters([0, BEND_DEG, 0, 0, 0, 0], centre=middle - [0, 0, 18.0])
        body, motions[name] = with_bone_moved(body, patient.labels, name, bent), bent
    image = simulate_radiograph(body, CAMERA, truth, seed=2).array
    view = View(image, CAMERA, body_region(image))
    near = ViewFrame(CAMERA, truth, surface_points(patient.labels, names).mean(axis=0)).pose([2, -2, 2, 3, -3, 8])
    result = register_spine(patient.ct, [view], initial=near, labels=patient.labels, vertebrae=names)
    for name in names:
        assert error_of(patient, [name], result.parts[name].world_from_ct, truth @ motions[name]).in_plane_mm < 1.5


def test_a_bone_sought_near_doubtful_ones_is_doubtful(patient, scene):
    """The pelvis on an X-ray of noise: whatever the femur does there, it is not to be trusted."""
    _, _, view, start = scene
    noise = np.random.default_rng(0).normal(2000, 300, view.image.shape).astype(np.float32)
    quick = RegistrationConfig(levels=DEFAULT_LEVELS[:1], attempts=1)
    found = register_hip(
        patient.ct, [View(noise, CAMERA)], initial=start, labels=patient.labels, sides=["R"], config=quick
    )
    assert not found.base.quality.accepted
    assert not found.parts[FEMUR].quality.accepted
    assert any("sought near" in reason for reason in found.parts[FEMUR].quality.reasons)
