"""The interactive renderer agrees with the others, and steps aside where slabs cannot serve.

All of it is tested with both ways to sum slabs, that for processors with AVX-512BW where it runs.
"""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.drr import slab_accumulator, slab_lanes, slab_projector
from bonedensity.drr.projector import Projector
from bonedensity.geometry import c_arm_camera, parallel_rays, pinhole_rays
from bonedensity.imaging.grid import index_to_patient

AGREEMENT_WORST = 0.03
"""Worst pixel against Joseph's method, as a share of the image's maximum, on smooth volumes."""

AGREEMENT_MEDIAN = 0.002
"""Median relative difference inside."""

NEEDS_LANES = pytest.mark.skipif(not slab_lanes.lanes_permute(), reason="the processor cannot permute 16-bit lanes")

TILTED = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
FLIPPED = np.diag([-1.0, -1.0, 1.0])


@pytest.fixture(autouse=True, params=["plain", pytest.param("in_lanes", marks=NEEDS_LANES)])
def accumulator(request, monkeypatch):
    how = getattr(slab_accumulator, request.param)()
    monkeypatch.setattr(slab_projector, "accumulator", lambda: how)
    return how


def body(shape, seed=0):
    """A smooth body with denser bones, in 1/mm."""
    z, y, x = (np.linspace(-1, 1, n) for n in shape)
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    array = 0.02 * ((x / 0.9) ** 2 + (y / 0.7) ** 2 + (z / 0.95) ** 2 < 1)
    rng = np.random.default_rng(seed)
    for _ in range(6):
        centre, radii = rng.uniform(-0.5, 0.5, 3), rng.uniform(0.12, 0.3, 3)
        inside = sum(((c - m) / r) ** 2 for c, m, r in zip((x, y, z), centre, radii, strict=True)) < 1
        array = array + 0.02 * inside
    return gaussian_filter(array, 1.0).astype(np.float32)


def grid(shape, spacing, directions=None):
    size = np.array(shape[::-1])
    axes = np.eye(3) if directions is None else directions
    return index_to_patient(spacing=spacing, origin=-(axes * np.array(spacing)) @ ((size - 1) / 2), directions=axes)


def view(primary=0.0, secondary=0.0, pixels=160, pixel_mm=1.5, source=900.0):
    camera = c_arm_camera(
        sdd_mm=1200, source_to_isocentre_mm=source, rows=pixels, columns=pixels + 17,
        pixel_spacing_mm=(pixel_mm, pixel_mm * 1.1), primary_deg=primary, secondary_deg=secondary,
    )  # fmt: skip
    return pinhole_rays(camera)


SHAPES = {
    "cube": ((96, 96, 96), (2.0, 2.0, 2.0), None),
    "anisotropic": ((60, 110, 90), (2.0, 1.6, 3.0), None),
    "tilted": ((80, 90, 100), (2.0, 2.0, 2.2), TILTED),
    "flipped": ((80, 90, 100), (2.0, 2.0, 2.2), FLIPPED),
}


@pytest.mark.parametrize("angles", [(0, 0), (20, 10), (-37, 15), (90, 0), (180, -20), (45, 30)])
@pytest.mark.parametrize("shape", list(SHAPES))
def test_it_agrees_with_joseph_from_every_side(shape, angles):
    size, spacing, directions = SHAPES[shape]
    array, affine = body(size), grid(size, spacing, directions)
    rays = view(*angles)
    joseph = Projector(array, affine, backend="fast")(rays)
    slabs = Projector(array, affine, backend="interactive")(rays)
    difference = np.abs(slabs - joseph)
    inside = joseph > 0.3 * joseph.max()
    assert difference.max() < AGREEMENT_WORST * joseph.max()
    assert np.median(difference[inside] / joseph[inside]) < AGREEMENT_MEDIAN
    assert abs(slabs.sum() / joseph.sum() - 1) < 0.002


def test_what_is_skipped_is_empty():
    array = body((64, 64, 64))
    array[:20] = 0
    array[:, :, 45:] = 0
    affine = grid(array.shape, (3.0, 3.0, 3.0))
    whole = Projector(array, affine, backend="interactive", skip_empty=False)(view(25, 5))
    skipped = Projector(array, affine, backend="interactive")(view(25, 5))
    joseph = Projector(array, affine, backend="fast")(view(25, 5))
    assert np.abs(skipped - whole).max() < 0.02 * joseph.max()
    assert np.abs(skipped - joseph).max() < 0.04 * joseph.max()


