"""Landmarks of femur and vertebra from labels, against bones whose shape is known."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.spatial.transform import Rotation

from bonedensity.anatomy.femur_landmarks import EIGHT, femur_landmarks
from bonedensity.anatomy.landmark import TRUSTED_MM, Landmark
from bonedensity.anatomy.vertebra_landmarks import vertebra_landmarks
from bonedensity.densitometry import Calibration, measure
from bonedensity.densitometry.agreement import repeatability
from bonedensity.densitometry.hip_regions import proximal_femur
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap
from bonedensity.imaging.read_labels import read_label_map

BONES = runpy.run_path(str(Path(__file__).with_name("small_bones.py")))
FemurShape, femur_labels, vertebra_labels = BONES["FemurShape"], BONES["femur_labels"], BONES["vertebra_labels"]


def drawn_shape(rng):
    return FemurShape(
        head_radius_mm=rng.uniform(20, 26),
        neck_shaft_deg=rng.uniform(118, 136),
        anteversion_deg=rng.uniform(0, 28),
        neck_width_mm=rng.uniform(29, 37),
        offset_mm=rng.uniform(36, 48),
        lesser_below_mm=rng.uniform(43, 54),
    )


def turned(degrees, axes="z"):
    return Rotation.from_euler(axes, degrees, degrees=True).as_matrix()


@pytest.fixture(scope="module")
def drawn_femurs():
    """Shape, turn and landmarks of five femurs, every second one rotated inwards or outwards."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(5):
        shape = drawn_shape(rng)
        turn = turned(rng.uniform(-15, 15)) if number % 2 else np.eye(3)
        found.append((shape, turn, femur_landmarks(femur_labels(shape, turn=turn, spacing=(2, 2, 2)), "L")))
    return found


def distances(drawn_femurs, name, truth):
    """Distance of each femur's landmark from the truth (mm)."""
    away = []
    for shape, turn, landmarks in drawn_femurs:
        there = shape.head_centre + turn @ (truth(shape) - shape.head_centre)
        away.append(float(np.linalg.norm(landmarks.found[name].point - there)))
    return away


@pytest.mark.parametrize(
    ("name", "truth", "median"),
    [
        ("head_centre", lambda s: s.head_centre, 1.0),
        ("neck_centre", lambda s: s.neck_centre, 2.0),
        ("shaft_20mm", lambda s: s.shaft_point(20.0), 2.0),
        ("shaft_50mm", lambda s: s.shaft_point(50.0), 2.0),
    ],
)
def test_landmarks_lie_where_the_shape_has_them(drawn_femurs, name, truth, median):
    away = distances(drawn_femurs, name, truth)
    assert np.median(away) <= median
    assert max(away) < 4


def test_the_stated_error_is_of_the_size_of_the_true_one(drawn_femurs):
    for name, truth in (("head_centre", lambda s: s.head_centre), ("shaft_50mm", lambda s: s.shaft_point(50.0))):
        stated = np.median([landmarks.found[name].error_mm for *_, landmarks in drawn_femurs])
        assert 0.3 < np.median(distances(drawn_femurs, name, truth)) / stated < 2.5


@pytest.mark.parametrize("spurs_mm", [2.0, 4.0, 7.0])
def test_spurs_around_a_worn_head_do_not_move_its_centre(spurs_mm):
    shape = FemurShape(osteophytes_mm=spurs_mm)
    found = femur_landmarks(femur_labels(shape, spacing=(2, 2, 2)), "L")
    assert np.linalg.norm(found.femur.head_centre - shape.head_centre) <= 1
    assert found.femur.head_radius_mm == pytest.approx(shape.head_radius_mm, abs=0.6)


def test_a_short_stump_of_the_shaft_gives_its_axis():
    """The stump is as wide as it is long, so that its own longest direction means nothing."""
    shape = FemurShape()
    femur = femur_landmarks(femur_labels(shape, spacing=(2, 2, 2), below=108.0), "L").femur
    true = shape.shaft_point(55.0) - shape.shaft_point(20.0)
    assert femur.shaft_axis @ true / np.linalg.norm(true) > np.cos(np.radians(1.5))


def test_the_lesser_trochanter_s_apex_is_at_its_height(drawn_femurs):
    for shape, turn, landmarks in drawn_femurs:
        apex = turn.T @ (landmarks.found["lesser_trochanter"].point - shape.head_centre)
        below = -(apex @ shape.axes[:, 2])
        assert below == pytest.approx(shape.lesser_below_mm, abs=3)


