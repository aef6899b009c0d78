"""Surfaces of masks: closed, in place, as large as the solid, and met by rays where they should be."""

import numpy as np
import pytest

from bonedensity.errors import AnatomyError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import Volume
from bonedensity.imaging.surface import surface_of
from bonedensity.workflows.session_surfaces import touched

RADIUS = 20.0
CENTRE = np.array([31.0, -12.0, 55.0])
TURN = RigidTransform.from_parameters([20, -35, 50, 4, 5, 6], centre=[0, 0, 0]).rotation

GRIDS = {
    "isotropic": np.eye(3),
    "anisotropic": np.diag([0.8, 0.8, 2.0]),
    "flipped": np.diag([-1.0, 1.0, -1.5]),
    "mirrored": np.diag([-1.0, 1.0, 1.0]),
    "oblique": TURN @ np.diag([1.0, 1.2, 0.9]),
}


def ball(axes):
    """A mask of the ball on a grid, and the grid."""
    shape = np.ceil(2 * (RADIUS + 6) / np.linalg.norm(axes, axis=0)).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = CENTRE - axes @ ((shape - 1) / 2)
    grid = Volume(np.zeros(shape[::-1], dtype=np.uint8), affine)
    k, j, i = np.indices(shape[::-1])
    return np.linalg.norm(grid.to_patient(np.stack([i, j, k], axis=-1)) - CENTRE, axis=-1) < RADIUS, grid


def volume_of(surface):
    a, b, c = (surface.points.astype(float)[surface.triangles[:, n]] - CENTRE for n in range(3))
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6


@pytest.mark.parametrize("name", GRIDS)
def test_a_balls_surface_lies_on_the_ball_and_encloses_its_volume(name):
    surface = surface_of(*ball(GRIDS[name]), cell_mm=2.5)
    distances = np.linalg.norm(surface.points - CENTRE, axis=1)
    assert np.abs(distances - RADIUS).max() < 1.5
    assert distances.mean() == pytest.approx(RADIUS, abs=0.6)
    assert volume_of(surface) == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.08)  # positive: wound outwards


def test_the_surface_is_closed_and_its_normals_point_outwards():
    surface = surface_of(*ball(GRIDS["oblique"]))
    edges = np.concatenate([surface.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    there, back = {tuple(edge) for edge in edges}, {tuple(edge[::-1]) for edge in edges}
    assert there == back  # each edge has two triangles, which go along it in opposite directions
    outward = (surface.points - CENTRE) / np.linalg.norm(surface.points - CENTRE, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", surface.normals, outward).min() > 0.85


def test_larger_cells_give_fewer_triangles():
    mask, grid = ball(GRIDS["isotropic"])
    fine, coarse = (len(surface_of(mask, grid, cell_mm=cell).triangles) for cell in (1.0, 3.0))
    assert fine > 5 * coarse


def test_a_bone_cut_by_the_images_edge_is_closed_there():
    mask = np.ones((12, 12, 12), dtype=bool)
    surface = surface_of(mask, Volume(mask.astype(np.uint8), np.eye(4)), cell_mm=1.0)
    low, high = surface.points.min(axis=0), surface.points.max(axis=0)
    assert low == pytest.approx([-0.5] * 3, abs=0.3)
    assert high == pytest.approx([11.5] * 3, abs=0.3)


def test_nothing_has_no_surface():
    with pytest.raises(AnatomyError):
        surface_of(np.zeros((4, 4, 4), dtype=bool), Volume(np.zeros((4, 4, 4)), np.eye(4)))


def test_a_ray_touches_the_near_side_first_and_misses_what_lies_beside_or_behind():
    surface = surface_of(*ball(GRIDS["isotropic"]), cell_mm=2.0)
    eye = CENTRE + np.array([100, 3, -2])
    towards = CENTRE - eye
    far = touched(surface, eye, towards)
    assert far * np.linalg.norm(towards) == pytest.approx(np.linalg.norm(towards) - RADIUS, abs=1.0)
    assert touched(surface, eye, -towards) is None
    assert touched(surface, eye, np.array([-100.0, 40.0, 0.0])) is None
    inside = touched(surface, CENTRE, np.array([0.0, 0.0, 1.0]))
    assert inside == pytest.approx(RADIUS, abs=1.0)
