"""Both ways to sum slabs give the sum of bilinear samples; the vector one where the processor has its instructions."""

import itertools

import numba
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from bonedensity.drr import slab_accumulator, slab_lanes

GREY_LEVELS_A_SLAB = 3
"""How far a sample of full contrast may be off: 0.5 from mixing, 1 from its share, 1 from the weights, 0.5 spare."""

NEEDS_LANES = pytest.mark.skipif(not slab_lanes.lanes_permute(), reason="the processor cannot permute 16-bit lanes")
WAYS = ["plain", pytest.param("in_lanes", marks=NEEDS_LANES)]
ROWS, SLABS, COLUMNS = 40, 70, 96
Q, P = 48, 112


def noise():
    """Voxels of full contrast with an empty border, and some empty rows."""
    rng = np.random.default_rng(3)
    voxels = np.zeros((ROWS, SLABS, COLUMNS), np.int16)
    voxels[1:-1, :, 5:81] = rng.integers(0, 32768, (ROWS - 2, SLABS, 76))
    voxels[20:24, 10:30] = 0
    return voxels


def summed(how, voxels, scale, offset, blocks=(0, Q)):
    filled = (voxels != 0).any(axis=2)
    filled[:-1] |= filled[1:].copy()
    first, last = np.where(filled, 5, COLUMNS).astype(np.int32), np.where(filled, 81, 0).astype(np.int32)
    out = np.full((Q, P), 99, how.dtype)
    for row0, row1 in itertools.pairwise(blocks):
        how.rows(voxels, first, last, scale, offset, 0, SLABS, out, row0, row1)
    return out


def cone(step=(0.9, 0.8), start=(-6.0, -3.0)):
    """Ever larger steps and starts, slab by slab: on both sides the plane reaches beyond the voxels."""
    grown = np.linspace(0.9, 1.1, SLABS)[:, None]
    return (grown * step).astype(np.float32), (grown * start).astype(np.float32)


@pytest.mark.parametrize("step", [(0.9, 0.8), (0.3, 0.5), (3.3, 2.0)])
@pytest.mark.parametrize("way", WAYS)
def test_a_sum_is_that_of_bilinear_samples(way, step):
    how, voxels = getattr(slab_accumulator, way)(), noise()
    scale, offset = cone(step)
    expected = np.zeros((Q, P))
    for n in range(SLABS):
        y, x = offset[n, 1] + scale[n, 1] * np.arange(Q), offset[n, 0] + scale[n, 0] * np.arange(P)
        places = np.meshgrid(y.astype(float), x.astype(float), indexing="ij")
        expected += map_coordinates(voxels[:, n].astype(float), places, order=1, mode="constant")
    error = np.abs(summed(how, voxels, scale, offset) / how.worth - expected)
    assert expected.max() > SLABS * 10_000
    assert error.max() < SLABS * GREY_LEVELS_A_SLAB


@pytest.mark.parametrize("way", WAYS)
def test_blocks_of_rows_give_the_same_bytes_as_all_rows(way):
    how, voxels, (scale, offset) = getattr(slab_accumulator, way)(), noise(), cone()
    whole, parts = (summed(how, voxels, scale, offset, blocks) for blocks in ((0, Q), (0, 4, 20, Q)))
    np.testing.assert_array_equal(whole, parts)


@NEEDS_LANES
@pytest.mark.parametrize("share", [0, 1, 9000, 32767])
def test_lanes_mix_two_rows_to_the_nearest_grey_level(share):
    voxels = np.random.default_rng(3).integers(0, 32768, 128, dtype=np.int16)
    upper, lower = voxels[5:37].astype(np.int64), voxels[70:102].astype(np.int64)
    expected = upper + ((lower - upper) * share + slab_lanes.WHOLE_MIX // 2) // slab_lanes.WHOLE_MIX
    np.testing.assert_array_equal(mixed_in_lanes(voxels, share)[3:35], expected)


@NEEDS_LANES
def test_lanes_add_the_weighted_neighbours_of_every_sample():
    rng = np.random.default_rng(3)
    weights = np.empty(32, np.int16)
    weights[1::2] = rng.integers(0, slab_lanes.WHOLE_WEIGHT + 1, 16)
    weights[::2] = slab_lanes.WHOLE_WEIGHT - weights[1::2]
    where = rng.integers(0, 64, 32, dtype=np.int16)
    rows = rng.integers(0, 32768, (slab_lanes.ROWS, 64), dtype=np.int16)
    weighted = rows[:, where].astype(np.int64) * weights
    expected = np.full((slab_lanes.ROWS, 20), 7)
    expected[:, 1:17] += (weighted[:, ::2] + weighted[:, 1::2]) // (slab_lanes.WHOLE_WEIGHT // slab_lanes.WORTH)
    np.testing.assert_array_equal(added_in_lanes(rows.reshape(-1), where, weights).reshape(-1, 20), expected)


@numba.njit
def mixed_in_lanes(voxels, share):
    mixed = np.zeros(64, np.int16)
    slab_lanes.mix(voxels, 5, 70, np.int16(share), mixed, 3)
    return mixed


@numba.njit
def added_in_lanes(rows, where, weights):
    sums = np.full(4 * 20, 7, np.int32)
    slab_lanes.add(rows, 0, 64, where, weights, 0, sums, 1, 20)
    return sums
