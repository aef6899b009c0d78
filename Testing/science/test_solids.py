"""Solids by signed distance: what the virtual bones are built from."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import gamma

from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.virtual.solids import (
    Solid,
    beyond,
    capsule,
    coverage,
    difference,
    ellipsoid,
    sheet,
    smooth_difference,
    smooth_union,
    sphere,
    superellipsoid,
    sweep,
    tapered_capsule,
    torus,
    union,
)

CENTRE = np.array([3.0, -2.0, 1.0])

HALF_TURN = np.linspace(0, np.pi, 7)

ARC = np.column_stack([40 * np.cos(HALF_TURN), 40 * np.sin(HALF_TURN), 0 * HALF_TURN])
"""Half a circle of radius 40 mm."""

ROUND_EDGE = 30 * np.column_stack([f(np.linspace(0, 2 * np.pi, 12, endpoint=False)) for f in (np.cos, np.sin)])

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
    "a ball within a ball": (tapered_capsule(CENTRE, CENTRE + np.array([2, 0, 1]), 10, 6), 4 / 3 * np.pi * 1000),
    "half a sphere": (beyond(sphere(CENTRE, 10), CENTRE, (1, 2, 3)), 2 / 3 * np.pi * 1000),
    "a hollow sphere": (difference(sphere(CENTRE, 10), sphere(CENTRE, 7)), 4 / 3 * np.pi * (1000 - 343)),
    "two spheres apart": (union(sphere(CENTRE, 5), sphere(CENTRE + np.array([12, 0, 0]), 5)), 8 / 3 * np.pi * 125),
    "a straight tube with flat ends": (
        sweep([(0, 0, 0), (0, 0, 30)], [(10, 6), (10, 6)], across=(1, 0, 0), dome=(0, 0)),
        np.pi * 60 * 30,
    ),
    "a straight tube with round ends": (
        sweep([(0, 0, 0), (0, 5, 30)], [8, 8], across=(1, 0, 0)),
        np.pi * 64 * np.hypot(5, 30) + 4 / 3 * np.pi * 512,
    ),
    "half a ring of elliptic section": (sweep(ARC, np.tile([6.0, 4.0], (7, 1)), dome=(0, 0)), np.pi * 24 * np.pi * 40),
    "a cone": (
        sweep([(0, 0, 0), (0, 0, 40)], [10, 6], across=(1, 0, 0), dome=(0, 0)),
        np.pi * 40 / 3 * (100 + 60 + 36),
    ),
    "a round plate": (
        sheet(
            RigidTransform.from_translation(CENTRE),
            [-40, 40],
            [-40, 40],
            np.zeros((2, 2)),
            np.full((2, 2), 4.0),
            ROUND_EDGE,
            edge_mm=0.5,
        ),
        np.pi * 900 * 8,
    ),
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


def test_a_sweep_passes_through_its_control_points_with_the_sections_asked_for():
    centres = np.array([(0, 0, 0), (10, 5, 20), (5, 15, 45), (-10, 10, 60)], dtype=float)
    half = np.array([(9, 5), (7, 6), (6, 4), (8, 5)], dtype=float)
    tube = sweep(centres, half, across=(1, 0, 0))
    for at, before, after, (a, _) in zip(centres[1:-1], centres, centres[2:], half[1:-1], strict=False):
        along = (after - before) / np.linalg.norm(after - before)
        across = np.array([1.0, 0, 0]) - along[0] * along
        rim = at + a * across / np.linalg.norm(across)
        assert abs(float(tube.distance(rim[None])[0])) < 0.5
        assert float(tube.distance(at[None])[0]) < -3


def test_the_distance_to_a_sweep_and_a_sheet_is_of_first_order_at_the_surface():
    bent = sheet(
        RigidTransform.from_translation(CENTRE), [-30, 0, 30, 60], [-30, 0, 30, 60],
        np.add.outer([0, 4, 0, -6], [0, 6, 10, 6]), np.full((4, 4), 5.0), 25 + ROUND_EDGE,
    )  # fmt: skip
    tube = sweep(ARC, np.tile([7.0, 5.0], (7, 1)), exponent=3.0)
    rng = np.random.default_rng(1)
    for solid in (bent, tube):
        points = rng.uniform(solid.low - 3, solid.high + 3, (20000, 3))
        points = points[np.abs(solid.distance(points)) < 1.0]
        slopes = [(solid.distance(points + 0.01 * axis) - solid.distance(points)) / 0.01 for axis in np.eye(3)]
        steepness = np.linalg.norm(slopes, axis=0)
        assert len(points) > 300
        assert np.median(steepness) == pytest.approx(1, abs=0.04)
        assert np.quantile(np.abs(steepness - 1), 0.8) < 0.2  # the rest lies in the fillet of the rim


def test_a_part_far_from_a_union_s_point_does_not_change_its_distance():
    near, far = sphere((0, 0, 0), 10), sweep(ARC + np.array([200, 0, 0]), np.full(7, 5.0))
    points = np.random.default_rng(2).uniform(-15, 15, (200, 3)).astype(np.float32)
    np.testing.assert_array_equal(smooth_union(near, far, blend_mm=5.0).distance(points), near.distance(points))


def test_a_smooth_difference_rounds_the_edge_that_a_sharp_one_leaves():
    block, hole = sphere((0, 0, 0), 10), sphere((0, 0, 10), 7)
    points = points_around(block)
    sharp, smooth = (
        difference(block, hole).distance(points),
        smooth_difference(block, hole, blend_mm=3.0).distance(points),
    )
    assert (smooth >= sharp - 1e-6).all()
    assert 0 < (smooth - sharp).max() <= 0.75 + 1e-6


@pytest.mark.parametrize(
    ("centres", "half"), [([(0, 0, 0)], [3]), ([(0, 0, 0), (0, 0, 9)], [3, 3, 3]), ([(0, 0), (0, 9)], [3, 3])]
)
def test_a_sweep_whose_numbers_do_not_fit_is_refused(centres, half):
    with pytest.raises(GeometryError, match=r"\(N, 3\) points"):
        sweep(centres, half, across=(1, 0, 0))


def test_a_sweep_whose_section_has_no_direction_is_refused():
    with pytest.raises(GeometryError, match="turn `across` to the side"):
        sweep([(0, 0, 0), (0, 0, 9)], [3, 3], across=(0, 0, 1))


def test_a_sheet_whose_tables_do_not_fit_is_refused():
    with pytest.raises(GeometryError, match="tables must be"):
        sheet(RigidTransform.identity(), [0, 1], [0, 1, 2], np.zeros((2, 2)), np.ones((2, 2)), ROUND_EDGE)
