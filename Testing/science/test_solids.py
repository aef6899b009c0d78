"""Solids by signed distance: what the virtual bones are built from."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import gamma

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.solids import (
    Solid,
    beyond,
    capsule,
    coverage,
    difference,
    ellipsoid,
    smooth_union,
    sphere,
    superellipsoid,
    tapered_capsule,
    torus,
    union,
)

CENTRE = np.array([3.0, -2.0, 1.0])

EXACT = {
    "sphere": sphere(CENTRE, 10),
    "capsule": capsule(CENTRE, CENTRE + np.array([5, 0, 9]), 6),
    "tapered capsule": tapered_capsule(CENTRE, CENTRE + np.array([12, 3, 9]), 7, 4),
    "torus": torus(CENTRE, 10, 3),
    "moved sphere": sphere((0, 0, 0), 8).moved(RigidTransform.from_translation(CENTRE)),
}

VOLUMES_MM3 = {
    "sphere": (sphere(CENTRE, 10), 4 / 3 * np.pi * 1000),
    "ellipsoid": (ellipsoid(CENTRE, (12, 7, 9)), 4 / 3 * np.pi * 12 * 7 * 9),
    "capsule": (capsule(CENTRE, CENTRE + np.array([0, 0, 9]), 6), np.pi * 36 * 9 + 4 / 3 * np.pi * 216),
    "torus": (torus(CENTRE, 10, 3), 2 * np.pi**2 * 10 * 9),
    "half a sphere": (beyond(sphere(CENTRE, 10), CENTRE, (1, 2, 3)), 2 / 3 * np.pi * 1000),
    "a hollow sphere": (difference(sphere(CENTRE, 10), sphere(CENTRE, 7)), 4 / 3 * np.pi * (1000 - 343)),
    "two spheres apart": (union(sphere(CENTRE, 5), sphere(CENTRE + np.array([12, 0, 0]), 5)), 8 / 3 * np.pi * 125),
    "a rounded box": (
        superellipsoid(CENTRE, (9, 7, 8), across=8, along=8),
        8 * 504 * gamma(9 / 8) ** 3 / gamma(11 / 8),
    ),
}


def points_around(solid: Solid, step: float = 1.0) -> np.ndarray:
    axes = [np.arange(low - 2, high + 2, step) for low, high in zip(solid.low, solid.high, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


@pytest.mark.parametrize("solid", EXACT.values(), ids=EXACT)
def test_the_distance_of_an_exact_solid_changes_by_one_mm_for_each_mm(solid):
    points = np.random.default_rng(0).uniform(solid.low - 5, solid.high + 5, (500, 3))
    step = 1e-5
    slopes = [(solid.distance(points + step * axis) - solid.distance(points)) / step for axis in np.eye(3)]
    assert np.median(np.linalg.norm(slopes, axis=0)) == pytest.approx(1, abs=1e-4)
    assert np.linalg.norm(slopes, axis=0).max() < 1.001


@pytest.mark.parametrize(("solid", "volume"), VOLUMES_MM3.values(), ids=VOLUMES_MM3)
def test_the_shares_of_all_voxels_add_up_to_the_volume(solid, volume):
    total = coverage(solid.distance(points_around(solid)), 1.0).sum()
    assert total == pytest.approx(volume, rel=0.02)


@pytest.mark.parametrize("solid", [*EXACT.values(), *(solid for solid, _ in VOLUMES_MM3.values())])
def test_nothing_sticks_out_of_the_box_even_after_a_move_or_a_mirror(solid):
    turned = RigidTransform.from_rotation_translation(Rotation.from_rotvec([0.3, -0.8, 0.5]).as_matrix(), [5, 6, 7])
    for case in (solid, solid.moved(turned), solid.mirrored(), solid.grown(2.0)):
        points = points_around(case, 1.5)
        inside = points[case.distance(points) < 0]
        assert (inside >= case.low - 1e-6).all()
        assert (inside <= case.high + 1e-6).all()


def test_a_smooth_union_holds_both_its_parts_and_fills_the_crease():
    first, second = sphere((0, 0, 0), 10), sphere((16, 0, 0), 10)
    joined = smooth_union(first, second, blend_mm=6.0)
    points = points_around(joined)
    assert (joined.distance(points) <= np.minimum(first.distance(points), second.distance(points)) + 1e-12).all()
    assert joined.distance(np.array([8.0, 6.5, 0.0])) < 0 < union(first, second).distance(np.array([8.0, 6.5, 0.0]))


@pytest.mark.parametrize("exponent", [2.0, 6.0, 10.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_middle_of_a_solid_is_inside_in_single_precision_too(exponent, dtype):
    solid = superellipsoid(CENTRE, (9, 7, 8), across=2.3, along=exponent)
    assert -12 < solid.distance(CENTRE[None].astype(dtype))[0] < -5
