"""A bone's own edges: found where the radiograph holds them, missed where it does not, rivalled by a twin."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.registration.edge_signs import EdgeSigns, edge_signs
from bonedensity.registration.signs import edges_at

SIZE, PIXEL_MM = 160, 1.2


def a_bone(shift=(0, 0), radii=(24, 14)) -> np.ndarray:
    v, u = np.mgrid[0:SIZE, 0:SIZE] - SIZE / 2
    v, u = v - shift[0], u - shift[1]
    outer = np.clip(1 - (u / radii[0]) ** 2 - (v / radii[1]) ** 2, 0, None)
    inner = np.clip(1 - ((u - 6) / (0.5 * radii[0])) ** 2 - (v / (0.6 * radii[1])) ** 2, 0, None)
    return (np.sqrt(outer) - 0.6 * np.sqrt(inner)).astype(np.float32)


def soft_tissue(seed=0, amount=0.3) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).normal(size=(SIZE, SIZE)), 4)
    return (amount * smooth / smooth.std()).astype(np.float32)


def signs(own, radiograph, behind=None, region=None) -> EdgeSigns:
    return edge_signs(own, behind, radiograph, region, smoothing_px=1.0, pixel_mm=PIXEL_MM)


def test_a_bone_that_the_radiograph_shows_as_it_is_has_all_its_edges():
    found = signs(a_bone(), 700 + 300 * a_bone())
    assert found.correlation > 0.97  # the strongest 1 % of the radiograph's gradients are limited
    assert found.found > 0.98
    assert found.rival < 0.8


def test_brightness_and_contrast_of_the_radiograph_do_not_matter():
    radiograph = a_bone() + soft_tissue()
    one, other = signs(a_bone(), radiograph), signs(a_bone(), 50 * radiograph - 7)
    assert (one.correlation, one.found, one.rival) == pytest.approx((other.correlation, other.found, other.rival), 1e-4)


@pytest.mark.parametrize("shift", [(0, 12), (9, 0), (-7, 8)])
def test_a_bone_beside_its_image_has_fewer_edges_and_a_rival(shift):
    radiograph = a_bone(shift) + soft_tissue()
    right, wrong = signs(a_bone(shift), radiograph), signs(a_bone(), radiograph)
    assert wrong.correlation < 0.5 * right.correlation
    assert wrong.found < right.found
    assert wrong.rival > 1 > right.rival


def test_a_negative_image_has_none_of_the_edges():
    found = signs(a_bone(), -a_bone())
    assert found.correlation < -0.95
    assert found.found == 0


def test_a_twin_one_vertebra_up_is_a_rival_even_outside_the_region():
    twin = a_bone() + a_bone((-30, 0))  # 36 mm
    region = np.zeros((SIZE, SIZE), bool)
    region[60:100] = True
    assert signs(a_bone(), twin, region=region).rival == pytest.approx(1, abs=0.05)
    assert signs(a_bone(), a_bone(), region=region).rival < 0.8


def test_edges_of_bones_behind_are_not_taken_for_the_bones_own():
    """A radiograph of the neighbour alone; the bone claims a place where the neighbour's edges run."""
    neighbour, own = a_bone((0, 10), (30, 20)), a_bone()
    taken = signs(own, neighbour)
    known = signs(own, neighbour, behind=neighbour)
    assert taken.correlation > 0.15
    assert abs(known.correlation) < 0.1  # the strongest 1 % of the radiograph are limited, and so not explained


def test_what_lies_outside_the_region_does_not_enter_the_bones_own_edges():
    radiograph = a_bone() + soft_tissue()
    region = np.zeros((SIZE, SIZE), bool)
    region[40:120, 40:120] = True
    changed = radiograph.copy()
    changed[:30] += soft_tissue(3, 20)[:30]
    one, other = signs(a_bone(), radiograph, region=region), signs(a_bone(), changed, region=region)
    assert (one.correlation, one.found) == (other.correlation, other.found)


def test_chance_finds_about_as_many_edges_as_directions_agree():
    """Of random directions 60 in 360 degrees agree, and half are no edges at all."""
    found = [signs(a_bone(), soft_tissue(seed, 1.0)).found for seed in range(12)]
    assert np.mean(found) < 0.2


def test_a_view_without_the_bone_has_no_signs():
    empty = signs(np.zeros((SIZE, SIZE), np.float32), soft_tissue())
    assert np.isnan([empty.correlation, empty.found, empty.rival]).all()


# --- Several views ----------------------------------------------------------------------------------------------


def of_views(*radiographs: np.ndarray) -> EdgeSigns:
    camera = c_arm_camera(sdd_mm=1000, source_to_isocentre_mm=800, rows=SIZE, columns=SIZE, pixel_spacing_mm=(1.5, 1.5))
    problem = SimpleNamespace(
        level=SimpleNamespace(smoothing_px=1.0),
        views=[SimpleNamespace(camera=camera, image=image, region=None) for image in radiographs],
        projections=lambda pose: [(a_bone(), None)] * len(radiographs),
    )
    return edges_at(problem, RigidTransform.identity(), np.zeros(3))


def values(found: EdgeSigns) -> list[float]:
    return [found.correlation, found.found, found.rival]


def test_two_views_that_show_the_same_say_what_one_says():
    radiograph = a_bone() + soft_tissue()
    assert values(of_views(radiograph, radiograph)) == pytest.approx(values(of_views(radiograph)))


def test_a_second_view_counts_as_much_as_the_first():
    """One sharp, one blurred by soft tissue: a poor view alone condemns no pose."""
    sharp, poor = a_bone() + soft_tissue(), a_bone() + soft_tissue(1, 1.0)
    both = values(of_views(sharp, poor))
    assert both == pytest.approx(values(of_views(poor, sharp)))
    assert both == pytest.approx(np.mean([values(of_views(sharp)), values(of_views(poor))], axis=0))
