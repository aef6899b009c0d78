"""The virtual hip patient: its CT, labels, density and landmarks must tell one and the same story."""

import json

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_edt, label

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.errors import GeometryError
from bonedensity.imaging.volume import same_grid
from bonedensity.virtual import HU_INTERCEPT, HU_SLOPE, VirtualPatient, make_hip_patient
from bonedensity.virtual.hip import draw_person

PRESENT = {
    "femur_left",
    "femur_right",
    "hip_left",
    "hip_right",
    "sacrum",
    *(f"vertebrae_{level}" for level in ("L1", "L2", "L3", "L4", "L5")),
}

COARSE_MM = 4.0
"""Where only a comparison of whole patients is made."""


@pytest.fixture(scope="module")
def patient() -> VirtualPatient:
    return make_hip_patient(5)


@pytest.fixture(scope="module")
def noiseless_patient() -> VirtualPatient:
    return make_hip_patient(5, noise_hu=0.0, blur_mm=0.0)


def voxels_mm(patient: VirtualPatient, mask: np.ndarray) -> np.ndarray:
    return patient.labels.volume.to_patient(np.argwhere(mask)[:, ::-1])


def the_label_at(patient: VirtualPatient, point: np.ndarray) -> str:
    i, j, k = np.rint(patient.labels.volume.to_index(point)).astype(int)
    return patient.labels.names.get(int(patient.labels.volume.array[k, j, i]), "")


