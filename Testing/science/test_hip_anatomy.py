"""The virtual hip's anatomy: its dimensions, its ageing, its postures and its diseases are those asked for."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from bonedensity.anatomy.labels import femur_name
from bonedensity.virtual.bone import Bone, Lattice, Painting, paint
from bonedensity.virtual.hip import (
    HEALTHY,
    STANDING,
    SUPINE,
    FemurPosture,
    FemurShape,
    HipPosture,
    HipVariant,
    PelvisShape,
    SacrumShape,
    SideVariant,
    body_of,
    draw_hip_shape,
    draw_variant,
    make_femur,
    make_hip_body,
    make_hip_bone,
    make_sacrum,
)
from bonedensity.virtual.hip.femur.cortex import cortex_norms
from bonedensity.virtual.hip.posture import both
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.texture import strut_texture

WOMAN = Person("a woman", 7, "female", 58.0, 161.0, 62.0)
BELOW_TROCHANTER_MM = 110.0


def painted(bone: Bone, voxel_mm: float, low=None) -> tuple[Lattice, Painting, float]:
    """On voxels that end at `low`, or well outside the bone."""
    solid = bone.solid if bone.side > 0 else bone.solid.mirrored()
    start = np.floor(solid.low) - 6.0 if low is None else np.maximum(np.floor(solid.low) - 6.0, low)
    shape = tuple(int(n) for n in np.ceil((solid.high + 6.0 - start) / voxel_mm)[::-1])
    lattice = Lattice(shape, start + voxel_mm / 2, voxel_mm)
    painting = Painting.empty(lattice)
    return lattice, painting, paint(painting, lattice, bone, 1)


def inside(bone: Bone, voxel_mm: float) -> np.ndarray:
    lattice, painting, _ = painted(bone, voxel_mm)
    return lattice.origin + voxel_mm * np.argwhere(painting.labels > 0)[:, ::-1]


def upper_femur(shape: FemurShape, voxel_mm: float, *, side: int = 1) -> float:
    low = shape.head_centre + np.array([-200.0, -200.0, -BELOW_TROCHANTER_MM])
    return painted(make_femur("femur_left", shape, side=side), voxel_mm, low=low)[2]


def width_through(bone: Bone, point: np.ndarray, direction: np.ndarray) -> float:
    steps = np.arange(-40, 40, 0.05)
    within = bone.solid.distance(point + steps[:, None] * direction) < 0
    middle = len(steps) // 2
    return 0.05 * (np.argmin(within[middle:]) + np.argmin(within[middle::-1]))


@pytest.mark.parametrize(("width", "flatness"), [(29.0, 1.15), (33.0, 1.25), (36.0, 1.2)])
def test_the_neck_is_as_wide_and_as_flat_as_asked_for(width, flatness):
    shape = FemurShape(head_radius_mm=24.0, neck_width_mm=width, neck_flatness=flatness)
    bone = make_femur("femur_left", shape, side=1)
    across = np.cross(shape.neck_up, shape.neck_to_head)
    places = [shape.along_neck(share * shape.neck_length_mm) for share in np.arange(0.4, 0.75, 0.03)]
    assert min(width_through(bone, p, shape.neck_up) for p in places) == pytest.approx(width, abs=2.0)
    assert min(width_through(bone, p, across) for p in places) == pytest.approx(width / flatness, abs=2.5)


@pytest.mark.parametrize("diameter", [26.0, 30.0])
def test_the_shaft_has_its_diameter_ten_centimetres_below_the_lesser_trochanter(diameter):
    shape = FemurShape(shaft_mm=diameter)
    bone = make_femur("femur_left", shape, side=1)
    point = shape.shaft_axis(shape.lesser_up_mm - 100.0)
    assert width_through(bone, point, shape.axes[:, 0]) == pytest.approx(diameter, abs=1.0)


@pytest.mark.parametrize(("angle", "turn", "offset"), [(120.0, 5.0, 38.0), (126.0, 15.0, 42.0), (134.0, 25.0, 46.0)])
def test_neck_shaft_angle_anteversion_and_offset_can_be_read_off_the_axes(angle, turn, offset):
    shape = FemurShape(neck_shaft_deg=angle, anteversion_deg=turn, offset_mm=offset)
    down = shape.shaft_point(50.0) - shape.shaft_point(20.0)
    assert np.degrees(np.arccos(shape.neck_to_head @ -shape.axes[:, 2])) == pytest.approx(angle, abs=0.01)
    assert np.degrees(np.arccos(-shape.axes[:, 2] @ down / np.linalg.norm(down))) < 3.5
    from_axis = (shape.head_centre - shape.neck_foot) @ shape.axes[:, :2]
    assert np.hypot(*from_axis) == pytest.approx(offset)
    assert np.degrees(np.arctan2(from_axis[1], -from_axis[0])) == pytest.approx(turn)


def test_the_breadth_and_height_of_the_pelvis_are_those_asked_for():
    for breadth, height, distance in ((262.0, 198.0, 168.0), (290.0, 222.0, 176.0)):
        shape = PelvisShape(bi_iliac_mm=breadth, height_mm=height, hip_distance_mm=distance)
        points = inside(make_hip_bone("hip_left", shape, side=1), 3.0)
        assert 2 * points[:, 0].max() == pytest.approx(breadth, abs=10)
        assert np.ptp(points[:, 2]) == pytest.approx(height, abs=8)
        assert points[:, 0].min() == pytest.approx(shape.symphysis_mm / 2, abs=3.1)


def test_a_wider_arch_is_seen_from_the_front():
    def arch_deg(asked: float) -> float:
        shape = PelvisShape(sub_pubic_deg=asked)
        bone = make_hip_bone("hip_left", shape, side=1)
        heights = np.arange(-70.0, -56.0, 2.0) * shape.tall
        x, y = np.arange(0, 60, 0.5), np.arange(-70, 70, 2.0)
        grid = np.stack(np.meshgrid(x, y, heights, indexing="ij"), axis=-1).astype(np.float32)
        edge = x[np.argmax((bone.solid.distance(grid) < 0).any(axis=1), axis=0)]
        return float(2 * np.degrees(np.arctan(-np.polyfit(heights, edge, 1)[0])))

    narrow, middle, wide = (arch_deg(asked) for asked in (62.0, 76.0, 92.0))
    assert narrow + 5 < middle < wide - 5
    assert (narrow, middle, wide) == pytest.approx((62, 76, 92), abs=12)


def test_the_sacrum_has_its_breadth_and_foramina():
    shape = SacrumShape(PelvisShape(sacrum_width_mm=112.0))
    bone = make_sacrum(shape)
    points = inside(bone, 3.0)
    assert np.ptp(points[:, 0]) == pytest.approx(112.0, abs=7)
    assert 85 < np.ptp(points[:, 2]) < 135
    for side in (-1, 1):
        opening = shape.plate_frame.apply(np.array([side * 20.5 * 112 / 120, 3.0 * shape.along, 0.0]))
        ray = opening + np.arange(-40, 45, 0.5)[:, None] * shape.plate_frame.rotation[:, 2]
        assert bone.solid.distance(ray).min() > 1.0


def test_people_s_dimensions_have_the_published_means_and_spreads():
    people = [replace(WOMAN, seed=seed, age=50.0, height_cm=161.5 + 6.5 * z) for seed, z in enumerate(_normal(300))]
    shapes = [draw_hip_shape(person, np.random.default_rng(person.seed)) for person in people]
    femurs = [shape.femurs["L"] for shape in shapes]
    published = {
        "head": ([2 * f.head_radius_mm for f in femurs], 43.5, 2.5),
        "neck": ([f.neck_width_mm for f in femurs], 31.0, 2.4),
        "neck-shaft angle": ([f.neck_shaft_deg for f in femurs], 127.0, 6.0),
        "offset": ([f.offset_mm for f in femurs], 40.0, 5.5),
        "bi-iliac breadth": ([s.pelvis["L"].bi_iliac_mm for s in shapes], 276.0, 18.0),
        "hip distance": ([s.pelvis["L"].hip_distance_mm for s in shapes], 178.0, 9.0),
        "sub-pubic angle": ([s.pelvis["L"].sub_pubic_deg for s in shapes], 88.0, 9.0),
        "version": ([s.pelvis["L"].version_deg for s in shapes], 21.5, 5.0),
        "joint space": ([s.joint_space_mm["L"] for s in shapes], 3.85, 0.9),
    }
    for name, (values, mean, spread) in published.items():
        assert np.mean(values) == pytest.approx(mean, abs=0.6 * spread), name
        assert 0.55 * spread < np.std(values) < 1.4 * spread, name


def test_taller_people_have_larger_heads():
    tall, small = (draw_hip_shape(replace(WOMAN, height_cm=h), np.random.default_rng(0)) for h in (176.0, 150.0))
    assert tall.femurs["L"].head_radius_mm > small.femurs["L"].head_radius_mm + 1


def test_the_cortex_thins_with_age_most_above_the_neck():
    young, old = (cortex_norms(age, female=True) for age in (25.0, 85.0))
    assert (young.above, old.above) == (1.63, 0.33)  # Poole 2010
    assert old.below / young.below > 0.8 > 0.3 > old.above / young.above
    men = cortex_norms(85.0, female=False)
    assert men.above > old.above
    assert men.shaft > old.shaft


def test_bone_is_lost_with_age_and_gained_with_hip_density():
    def grams(**changes) -> float:
        person = replace(WOMAN, **changes)
        shape = draw_hip_shape(person, np.random.default_rng([person.seed, 1]))
        return upper_femur(shape.femurs["L"], 2.5)

    by_age = [grams(age=age) for age in (30.0, 55.0, 80.0)]
    assert by_age[0] > 1.02 * by_age[1]  # 6 % of areal density, as in NHANES; of mass less, as necks widen
    assert by_age[1] > 1.1 * by_age[2]
    by_density = [grams(hip_density=z) for z in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    assert by_density == sorted(by_density)
    assert 1.08 < by_density[3] / by_density[2] < 1.25


def test_the_mass_of_a_femur_hardly_depends_on_the_voxels():
    shape = FemurShape()
    assert upper_femur(shape, 2.0) == pytest.approx(upper_femur(shape, 1.0), rel=0.01)


def test_left_and_right_are_mirror_images():
    for make in (
        lambda side: make_femur("femur", FemurShape(texture_seed=3), side=side),
        lambda side: make_hip_bone("hip", PelvisShape(texture_seed=3), side=side),
    ):
        lattice = Lattice((30, 30, 99), np.array([-196.0, -60.0, -60.0]), 4.0)
        both_sides = []
        for side in (1, -1):
            painting = Painting.empty(lattice)
            paint(painting, lattice, make(side), 1)
            both_sides.append(painting.density)
        assert both_sides[0].sum() > 0
        np.testing.assert_allclose(both_sides[0], both_sides[1][:, :, ::-1], atol=1.0)


def test_the_same_person_has_the_same_bones_in_every_posture():
    lying = make_hip_body(WOMAN, SUPINE, HEALTHY)
    turned = make_hip_body(WOMAN, HipPosture(8.0, 5.0, 3.0, both(FemurPosture(20.0, 10.0, 15.0))), HEALTHY)
    for first, second in zip(lying.bones, turned.bones, strict=True):
        if first.name in ("femur_left", "hip_right"):
            assert painted(second, 4.0)[2] == pytest.approx(painted(first, 4.0)[2], rel=0.015)


def test_femurs_turn_about_their_heads_and_the_way_they_are_told():
    straight = make_hip_body(WOMAN, SUPINE, HEALTHY).landmarks
    inwards, away, bent = (
        make_hip_body(WOMAN, HipPosture(femurs=both(femur)), HEALTHY).landmarks
        for femur in (FemurPosture(20.0), FemurPosture(abduction_deg=10.0), FemurPosture(flexion_deg=20.0))
    )
    for side, sign in (("left", 1), ("right", -1)):
        name = f"femur_{side}"
        np.testing.assert_allclose(inwards[f"{name}_head_centre"], straight[f"{name}_head_centre"], atol=1e-9)
        # the trochanter behind the neck comes to the front and the side
        assert inwards[f"{name}_greater_trochanter"][1] < straight[f"{name}_greater_trochanter"][1] - 5
        assert sign * (away[f"{name}_shaft_50mm"] - straight[f"{name}_shaft_50mm"])[0] > 10
        assert bent[f"{name}_shaft_50mm"][1] < straight[f"{name}_shaft_50mm"][1] - 20


def test_standing_leans_the_pelvis_back_about_the_hips():
    lying, standing = (make_hip_body(WOMAN, posture, HEALTHY).landmarks for posture in (SUPINE, STANDING))
    np.testing.assert_allclose(lying["femur_left_head_centre"], standing["femur_left_head_centre"], atol=1e-9)
    spine = "hip_left_anterior_superior_iliac_spine"
    assert standing[spine][1] > lying[spine][1] + 4
    assert standing["hip_left_pubic_tubercle"][2] > lying["hip_left_pubic_tubercle"][2] + 2


@pytest.mark.parametrize("grade", [0, 2, 4])
def test_head_and_socket_keep_the_joint_space_and_it_narrows_with_wear(grade):
    variant = HipVariant({"L": SideVariant(grade), "R": SideVariant(0)})
    shape = draw_hip_shape(WOMAN, np.random.default_rng(2), variant)
    femur, space = shape.femurs["L"], shape.joint_space_mm["L"]
    directions = np.random.default_rng(0).standard_normal((4000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    head = femur.head_centre + femur.head_radius_mm * directions
    gap = make_hip_bone("hip_left", shape.pelvis["L"], side=1).solid.distance(head)
    assert gap.min() == pytest.approx(space, abs=0.25)
    if grade:
        assert space < 0.8 * shape.joint_space_mm["R"]
    above = head[np.argmin(gap)] - femur.head_centre
    assert grade == 0 or above[2] > 0.8 * femur.head_radius_mm  # the head stands higher in its socket


def test_wear_adds_dense_bone_and_holes_in_it():
    plain = draw_hip_shape(WOMAN, np.random.default_rng(2)).femurs["L"]
    worn = draw_hip_shape(WOMAN, np.random.default_rng(2), HipVariant({"L": SideVariant(4)})).femurs["L"]
    assert worn.cysts
    roof = worn.head_centre + np.array([0.25, 0, 1]) * 0.83 * worn.head_radius_mm
    without_cysts = make_femur("femur_left", replace(worn, cysts=()), side=1).trabecular(roof[None])[0]
    assert without_cysts > make_femur("femur_left", plain, side=1).trabecular(roof[None])[0] + 150
    *centre, radius = worn.cysts[0]
    assert radius > 1.5
    assert make_femur("femur_left", worn, side=1).trabecular((worn.head_centre + centre)[None])[0] < 120


def test_disease_and_metal_come_with_degeneration_as_often_as_in_the_population():
    def sides(degeneration: np.ndarray) -> list[SideVariant]:
        people = [replace(WOMAN, seed=i, degeneration=float(z)) for i, z in enumerate(degeneration)]
        drawn = [draw_variant(person, np.random.default_rng(person.seed)) for person in people]
        return [variant.side(side) for variant in drawn for side in ("L", "R")]

    def share(found: list[SideVariant]) -> float:
        return float(np.mean([side.grade >= 2 or side.implant == "total_hip" for side in found]))

    assert 0.15 < share(sides(0.25 + _normal(400))) < 0.30  # 17 to 23 % over 45 years (JoCo)
    assert share(sides(np.full(200, -1.0))) < 0.02
    assert share(sides(np.full(200, 2.0))) > 0.7
    assert 0.05 < np.mean([side.implant == "total_hip" for side in sides(np.full(200, 2.8))]) < 0.4


def test_a_replaced_hip_has_no_head_of_bone_but_metal_in_its_place():
    shape = draw_hip_shape(WOMAN, np.random.default_rng(2), HipVariant({"L": SideVariant(implant="total_hip")}))
    body = body_of(WOMAN, shape)
    bones = {bone.name: bone for bone in body.bones}
    head = body.landmarks["femur_left_head_centre"]
    assert bones["femur_left"].solid.distance(head[None])[0] > 5
    assert bones["femur_right"].solid.distance(body.landmarks["femur_right_head_centre"][None] * [-1, 1, 1])[0] < -15
    lattice = Lattice((9, 9, 9), head - 8.0, 2.0)
    assert body.paint_soft_tissue(lattice)[4, 4, 4] > 3000


def test_weight_is_fat_under_the_skin_and_bone_stays():
    slim, heavy = (make_hip_body(replace(WOMAN, weight_kg=kg), SUPINE, HEALTHY) for kg in (50.0, 90.0))
    assert heavy.high[0] > slim.high[0] + 15
    assert heavy.low[1] < slim.low[1] - 40
    assert heavy.truth["pelvis"] == slim.truth["pelvis"]


@pytest.mark.parametrize(("sex", "lowest", "highest"), [("male", 0.15, 0.45), ("female", 0.2, 0.55)])
def test_flesh_not_fat_fills_most_of_a_thigh_and_the_fat_lies_under_the_skin(sex, lowest, highest):
    person = replace(WOMAN, sex=sex, height_cm=168.0, weight_kg=68.0)  # BMI 24
    body = make_hip_body(person, SUPINE, HEALTHY)
    level = body.landmarks["femur_left_shaft_50mm"][2] - 20.0
    lattice = Lattice((1, 180, 240), np.array([-240.0, body.low[1], level]), 2.0)
    hu = body.paint_soft_tissue(lattice)[0]
    within = hu > -300
    fat = np.clip((50 - hu[within]) / 150, 0, 1)  # share of each voxel, as the radiographs' beam sees it
    assert lowest < fat.mean() < highest
    deep = binary_erosion(within, iterations=12)  # 24 mm below the skin
    assert np.clip((50 - hu[deep]) / 150, 0, 1).mean() < 0.8 * fat.mean()


def test_both_femurs_are_named_in_the_truth():
    assert set(make_hip_body(WOMAN).truth["femur"]) == {femur_name("L"), femur_name("R")}


def test_texture_has_mean_0_and_variance_1_and_knows_no_grid():
    texture = strut_texture(5, (0, 0, 1))
    points = np.random.default_rng(0).uniform(-60, 60, (40000, 3)).astype(np.float32)
    values = texture(points)
    assert values.mean() == pytest.approx(0, abs=0.05)
    assert values.std() == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(texture(points[7:8]), values[7:8], atol=1e-4)
    along = np.abs(texture(points + np.float32([0, 0, 0.5])) - values).mean()
    across = np.abs(texture(points + np.float32([0.5, 0, 0])) - values).mean()
    assert along < 0.6 * across


def _normal(count: int) -> np.ndarray:
    return np.random.default_rng(8).standard_normal(count)