def test_one_thread_and_several_give_the_same_bytes():
    array = body((64, 70, 80))
    affine = grid(array.shape, (2.5, 2.5, 2.5))
    one = Projector(array, affine, backend="interactive", threads=1)(view(12, -8))
    several = Projector(array, affine, backend="interactive", threads=3)(view(12, -8))
    np.testing.assert_array_equal(one, several)


def test_negative_values_keep_their_sign():
    array = body((48, 48, 48)) - 0.01
    affine = grid(array.shape, (3.0, 3.0, 3.0))
    slabs = Projector(array, affine, backend="interactive")(view(10, 0))
    joseph = Projector(array, affine, backend="fast")(view(10, 0))
    assert joseph.min() < -0.05 * joseph.max()
    inner = np.abs(joseph) > 0
    assert np.median(np.abs(slabs - joseph)[inner]) < 0.01 * np.abs(joseph).max()


def test_the_factor_scales_the_image():
    array, affine = body((40, 40, 40)), grid((40, 40, 40), (3.0, 3.0, 3.0))
    once = Projector(array, affine, backend="interactive")(view())
    thrice = Projector(array, affine, backend="interactive", factor=3.0)(view())
    np.testing.assert_allclose(thrice, 3 * once, rtol=1e-5)


@pytest.mark.parametrize("source", [60.0, 20.0])
def test_with_the_source_in_the_volume_another_renderer_serves(source):
    array, affine = body((48, 48, 48)), grid((48, 48, 48), (4.0, 4.0, 4.0))
    rays = view(source=source)
    np.testing.assert_array_equal(
        Projector(array, affine, backend="interactive")(rays), Projector(array, affine, backend="fast")(rays)
    )


def test_parallel_rays_are_served_by_another_renderer():
    array, affine = body((48, 48, 48)), grid((48, 48, 48), (4.0, 4.0, 4.0))
    rays = parallel_rays(
        centre=(0, 0, 0), right=(1, 0, 0), down=(0, 0, -1), rows=60, columns=60, pixel_spacing_mm=(3, 3), reach_mm=300
    )
    np.testing.assert_array_equal(
        Projector(array, affine, backend="interactive")(rays), Projector(array, affine, backend="fast")(rays)
    )


def test_a_volume_beside_the_detector_leaves_it_dark():
    array = body((48, 48, 48))
    affine = grid((48, 48, 48), (2.0, 2.0, 2.0))
    affine[0, 3] += 900
    image = Projector(array, affine, backend="interactive")(view())
    assert image.shape == (160, 177)
    assert (image == 0).all()


def test_a_volume_partly_outside_the_detector_is_cut_not_moved():
    array, affine = body((64, 64, 64)), grid((64, 64, 64), (3.0, 3.0, 3.0))
    affine[:3, 3] += (110, 0, 60)
    joseph = Projector(array, affine, backend="fast")(view(8, 4))
    slabs = Projector(array, affine, backend="interactive")(view(8, 4))
    assert (joseph[:, -1] > 0).any()
    assert np.abs(slabs - joseph).max() < AGREEMENT_WORST * joseph.max()


def test_a_detector_far_coarser_than_the_voxels_still_agrees():
    array, affine = gaussian_filter(body((96, 96, 96)), 4.0), grid((96, 96, 96), (1.0, 1.0, 1.0))
    rays = view(12, 5, pixels=24, pixel_mm=8.0)
    joseph = Projector(array, affine, backend="fast")(rays)
    slabs = Projector(array, affine, backend="interactive")(rays)
    assert np.abs(slabs - joseph).max() < AGREEMENT_WORST * joseph.max()


def test_sums_over_thousands_of_slabs_do_not_overflow():
    array = np.full((6, 2600, 6), 0.02, np.float32)
    affine = grid(array.shape, (40.0, 0.1, 40.0))
    image = Projector(array, affine, backend="interactive")(view(pixels=9, pixel_mm=2.0))
    assert image[4, 8] == pytest.approx(0.02 * 260, rel=2e-3)
