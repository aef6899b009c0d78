"""Shares of voxels that a surface cuts: whatever its tilt, a thin plate keeps its mass, and no ray sees stripes."""

import numpy as np
import pytest

from bonedensity.virtual.bone import Bone, Lattice, Painting, constant, paint
from bonedensity.virtual.solids import Solid, sphere
from bonedensity.virtual.solids.facing import KNOWN, REACH, facing

HALF_MM = 30.0
TILTS = {
    "level": (0.0, 0.0, 1.0),
    "about one axis": (0.0, 0.6, 0.8),
    "diagonal": (1.0, 1.0, 1.0),
    "steep": (0.15, 0.75, -0.65),
    "any": (-0.31, 0.52, 0.79),
}


def a_tilted_plate(normal, thickness_mm, voxel_mm):
    """Shares (K, J, I) of a plate through a cube, and the distance of every voxel's centre from its middle."""
    unit = np.array(normal) / np.linalg.norm(normal)
    at = np.arange(-HALF_MM, HALF_MM, voxel_mm)
    points = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)[..., ::-1]
    off = points @ unit + 0.37
    distance = (np.abs(off) - thickness_mm / 2).astype(np.float32)
    chosen = distance < REACH * voxel_mm
    known = np.where(distance < KNOWN * voxel_mm, distance, np.nan).astype(np.float32)
    shares = np.zeros(distance.shape)
    shares[chosen] = facing(known, chosen, voxel_mm).share()
    return shares, off, unit


def columns_along(shares, off, unit, thickness_mm, voxel_mm):
    """Sums (mm) along the axis nearest to the normal, of columns that leave the plate at both ends, over the chord."""
    axis = int(np.abs(unit).argmax())
    rows = slice(4, -4)
    taken, away = (np.moveaxis(array, 2 - axis, 0)[:, rows, rows] for array in (shares, off))
    clear = thickness_mm / 2 + 3 * voxel_mm
    through = (away.max(axis=0) > clear) & (away.min(axis=0) < -clear)
    return taken.sum(axis=0)[through] * voxel_mm * abs(unit[axis]) / thickness_mm


@pytest.mark.parametrize("normal", TILTS.values(), ids=TILTS)
@pytest.mark.parametrize("thickness_mm", [1.6, 3.0, 6.0])
@pytest.mark.parametrize("voxel_mm", [1.0, 1.5, 2.0, 3.0])
def test_a_tilted_plate_keeps_its_mass_and_every_column_crosses_as_much_of_it(normal, thickness_mm, voxel_mm):
    columns = columns_along(*a_tilted_plate(normal, thickness_mm, voxel_mm), thickness_mm, voxel_mm)
    assert len(columns) > 10
    assert columns.mean() == pytest.approx(1.0, abs=0.01)
    assert np.abs(columns - 1).max() < 0.02


def test_the_shell_of_a_ball_thinner_than_a_voxel_keeps_its_mass():
    radius, cortex, voxel = 20.0, 0.8, 1.5
    bone = Bone("femur_left", sphere((0.3, -0.2, 0.4), radius), constant(cortex), constant(200.0), 1000.0)
    lattice = Lattice((34, 34, 34), np.full(3, -24.75), voxel)
    mass = paint(Painting.empty(lattice), lattice, bone, 1)
    inner, outer = (4 / 3 * np.pi * r**3 for r in (radius - cortex, radius))
    assert mass == pytest.approx((1000.0 * (outer - inner) + 200.0 * inner) * 1e-6, rel=0.005)


def test_a_plate_with_two_cortices_and_nothing_between_holds_the_mineral_of_both():
    unit, half, cortex = np.array([0.3, 0.5, 0.81]), 1.5, 0.9
    unit /= np.linalg.norm(unit)

    def distance(p):
        plate = np.abs(p @ unit.astype(p.dtype)) - half
        return np.maximum(plate, np.abs(p).max(axis=-1) - 30.0)

    bone = Bone(
        "hip_left", Solid(distance, np.full(3, -30.0), np.full(3, 30.0)), constant(cortex), constant(0.0), 1000.0
    )
    lattice = Lattice((26, 26, 26), np.full(3, -25.0), 2.0)
    painting = Painting.empty(lattice)
    paint(painting, lattice, bone, 1)
    columns = painting.density[3:-3, 5:-5, 5:-5].sum(axis=0) * 2.0 * unit[2] / (1000.0 * 2 * cortex)
    low, high = np.abs(lattice.points((slice(3, 4), slice(5, -5), slice(5, -5))) @ unit)[0], 4.0
    through = (low > high) & (np.abs(lattice.points((slice(22, 23), slice(5, -5), slice(5, -5))) @ unit)[0] > high)
    assert through.sum() > 50
    assert columns[through].mean() == pytest.approx(1.0, abs=0.01)
    assert np.abs(columns[through] - 1).max() < 0.03