def a_fitted_sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Least squares centre and radius: |p|² = 2 c·p + (r² - |c|²)."""
    solution, *_ = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(axis=1), rcond=None)
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def test_every_bone_is_there_with_its_totalsegmentator_value(patient):
    assert set(patient.labels.present()) >= PRESENT
    assert all(TOTALSEGMENTATOR_NAMES[value] == name for value, name in patient.labels.names.items())


@pytest.mark.parametrize("name", sorted(PRESENT))
def test_every_bone_is_in_one_piece(patient, name):
    _, pieces = label(patient.labels.mask([name]))
    assert pieces == 1


def test_every_bone_is_of_a_plausible_size(patient):
    litres = {name: patient.labels.mask([name]).sum() * patient.ct.voxel_volume_mm3 / 1e6 for name in PRESENT}
    for name, (low, high) in {"femur": (0.14, 0.34), "hip": (0.2, 0.5), "vertebrae": (0.03, 0.1)}.items():
        assert all(low < volume < high for bone, volume in litres.items() if bone.startswith(name)), litres


def test_ct_labels_and_density_lie_on_one_grid_along_the_patients_axes(patient):
    assert same_grid(patient.ct, patient.labels.volume)
    assert same_grid(patient.ct, patient.density)
    np.testing.assert_array_equal(patient.ct.index_to_patient[:3, :3], 2.0 * np.eye(3))
    assert patient.ct.array.dtype == np.int16


def test_the_image_reaches_from_l1_to_twelve_centimetres_below_the_lesser_trochanter(patient):
    low, high = patient.ct.to_patient([0, 0, 0]), patient.ct.to_patient(np.array(patient.ct.array.shape[::-1]) - 1)
    np.testing.assert_array_less([320, 170, 380], high - low)
    assert patient.landmarks["vertebrae_L1_centre"][2] + 15 < high[2]
    for side in ("left", "right"):
        two, five = (patient.landmarks[f"femur_{side}_shaft_{mm}mm"] for mm in (20, 50))
        assert np.linalg.norm(five - two) == pytest.approx(30, abs=0.01)
        assert low[2] < (two + (two - five) / 30 * 20)[2] - 120


def test_the_left_femur_lies_at_positive_x_and_the_right_at_negative(patient):
    for name in ("femur", "hip"):
        assert voxels_mm(patient, patient.labels.mask([f"{name}_left"]))[:, 0].min() > 0
        assert voxels_mm(patient, patient.labels.mask([f"{name}_right"]))[:, 0].max() < 0
    assert patient.landmarks["femur_left_head_centre"][0] > 0 > patient.landmarks["femur_right_head_centre"][0]


def test_the_spine_is_above_and_behind_the_bladder_and_the_sacrum_behind_the_hips(patient):
    heights = [patient.landmarks[f"vertebrae_L{level}_centre"][2] for level in (5, 4, 3, 2, 1)]
    assert heights == sorted(heights)
    assert heights[0] > 80
    assert voxels_mm(patient, patient.labels.mask(["sacrum"]))[:, 1].mean() > 20


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_head_landmark_is_the_middle_of_the_heads_sphere(patient, side):
    mask = patient.labels.mask([f"femur_{side}"])
    centre = patient.landmarks[f"femur_{side}_head_centre"]
    away_from_neck = centre - patient.landmarks[f"femur_{side}_neck_centre"]
    surface = voxels_mm(patient, mask & ~binary_erosion(mask))
    cap = surface[((surface - centre) @ away_from_neck > 0) & (np.linalg.norm(surface - centre, axis=1) < 35)]
    fitted, radius = a_fitted_sphere(cap)
    assert np.linalg.norm(fitted - centre) < 1.0
    assert radius == pytest.approx(patient.truth["femur"][f"femur_{side}"]["head_radius_mm"], abs=1.2)


def test_landmarks_lie_in_or_at_their_bones(patient):
    for name, point in patient.landmarks.items():
        bone = next(bone for bone in PRESENT if name.startswith(bone))
        assert np.linalg.norm(voxels_mm(patient, patient.labels.mask([bone])) - point, axis=1).min() < 4.0, name


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_neck_is_narrowest_near_its_landmark(patient, side):
    head, neck = (patient.landmarks[f"femur_{side}_{name}_centre"] for name in ("head", "neck"))
    points = voxels_mm(patient, patient.labels.mask([f"femur_{side}"])) - head
    axis = (neck - head) / np.linalg.norm(neck - head)
    along = points @ axis
    aside = np.linalg.norm(points - along[:, None] * axis, axis=1)
    stations = np.arange(18.0, 40.0, 2.0)
    areas = [((np.abs(along - station) < 3) & (aside < 26)).sum() for station in stations]
    assert stations[int(np.argmin(areas))] == pytest.approx(np.linalg.norm(neck - head), abs=5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_femur_and_hip_bone_stay_apart_by_the_joint_space(patient, side):
    femur, hip = patient.labels.mask([f"femur_{side}"]), patient.labels.mask([f"hip_{side}"])
    assert not (binary_dilation(femur) & hip).any()
    gap = distance_transform_edt(~femur, sampling=2.0)[hip].min()
    assert gap == pytest.approx(patient.truth["femur"][f"femur_{side}"]["joint_space_mm"], abs=2.5)


def test_bones_do_not_fuse_where_they_meet(patient):
    hips = patient.labels.mask(["hip_left", "hip_right"])
    assert not (hips & binary_dilation(patient.labels.mask(["sacrum"]))).any()
    assert not (patient.labels.mask(["hip_left"]) & binary_dilation(patient.labels.mask(["hip_right"]))).any()


def test_the_mass_of_each_bone_is_physiological(patient):
    mineral = patient.truth["mineral_g"]
    for name, (low, high) in {"femur": (50, 140), "hip": (45, 130), "sacrum": (15, 60), "vertebrae_L": (8, 25)}.items():
        assert all(low < grams < high for bone, grams in mineral.items() if bone.startswith(name)), mineral


def test_the_stated_masses_are_those_of_the_density_image(patient):
    grams = patient.density.array.sum(dtype=np.float64) * patient.density.voxel_volume_mm3 * 1e-6
    assert grams == pytest.approx(sum(patient.truth["mineral_g"].values()), rel=1e-4)


def test_inside_bone_hu_is_the_stated_function_of_density(noiseless_patient):
    inside = np.zeros(noiseless_patient.ct.array.shape, bool)
    for name in PRESENT:
        inside |= binary_erosion(noiseless_patient.labels.mask([name]), iterations=3)
    density = HU_SLOPE * noiseless_patient.ct.array[inside].astype(float) + HU_INTERCEPT
    assert inside.sum() > 5000
    error = np.abs(density - noiseless_patient.density.array[inside])
    assert np.quantile(error, 0.999) < 0.5 * HU_SLOPE + 0.01  # HU are whole numbers
    assert error.max() < 3
    assert (noiseless_patient.truth["hu_slope"], noiseless_patient.truth["hu_intercept"]) == (HU_SLOPE, HU_INTERCEPT)


def test_away_from_bone_there_is_no_mineral(patient):
    away = ~binary_dilation(patient.labels.volume.array > 0, iterations=3)
    density = np.asarray(patient.density.array)
    assert density[away].sum() < 1e-5 * density.sum()  # a fillet's distance is of first order only
    assert density.min() >= 0


def test_the_shaft_is_a_tube_with_a_dense_wall(patient):
    k, j, i = np.rint(patient.density.to_index(patient.landmarks["femur_left_shaft_50mm"])).astype(int)[::-1]
    profile = patient.density.array[k, j, i : i + 12]
    assert profile[0] < 30
    assert profile.max() > 900
    assert profile[-1] == 0


def test_noise_has_the_stated_spread(patient, noiseless_patient):
    air = noiseless_patient.ct.array == -1000
    assert patient.ct.array[air].std() == pytest.approx(15, rel=0.3)


def test_the_air_around_and_soft_tissue_within_have_their_hu(noiseless_patient):
    hu = noiseless_patient.ct.array
    assert hu[0, 0, 0] == -1000
    soft = hu[(hu > -300) & (noiseless_patient.labels.volume.array == 0)]
    muscle, fat = soft[soft > 0], soft[soft < -60]
    assert np.median(muscle) == pytest.approx(noiseless_patient.truth["soft_tissue"]["muscle_hu"], abs=12)
    assert np.median(fat) == pytest.approx(-105, abs=5)


def test_the_same_seed_gives_the_same_bytes():
    first, second = (make_hip_patient(3, spacing_mm=COARSE_MM) for _ in range(2))
    assert first.ct.array.tobytes() == second.ct.array.tobytes()
    assert first.labels.volume.array.tobytes() == second.labels.volume.array.tobytes()
    assert first.density.array.tobytes() == second.density.array.tobytes()
    assert json.dumps(first.truth) == json.dumps(second.truth)


def test_another_seed_gives_another_patient():
    first, second = (make_hip_patient(seed, spacing_mm=COARSE_MM) for seed in (1, 2))
    assert first.truth != second.truth
    assert not np.array_equal(first.ct.array[:100, :80, :120], second.ct.array[:100, :80, :120])


def test_a_generator_is_used_up_so_that_its_next_person_differs():
    rng = np.random.default_rng(3)
    first, second = draw_person(rng), draw_person(rng)
    assert first.seed != second.seed
    assert first == draw_person(np.random.default_rng(3))


@pytest.mark.parametrize("spacing_mm", [0.0, -1.0, 20.0, float("nan")])
def test_voxels_of_an_impossible_size_are_refused(spacing_mm):
    with pytest.raises(GeometryError, match=r"give 0\.4 to 4 mm"):
        make_hip_patient(0, spacing_mm=spacing_mm)
