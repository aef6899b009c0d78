"""Virtual radiographs: the truth beside each image is exact, and processing does what departments do."""

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.drr.physics import XraySettings
from bonedensity.drr.render import rays_in_patient
from bonedensity.geometry import RigidTransform, camera_from_json
from bonedensity.virtual.plain_bodies import ball_body
from bonedensity.virtual.posed import PaintedOnce, placed_bones
from bonedensity.virtual.radiographs import (
    Processing,
    processed,
    random_hip_view,
    random_processing,
    random_spine_view,
    take_radiograph,
)
from bonedensity.virtual.radiographs.marker import lead_letter
from bonedensity.virtual.radiographs.paths import cross_body
from bonedensity.virtual.radiographs.rooms import ROOMS, room_of, rooms_of
from bonedensity.virtual.radiographs.taking import noisy_exposure

DENSITY, RADIUS_MM = 400.0, 22.0
QUIET = XraySettings(photons_per_mm2=float("inf"), scatter_fraction=0.0)


def small(view, *, factor=4.0):
    """The same view with coarser pixels: cheap."""
    return replace(view, camera=view.camera.resampled(factor))


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def body():
    return ball_body(density=DENSITY, radius_mm=RADIUS_MM, half_mm=80.0)


@pytest.fixture(scope="module")
def once(body):
    return PaintedOnce(body, 1.5)


@pytest.fixture(scope="module")
def view():
    return small(random_hip_view("supine", "L", rng(2), middle=np.array([-60.0, 0.0, 0.0])))


def taken(once, body, view, **more):
    more = {"settings": QUIET, "processing": Processing(), "rng": rng(1), "marker": False, **more}
    return take_radiograph(once, body, view, **more)


def test_the_central_ray_of_a_ball_crosses_its_diameter(once, body, view):
    image = taken(once, body, view)
    u, v = np.rint(view.camera.project(view.world_from_body.apply([0.0, 0.0, 0.0]))).astype(int)
    assert image.mineral[v, u] == pytest.approx(2 * RADIUS_MM * DENSITY * 1e-4, rel=0.02)
    assert image.femur == pytest.approx(image.mineral)


def test_mineral_on_the_film_is_the_balls_mass(once, body, view):
    image = taken(once, body, view).mineral
    camera = view.camera
    depth = camera.camera_from_world.apply(view.world_from_body.apply([0.0, 0.0, 0.0]))[2]
    rays = camera.directions(np.moveaxis(np.indices(image.shape)[::-1], 0, -1))
    at_depth_cm2 = np.prod(camera.pixel_spacing_mm) * (depth / camera.sdd_mm) ** 2 / 100
    slant = np.linalg.norm(rays, axis=-1)
    mass = (image / slant).sum() * at_depth_cm2
    assert mass == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3 * DENSITY * 1e-6, rel=0.02)


def test_bones_painted_once_project_as_bones_painted_anew(once, body, view):
    move = RigidTransform.from_parameters([8.0, -5.0, 12.0, 3.0, 2.0, -4.0], centre=[0.0, 0.0, 30.0])
    moved = replace(
        body,
        bones=tuple(bone.moved(move) for bone in body.bones),
        landmarks={name: move.apply(point) for name, point in body.landmarks.items()},
    )
    rays = rays_in_patient(view.camera, view.world_from_body)
    (placed,) = placed_bones(once, moved, rays)
    assert placed.painted is once.bone("femur_left")
    assert placed.pose.matrix == pytest.approx(move.matrix, abs=1e-6)
    anew = cross_body(PaintedOnce(moved, 1.5), moved, rays).total_mineral
    assert placed.areal_density(rays).sum() == pytest.approx(anew.sum(), rel=5e-3)


def test_a_bone_of_another_shape_is_painted_anew(once, body, view):
    other = ball_body(density=DENSITY, radius_mm=RADIUS_MM - 3)
    (placed,) = placed_bones(once, other, rays_in_patient(view.camera, view.world_from_body))
    assert placed.painted is not once.bone("femur_left")


def test_mineral_takes_the_place_of_soft_tissue(once, body, view):
    paths = cross_body(once, body, rays_in_patient(view.camera, view.world_from_body))
    thickness = sum(paths.materials.values())
    u, v = np.rint(view.camera.project(view.world_from_body.apply([0.0, 0.0, 0.0]))).astype(int)
    assert thickness[v, u] == pytest.approx(160.0, rel=0.05)


def test_the_proximal_femur_is_part_of_the_femur(once, body, view):
    image = taken(once, body, view)
    assert 0 < image.region.sum() < (image.femur > 0).sum()
    assert (image.proximal_femur <= image.femur + 1e-5).all()
    assert image.truth["proximal_femur_mg_cm3"] == pytest.approx(DENSITY, rel=0.2)


@pytest.mark.parametrize(("side", "inner_edge"), [("R", 255.5), ("L", -0.5)])
def test_hip_images_begin_at_the_films_midline(side, inner_edge):
    view = random_hip_view("standing", side, rng(4))
    assert (view.camera.rows, view.camera.columns) == (512, 256)
    ahead = view.camera.camera_from_world.inverse().apply([0.0, 0.0, 700.0])
    assert view.camera.project(ahead) == pytest.approx([inner_edge, 255.5])
    patient_left = view.camera.project([[100.0, 0.0, 0.0], [-100.0, 0.0, 0.0]])[:, 0]
    assert patient_left[0] > patient_left[1]


