"""What uncertain distances do to lengths, areas and areal densities that are read through a registered radiograph."""

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.densitometry.areal import areal_image, radiograph_area
from bonedensity.drr.render import rays_in_patient, render
from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.registration import Level, RegistrationConfig, register
from bonedensity.registration.config import Spread
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.scale import scale_uncertainty

DEPTH_MM, RADIUS_MM = 800.0, 30.0
IDENTITY = RigidTransform.identity()


def a_camera(sdd_mm=1000.0) -> PinholeCamera:
    """Square to the world's z, 800 mm in front of its origin."""
    pose = RigidTransform.from_translation([0, 0, DEPTH_MM])
    return PinholeCamera.from_source_to_detector_distance(
        sdd_mm=sdd_mm, rows=200, columns=200, pixel_spacing_mm=(0.5, 0.5), camera_from_world=pose
    )


def deeper(mm) -> RigidTransform:
    return RigidTransform.from_translation([0, 0, mm])


@pytest.fixture(scope="module")
def ball() -> Volume:
    """800 mg/cm³, 30 mm radius."""
    size, step = 60, 1.2
    at = (np.arange(size) - (size - 1) / 2) * step
    z, y, x = np.meshgrid(at, at, at, indexing="ij")
    density = np.where(x**2 + y**2 + z**2 <= RADIUS_MM**2, 800.0, 0.0).astype(np.float32)
    return Volume(density, index_to_patient(spacing=[step] * 3, origin=[at[0]] * 3), unit="mg/cm³", name="ball")


@pytest.fixture(scope="module")
def outlined(ball) -> int:
    """Pixels of the ball's shadow on the radiograph as it is."""
    return int((render(ball, a_camera(), IDENTITY, quantity="density", backend="exact") > 0.2).sum())  # 2.5 mm of it


def measured_cm2(pixels, camera, pose) -> float:
    return radiograph_area("Area", pixels, scale_uncertainty(camera, pose, 0, 0)).value


def test_the_area_of_a_balls_shadow_is_that_of_its_disc(outlined):
    assert measured_cm2(outlined, a_camera(), IDENTITY) == pytest.approx(np.pi * 3.0**2, rel=0.02)


@pytest.mark.parametrize("depth_sd", [1.0, 4.0, 15.0])
def test_the_areas_uncertainty_is_its_change_with_the_depth(outlined, depth_sd):
    further, nearer = (measured_cm2(outlined, a_camera(), deeper(mm)) for mm in (depth_sd, -depth_sd))
    stated = radiograph_area("Area", outlined, scale_uncertainty(a_camera(), IDENTITY, 0, depth_sd))
    assert stated.uncertainty == pytest.approx((further - nearer) / 2, rel=1e-3)


@pytest.mark.parametrize("sdd_sd", [2.0, 10.0])
def test_a_depth_measured_on_its_own_leaves_the_distances_error_in_the_area(outlined, sdd_sd):
    longer, shorter = (measured_cm2(outlined, a_camera(1000 + mm), IDENTITY) for mm in (sdd_sd, -sdd_sd))
    stated = radiograph_area("Area", outlined, scale_uncertainty(a_camera(), IDENTITY, sdd_sd, 0, registered=False))
    assert stated.uncertainty == pytest.approx((shorter - longer) / 2, rel=1e-3)


def test_independent_errors_add_in_squares():
    both = scale_uncertainty(a_camera(), IDENTITY, 10, 8, registered=False)
    assert both.length == pytest.approx(np.hypot(10 / 1000, 8 / 800))
    assert both.area == pytest.approx(2 * both.length)


def test_a_registered_depth_carries_the_distances_error_and_the_area_does_not():
    found = scale_uncertainty(a_camera(), IDENTITY, 10, 8)
    assert found.length == pytest.approx(8 / 800)
    assert found.depth_sd_mm == pytest.approx(np.hypot(8, 800 * 10 / 1000))


def test_areal_density_along_the_rays_does_not_depend_on_the_distance_to_the_source(ball):
    """Mean over the shadow of a ball seen from near and far: the same mass per area, within the rays' slant."""
    means = []
    for camera, pose in ((a_camera(), IDENTITY), (a_camera(), deeper(60)), (a_camera(1200), IDENTITY)):
        bone = np.asarray(ball.array) > 0
        means.append(areal_image(ball, bone, bone, rays_in_patient(camera, pose)).abmd)
    assert means == pytest.approx([means[0]] * 3, rel=0.005)
    assert means[0] == pytest.approx(800 * 4 / 3 * RADIUS_MM * 1e-4, rel=0.02)  # mass over the disc's area


LEVELS = (
    Level(64, 3.0, 1.0, Spread(3.0, 4.0, 20.0), population=16, generations=30),
    Level(128, 3.0, 1.0, Spread(0.8, 0.8, 10.0), population=14, generations=40),
)


@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_a_registration_answers_a_wrong_distance_by_the_depth_and_keeps_the_scale(small_phantom, small_view, factor):
    """Otherwise the statement that a registered scale does not depend on the distance would be wrong."""
    camera = c_arm_camera(sdd_mm=1000, source_to_isocentre_mm=800, rows=256, columns=256, pixel_spacing_mm=(0.85, 0.85))
    truth = ViewFrame(camera, IDENTITY, np.zeros(3)).pose([3, -4, 2, 4, -3, 0])
    view = small_view(camera, truth)
    assumed = PinholeCamera.from_source_to_detector_distance(
        sdd_mm=1000 * factor, rows=256, columns=256, pixel_spacing_mm=(0.85, 0.85),
        camera_from_world=camera.camera_from_world,
    )  # fmt: skip
    result = register(
        small_phantom[0], [replace(view, camera=assumed)], initial=truth, labels=small_phantom[1], bones=["sacrum"],
        config=RegistrationConfig(levels=LEVELS),
    )  # fmt: skip
    right, found = (
        scale_uncertainty(c, pose, 0, 0, centre=result.centre)
        for c, pose in ((camera, truth), (assumed, result.world_from_ct))
    )
    assert found.depth_mm / right.depth_mm == pytest.approx(factor, abs=0.02)
    assert found.mm_per_pixel == pytest.approx(right.mm_per_pixel, rel=0.015)


@pytest.mark.parametrize(("sdd_sd", "depth_sd"), [(-1, 2), (1, -2), (float("nan"), 2)])
def test_impossible_uncertainties_are_refused(sdd_sd, depth_sd):
    with pytest.raises(GeometryError, match="must be 0 or more"):
        scale_uncertainty(a_camera(), IDENTITY, sdd_sd, depth_sd)


def test_a_bone_behind_the_source_has_no_scale():
    with pytest.raises(GeometryError, match="behind"):
        scale_uncertainty(a_camera(), deeper(-900), 1, 1)


def test_a_camera_without_pixel_size_has_no_distance_that_could_be_uncertain():
    bare = replace(a_camera(), pixel_spacing_mm=None)
    assert scale_uncertainty(bare, IDENTITY, 0, 8).length == pytest.approx(0.01)
    with pytest.raises(GeometryError, match="pixel spacing"):
        scale_uncertainty(bare, IDENTITY, 5, 8)