def test_the_greater_trochanter_s_tip_is_the_highest_bone_beside_the_shaft(drawn_femurs):
    off = []
    for shape, turn, landmarks in drawn_femurs:
        tip = turn.T @ (landmarks.found["greater_trochanter"].point - shape.head_centre)
        off.append(abs(tip @ shape.axes[:, 2] + shape.tip_below_mm))
    assert np.median(off) <= 4
    assert max(off) < 9  # on a steep neck its root rises above the tip


def test_junction_points_lie_on_the_bone_s_surface_around_the_neck():
    shape = FemurShape()
    labels = femur_labels(shape)
    found = femur_landmarks(labels, "L").found
    assert set(EIGHT) <= set(found)
    bone = labels.mask(["femur_left"])
    off = np.maximum(distance_transform_edt(bone), distance_transform_edt(~bone)) * 1.5
    up, down, front, back = (found[f"junction_{n}"].point for n in ("superior", "inferior", "anterior", "posterior"))
    for point in (up, down, front, back):
        i, j, k = np.round(labels.volume.to_index(point)).astype(int)
        assert off[k, j, i] < 3.5
    assert up[2] > down[2] + 20
    assert back[1] > front[1] + 20
    axis = found["neck_centre"].point - found["head_centre"].point
    assert abs((up - down) @ axis) < 0.05 * np.linalg.norm(up - down) * np.linalg.norm(axis)


def test_the_proximal_femur_ends_2_cm_below_the_lesser_trochanter():
    shape = FemurShape(lesser_below_mm=44.0)
    labels = femur_labels(shape, spacing=(2, 2, 2))
    region = proximal_femur(labels, "L")
    points = labels.volume.to_patient(np.argwhere(region.mask)[:, ::-1])
    below = -(points - shape.head_centre) @ shape.axes[:, 2]
    assert below.max() == pytest.approx(44 + 20, abs=3.5)
    assert region.provenance["lesser_trochanter"] == "apex found"


def test_a_leg_turned_by_ten_degrees_measures_the_same():
    """Neutral rotation undoes the leg's: RMS-CV of aBMD at most 1.5 % (a uniform bone, so its shape alone counts)."""
    shape, values = FemurShape(), {"proximal-femur": [], "total-hip": [], "femoral-neck": []}
    for turn in ((0, 0, 0), (0, 0, 10), (0, 0, -10), (5, 0, 5)):
        labels = femur_labels(shape, spacing=(2, 2, 2), turn=turned(turn, "xyz"))
        bone = labels.mask(["femur_left"])
        ct = labels.volume.with_array(np.where(bone, 400, -50).astype(np.float32), unit="HU")
        for region, found in values.items():
            result = measure(ct, labels, region=region, calibration=Calibration(0.8, 0.0), side="L")
            found.append(result.measurements[0].value)
    assert repeatability(list(values.values())).rms_cv < 0.015


def test_a_scan_that_ends_above_the_trochanter_says_what_is_missing():
    found = femur_landmarks(femur_labels(FemurShape(), spacing=(2, 2, 2), below=52.0), "L")
    assert set(found.missing) == {"greater_trochanter", "lesser_trochanter", "shaft_20mm", "shaft_50mm"}
    assert "52 mm below" in found.missing["shaft_20mm"] or "51 mm below" in found.missing["shaft_20mm"]
    assert "head_centre" in found.found
    assert set(found.to_json()["landmarks"]) == set(found.found)


def test_confidence_falls_with_the_error():
    at = [Landmark(np.zeros(3), error, "").confidence for error in (0.0, 1.0, TRUSTED_MM, 20.0)]
    assert at == sorted(at, reverse=True)
    assert (at[0], at[2]) == pytest.approx((1.0, 0.5))


TURNS = {"upright": (0, 0, 0), "turned": (0, 0, 10), "tilted": (25, 0, 0), "all three": (-20, -8, 6)}


@pytest.mark.parametrize("turn", list(TURNS.values()), ids=list(TURNS))
def test_a_tilted_vertebra_keeps_its_axis_and_size(turn):
    matrix = turned(turn, "xyz")
    found = vertebra_landmarks(vertebra_labels(turn=matrix), "vertebrae_L3")
    body = found.body
    assert np.degrees(np.arccos(min(1, body.up @ matrix[:, 2]))) < 2
    assert np.degrees(np.arccos(min(1, body.left @ matrix[:, 0]))) < 3
    assert np.linalg.norm(body.centre) < 1.5
    assert body.height_mm == pytest.approx(27, abs=1)
    assert body.width_mm == pytest.approx(44, abs=1.6)
    assert body.depth_mm == pytest.approx(33, abs=1.6)
    assert (found.anterior_mm, found.middle_mm, found.posterior_mm) == pytest.approx((27, 27, 27), abs=1.2)


