"""What measures virtual people on their label maps: bodies of known size must come out as they are."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.anatomy.vertebra import fit_vertebra
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.hip import HEALTHY, SUPINE_RADIOGRAPH, draw_person, make_hip_body
from bonedensity.virtual.painted import covering_lattice, paint_bones
from bonedensity.virtual.spine import HEALTHY as HEALTHY_SPINE
from bonedensity.virtual.spine import SUPINE as SUPINE_SPINE
from bonedensity.virtual.spine import make_spine_body

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from virtual_dimensions import compared
from virtual_dimensions_arch import arch_dimensions
from virtual_dimensions_norms import Norm
from virtual_dimensions_person import hip_person
from virtual_dimensions_rays import entries, specimen
from virtual_dimensions_socket import fit_socket, socket_dimensions
from virtual_dimensions_vertebra import aligned, body_dimensions

VOXEL_MM = 1.5
OUT, UP, FRONT = np.array([1.0, 0, 0]), np.array([0.0, 0, 1]), np.array([0.0, -1, 0])


def a_label_map(inside, half_mm=60.0, voxel_mm=VOXEL_MM, name="hip_left"):
    """Voxels whose centre (LPS mm) a function says to be inside."""
    at = np.arange(-half_mm, half_mm + voxel_mm, voxel_mm)
    points = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)[..., ::-1]
    grid = index_to_patient(spacing=[voxel_mm] * 3, origin=[-half_mm] * 3)
    return LabelMap(Volume(inside(points).astype(np.uint8), grid, unit="1", name="solid"), {1: name})


def directions(count=200):
    ways = np.random.default_rng(0).standard_normal((count, 3))
    return ways / np.linalg.norm(ways, axis=1, keepdims=True)


def test_rays_leave_a_ball_at_its_radius_in_every_direction():
    ball = specimen(a_label_map(lambda p: np.linalg.norm(p - [3.2, -1.7, 0.4], axis=-1) < 24.0), "hip_left")
    reach = entries(ball, [3.2, -1.7, 0.4], directions(), 5.0, 40.0, leaves=True)
    assert np.abs(reach - 24.0).max() < 0.7 * VOXEL_MM
    assert abs(reach.mean() - 24.0) < 0.1


def test_a_ray_that_misses_has_no_distance():
    ball = specimen(a_label_map(lambda p: np.linalg.norm(p, axis=-1) < 10.0), "hip_left")
    assert np.isnan(entries(ball, [0.0, 0, 30.0], np.array([[1.0, 0, 0]]), 0.0, 25.0)).all()


@pytest.mark.parametrize(("inclination", "version"), [(45.0, 20.0), (60.0, 10.0)])
def test_a_hollow_ball_cut_at_an_angle_is_a_socket_of_that_inclination_and_version(inclination, version):
    lateral, down = np.sin(np.radians(inclination)), np.cos(np.radians(inclination))
    axis = np.array([lateral, -lateral * np.tan(np.radians(version)), -down])
    axis /= np.linalg.norm(axis)

    def inside(p):
        away = np.linalg.norm(p, axis=-1)
        return (away > 25.0) & (away < 31.0) & (p @ axis < 0)

    femur = SimpleNamespace(head_centre=np.zeros(3), head_radius_mm=22.0)
    socket = fit_socket(specimen(a_label_map(inside), "hip_left"), femur, OUT)
    found = socket_dimensions(socket, OUT, UP, FRONT)
    assert found["acetabular diameter"] == pytest.approx(50.0, abs=0.6)
    assert found["inclination of the acetabular axis"] == pytest.approx(inclination, abs=1.5)
    assert found["acetabular version"] == pytest.approx(version, abs=1.5)


@pytest.fixture(scope="module")
def hip():
    """What a hip was built of, its legs turned in, and what is measured on its label map."""
    body = make_hip_body(draw_person(np.random.default_rng(8)), SUPINE_RADIOGRAPH, HEALTHY)
    labels = paint_bones(body, covering_lattice(body.low, body.high, VOXEL_MM)).labels
    return body.truth, hip_person(labels, body.truth)


@pytest.mark.parametrize(
    ("name", "known", "within"),
    [
        ("femoral head diameter", lambda t: 2 * t["femur"]["femur_left"]["head_radius_mm"], 0.8),
        ("neck-shaft angle", lambda t: t["femur"]["femur_left"]["neck_shaft_deg"], 3.0),
        (
            "anteversion",
            lambda t: np.mean([t["femur"][f"femur_{s}"]["anteversion_deg"] for s in ("left", "right")]),
            4.0,
        ),
        ("femoral offset", lambda t: t["femur"]["femur_left"]["offset_mm"], 1.5),
        ("femoral neck width", lambda t: t["femur"]["femur_left"]["neck_width_mm"], 1.2),
        ("hip-centre distance", lambda t: t["pelvis"]["hip_distance_mm"], 1.0),
        ("symphysis width", lambda t: t["pelvis"]["symphysis_mm"], 1.0),
        ("joint space", lambda t: t["joint_space_mm"], 0.9),
    ],
)
def test_a_virtual_hip_is_measured_as_it_was_built(hip, name, known, within):
    truth, found = hip
    assert found[name] == pytest.approx(known(truth), abs=within)


@pytest.fixture(scope="module")
def spine():
    body = make_spine_body(draw_person(np.random.default_rng(9)), posture=SUPINE_SPINE, variant=HEALTHY_SPINE)
    low, high = (body.landmarks[f"vertebrae_{level}_centre"] for level in ("L4", "L2"))
    box = np.array([55.0, 75.0, 30.0])
    lattice = covering_lattice(np.minimum(low, high) - box, np.maximum(low, high) + box, 1.0)
    return body, paint_bones(body, lattice, only=["vertebrae_L2", "vertebrae_L3", "vertebrae_L4"]).labels


@pytest.mark.parametrize("level", ["L2", "L3", "L4"])
def test_a_virtual_vertebra_is_measured_as_it_was_built(spine, level):
    body, labels = spine
    known, bone = body.truth["levels"][level], specimen(labels, f"vertebrae_{level}")
    fitted = aligned(fit_vertebra(labels, f"vertebrae_{level}"), bone, labels.volume)
    found = body_dimensions(fitted, bone, labels.volume) | arch_dimensions(fitted, bone.points, bone.voxel_mm)
    for name, key, within in (
        ("upper width", "width_superior_mm", 2.0),
        ("upper depth", "depth_superior_mm", 2.0),
        ("central height", "height_central_mm", 1.0),
        ("anterior height", "height_anterior_mm", 1.2),
        ("wedge", "wedge_deg", 2.5),
        ("canal width", "canal_width_mm", 2.5),
        ("pedicle width", "pedicle_width_mm", 1.5),
        ("transverse span", "transverse_span_mm", 3.0),
    ):
        assert found[name] == pytest.approx(known[key], abs=within), name


def test_a_dimension_is_met_only_if_mean_and_spread_are():
    rng, norm = np.random.default_rng(1), Norm((50.0, 3.0), (44.0, 2.5), "mm", "1")

    def people(mean, spread):
        values = rng.normal(size=400)
        return list(mean + spread * (values - values.mean()) / values.std(ddof=1))

    assert compared("x", norm, {"male": people(50, 3.0), "female": people(44, 2.5)})["met"]
    assert not compared("x", norm, {"male": people(60, 3.0), "female": people(44, 2.5)})["met"]
    assert not compared("x", norm, {"male": people(50, 1.5), "female": people(44, 1.2)})["met"]
    assert not compared("x", Norm((50.0, None), (44.0, None), "mm", "1"), {"male": people(50, 3.0)})["met"]
