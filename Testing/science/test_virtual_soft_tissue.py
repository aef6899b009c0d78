"""Fat under the skin and marrow of virtual hips: what makes a DXA and a single-energy CT err as they do in people."""

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.virtual.hip import STANDING, SUPINE, make_hip_body
from bonedensity.virtual.hip.pelvis import PelvisShape
from bonedensity.virtual.hip.soft.fascia import fat_under_skin
from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.hip.soft.shape import SoftShape, draw_soft_shape, marrow_hu
from bonedensity.virtual.painted import covering_lattice
from bonedensity.virtual.population.person import Person


def person(age=60.0, sex="female", *, bmi=24.0, seed=3, **more):
    height = {"female": 162.0, "male": 175.0}[sex]
    return Person("test", seed, sex, age, height, bmi * (height / 100) ** 2, **more)


def around(place, height_mm=0.0):
    """Thickness of the fat under the skin (mm) on a ring at a height above the hips, every 3 degrees."""
    angle = np.radians(np.arange(0, 360, 3))
    ring = [place.hip_half_mm * np.cos(angle), 100.0 * np.sin(angle), np.full(len(angle), height_mm)]
    return fat_under_skin(place)(np.stack(ring, axis=-1).astype(np.float32))


@pytest.mark.parametrize("sex", ["female", "male"])
def test_marrow_of_the_femur_turns_yellow_with_age(sex):
    hu = [marrow_hu(person(age, sex), 0.0) for age in (25, 50, 75)]
    assert hu[0] > hu[1] > hu[2]
    assert hu[0] - hu[2] < 30  # of some 125 HU between red and yellow


def test_marrow_is_yellower_in_men_than_in_women_of_their_age():
    for age in (25, 50, 75):
        assert marrow_hu(person(age, "male"), 0.0) < marrow_hu(person(age, "female"), 0.0)


def test_redder_marrow_is_denser_and_none_is_lighter_than_fat_or_denser_than_blood():
    hu = [marrow_hu(person(), z) for z in (-6.0, -1.0, 0.0, 1.0, 6.0)]
    assert hu == sorted(hu)
    assert hu[0] > -90
    assert hu[-1] < 60


def test_the_shafts_canal_is_filled_with_its_persons_marrow():
    for age in (25.0, 85.0):
        body = make_hip_body(person(age), SUPINE)
        shaft = body.landmarks["femur_left_shaft_50mm"]
        lattice = covering_lattice(shaft - 6.0, shaft + 6.0, 2.0)
        hu = body.paint_soft_tissue(lattice)
        centre = tuple(n // 2 for n in lattice.shape)
        assert hu[centre] == pytest.approx(body.truth["soft_tissue"]["marrow_hu"], abs=1.0)


def test_fat_under_the_skin_is_uneven_but_keeps_its_amount():
    rings = np.array([around(Place(PelvisShape(), SoftShape(seed=seed))) for seed in range(60)])
    even = rings.mean(axis=0)
    assert rings.min() > 0
    assert np.abs(rings - even).max() < 60.0  # folds and saddle bags, of sixty people
    assert 5.0 < (rings - even).std() < 20.0  # what makes a DXA of the hip err as Tothill and Hannan found
    assert (rings.mean(axis=1) / rings.mean()).std() < 0.2  # it is moved about more than it is added


def test_fat_changes_over_centimetres_and_not_from_one_pixel_to_the_next():
    place = Place(PelvisShape(), SoftShape(seed=4))
    x = np.linspace(-100, 100, 401)
    line = np.stack([x, np.full_like(x, -90.0), np.full_like(x, 10.0)], axis=-1).astype(np.float32)
    thickness = fat_under_skin(place)(line)
    assert np.abs(np.diff(thickness)).max() < 1.5  # mm over half a millimetre: no step


def test_heavy_people_have_more_fat_under_the_skin():
    drawn = [draw_soft_shape(person(bmi=bmi), np.random.default_rng(1)) for bmi in (20.0, 27.0, 35.0)]
    means = [around(Place(PelvisShape(), soft)).mean() for soft in drawn]
    assert means[0] < means[1] < means[2]


def test_fat_of_one_body_mass_index_differs_between_people():
    sides = [draw_soft_shape(person(seed=s), np.random.default_rng(s)).lateral_mm for s in range(200)]
    assert 8 < np.std(sides) < 18  # 15 mm in older men of all weights (MrOS)


def test_a_person_has_the_same_soft_tissue_in_every_posture_and_at_every_visit():
    who = person()
    bodies = [make_hip_body(who, SUPINE), make_hip_body(who, STANDING), make_hip_body(replace(who, visit=1), SUPINE)]
    assert len({str(body.truth["soft_tissue"]) for body in bodies}) == 1