def test_hips_are_magnified_as_in_x_ray_rooms():
    for seed in range(20):
        camera = random_hip_view("standing", "R", rng(seed)).camera
        assert 1.09 <= camera.sdd_mm / camera.camera_from_world.apply([0.0, 0.0, 0.0])[2] <= 1.26


def test_a_lateral_spine_is_seen_from_the_left():
    view = random_spine_view("LATERAL", rng(0), middle=np.zeros(3))
    assert view.camera.source[0] > 900
    front, back = view.camera.project([[0.0, -50.0, 0.0], [0.0, 50.0, 0.0]])[:, 0]
    assert front < back


def test_the_truth_holds_the_camera(once, body, view):
    truth = taken(once, body, view).truth
    again = camera_from_json(truth["camera"])
    assert again.projection_matrix == pytest.approx(view.camera.projection_matrix)


@pytest.mark.parametrize("seed", range(6))
def test_processing_stays_within_its_bits_and_shows_bone_bright(once, body, view, seed):
    processing = random_processing(rng(seed))
    image = taken(once, body, view, processing=processing).image.array
    u, v = np.rint(view.camera.project(view.world_from_body.apply([0.0, 0.0, 0.0]))).astype(int)
    assert image.min() >= 0
    assert image.max() <= 2**processing.bits - 1
    assert image[v, u] > np.percentile(image, 80)


def test_a_hospital_has_a_few_rooms_and_a_visit_is_to_one_of_them():
    rooms = rooms_of("bmdgan")
    assert rooms == rooms_of("bmdgan")
    assert len(rooms) == ROOMS
    assert not set(map(str, rooms)) & set(map(str, rooms_of("tang")))
    seen = [room_of("bmdgan", seed) for seed in range(60)]
    assert {str(room) for room in seen} == {str(room) for room in rooms}
    assert seen[7] == room_of("bmdgan", 7)
    assert any(room_of("bmdgan", seed, visit=1) != room for seed, room in enumerate(seen))


def test_exposures_of_one_room_differ_less_than_hospitals_do():
    room = room_of("bmdgan", 1)
    own = [room.exposure(rng(seed)) for seed in range(80)]
    others = [rooms_of(f"hospital {number}")[0].protocol for number in range(80)]
    for name in ("kvp", "scatter_fraction"):
        within, between = (np.std([getattr(each, name) for each in group]) for group in (own, others))
        assert 0 < within < 0.3 * between
    assert len({each.detector_blur_mm for each in own}) == 1  # one detector
    assert len({each.collimation for each in own}) > 20  # each image is collimated anew


def test_fine_gain_sharpens_edges_and_coarse_gain_flattens_the_whole():
    log = np.ones((64, 64)) * 2.0 + np.linspace(0, 1.5, 64)
    log[:, 32:34] += 0.3
    field = np.ones(log.shape, bool)
    plain, vendor = (
        processed(np.exp(-log), field, 1.0, Processing(coarse_gain=c, fine_gain=f, steepness=0.1, percentiles=(0, 100)))
        for c, f in ((1.0, 1.0), (0.5, 1.8))
    )
    line = [float(image[32, 33]) - float(image[32, 29]) for image in (plain, vendor)]
    assert line[1] > 1.5 * line[0]


def test_behind_the_collimator_it_is_black(once, body, view):
    image = taken(once, body, view, settings=replace(QUIET, collimation=(0.2, 0, 0, 0))).image.array
    assert (image[:, :10] == 0).all()


@pytest.mark.parametrize("side", ["L", "R"])
def test_the_lead_letter_lies_at_the_outer_upper_corner(side):
    rows, columns = np.nonzero(lead_letter(side, (512, 256), 0.68, rng(1)) > 0)
    assert rows.max() < 150
    assert (columns.mean() > 128) == (side == "L")
    assert 8 < (np.ptp(rows) + 1) * 0.68 < 22


def test_noise_stays_where_it_is_when_the_body_changes():
    settings = XraySettings(scatter_fraction=0.0, electronic_noise_photons=2.0)
    thin = {"soft_tissue": np.full((40, 40), 150.0, np.float32)}
    thick = {"soft_tissue": thin["soft_tissue"].copy()}
    thick["soft_tissue"][:5, :5] += 30
    first, second = (noisy_exposure(paths, (0.5, 0.5), settings, rng(7)) for paths in (thin, thick))
    assert np.array_equal(first[12:, 12:], second[12:, 12:])
    quiet = noisy_exposure(thin, (0.5, 0.5), QUIET, rng(7))
    expected = np.sqrt(quiet.mean() / (settings.photons_per_mm2 * 0.25))
    unblurred = noisy_exposure(thin, (0.5, 0.5), replace(settings, detector_blur_mm=0.0), rng(7))
    assert unblurred.std() == pytest.approx(expected, rel=0.1)


def test_same_seed_gives_the_same_image(once, body, view):
    first, again = (taken(once, body, view, settings=XraySettings(), rng=rng(9), marker=True) for _ in range(2))
    assert first.image.array.tobytes() == again.image.array.tobytes()