@pytest.mark.parametrize("size", [(40.0, 31.0, 24.5), (36.0, 28.0, 24.0)])
@pytest.mark.parametrize("tilt", [-28, -14, 0, 9, 21])
def test_a_small_vertebra_in_coarse_voxels_keeps_its_axis_and_heights(tilt, size):
    """Two millimetres, as clinical CTs are segmented; the bowls of the end plates are as deep as usual."""
    width, depth, height = size
    matrix, shape = turned((tilt, 6, 0), "xyz"), {"width": width, "depth": depth, "height": height, "hollow_mm": 1.5}
    found = vertebra_landmarks(vertebra_labels(turn=matrix, spacing=(2.0, 2.0, 2.0), **shape), "vertebrae_L3")
    assert np.degrees(np.arccos(min(1, found.body.up @ matrix[:, 2]))) < 4
    assert found.posterior_mm == pytest.approx(height, abs=2.0)
    assert found.anterior_mm == pytest.approx(height, abs=2.0)
    assert found.middle_mm == pytest.approx(height - 3.0, abs=1.5)


def test_the_corners_are_the_body_s_corners():
    matrix = turned((20, 5, 0), "xyz")
    found = vertebra_landmarks(vertebra_labels(turn=matrix), "vertebrae_L3").found
    for name, corner in {
        "superior_anterior": (0, -16.5, 13.5),
        "superior_posterior": (0, 16.5, 13.5),
        "inferior_anterior": (0, -16.5, -13.5),
        "inferior_posterior": (0, 16.5, -13.5),
        "superior_left": (22, 0, 13.5),
        "inferior_right": (-22, 0, -13.5),
    }.items():
        assert np.linalg.norm(found[name].point - matrix @ np.array(corner)) < 2.5, name


def test_a_wedge_is_lower_in_front_and_a_hollow_one_in_the_middle():
    wedge = vertebra_landmarks(vertebra_labels(wedge_mm=9.0), "vertebrae_L3")
    assert wedge.anterior_mm / wedge.posterior_mm == pytest.approx(18 / 27, abs=0.07)
    hollow = vertebra_landmarks(vertebra_labels(hollow_mm=4.0), "vertebrae_L3")
    assert hollow.middle_mm / hollow.posterior_mm == pytest.approx(19 / 27, abs=0.07)
    assert hollow.anterior_mm / hollow.posterior_mm == pytest.approx(1, abs=0.05)


def test_a_few_voxels_before_a_body_are_not_its_front():
    """In coarse voxels a wall that leans a little has its outermost layer in one row alone."""
    labels = vertebra_labels(spacing=(2, 2, 2), width=34, depth=24, height=25)
    plain = vertebra_landmarks(labels, "vertebrae_L3")
    array = np.asarray(labels.volume.array).copy()
    i, _, k = np.round(labels.volume.to_index(plain.found["centre"].point)).astype(int)
    front = int(np.flatnonzero(array[k, :, i])[0])
    array[k - 2, front - 1, i - 2 : i + 3] = array[k, front, i]
    found = vertebra_landmarks(LabelMap(labels.volume.with_array(array), labels.names), "vertebrae_L3")
    assert found.anterior_mm == pytest.approx(plain.anterior_mm, abs=2.1)
    assert found.anterior_mm > 0.85 * found.posterior_mm


def test_a_vertebra_without_a_body_is_refused():
    labels = vertebra_labels()
    array = np.asarray(labels.volume.array).copy()
    points = labels.volume.to_patient(np.argwhere(array)[:, ::-1])
    array[tuple(np.argwhere(array)[points[:, 1] < 18].T)] = 0
    with pytest.raises(AnatomyError, match="no vertebral body"):
        vertebra_landmarks(LabelMap(labels.volume.with_array(array), labels.names), "vertebrae_L3")


def test_real_lumbar_vertebrae_have_adult_dimensions(real_data):
    """A network's labels at 3 mm; adult lumbar bodies: 22-32 mm high, 34-58 wide, 26-42 deep (anatomy.md 3.1)."""
    labels = read_label_map(
        real_data / "ct-pelvis-lspine-totalseg" / "example_seg_fast_force_split.nii.gz",
        names={v: f"vertebrae_L{5 - i}" for i, v in enumerate(range(27, 32))},
    )
    for level in ("L2", "L3", "L4"):
        body = vertebra_landmarks(labels, f"vertebrae_{level}").body
        assert 20 < body.height_mm < 34
        assert 34 < body.width_mm < 60
        assert 24 < body.depth_mm < 46
        assert body.up[2] > 0.8
