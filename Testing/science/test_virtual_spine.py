"""The virtual spine: what is painted has the dimensions that were asked for and that are published."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.errors import AnatomyError
from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Lattice, Painting, paint
from bonedensity.virtual.painted import covering_lattice, paint_bones
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import coverage, sphere
from bonedensity.virtual.spine import (
    DXA,
    HEALTHY,
    STANDING,
    SUPINE,
    Fracture,
    SpineMorphometry,
    SpineVariant,
    average_spine_shape,
    draw_spine_shape,
    draw_spine_variant,
    make_spine_body,
)
from bonedensity.virtual.spine.density_by_age import marrow_hu, red_marrow_share
from bonedensity.virtual.spine.levels import LEVELS, LUMBAR, MEANS, REGION
from bonedensity.virtual.spine.mineral import vertebra_bone
from bonedensity.virtual.spine.spine_shape import with_morphometry
from bonedensity.virtual.spine.stack import Bend, PlacedVertebra, stack
from bonedensity.virtual.spine.variant import fractured
from bonedensity.virtual.spine.vertebral_body import body_solid
from bonedensity.virtual.spine.vessels import vessels_of

FINE_MM = 1.0
BACK_OF_ALL_MM, REACH_MM = 75.0, 55.0


def person(age=50.0, sex="female", seed=5, bmi=25.0, **more):
    height = {"female": 163.0, "male": 176.0}[sex]
    return Person("p", seed, sex, age, height, bmi * (height / 100) ** 2, **more)


def painted_alone(shape, voxel_mm=FINE_MM, trabecular=140.0):
    """Share (K, J, I), mass (g) and lattice of one vertebra in its own frame."""
    placed = PlacedVertebra(shape, RigidTransform.identity(), sphere((0, 0, 0), 1.0))
    bone = vertebra_bone(placed, trabecular=trabecular, cortex=1.0, texture_seed=3)
    lattice = covering_lattice((-REACH_MM, -30, -45), (REACH_MM, BACK_OF_ALL_MM, 40), voxel_mm)
    painting = Painting.empty(lattice)
    mass = paint(painting, lattice, bone, 29)
    return painting.share, mass, lattice


def index(lattice: Lattice, x=0.0, y=0.0, z=0.0):
    return tuple(int(n) for n in np.rint((np.array([z, y, x]) - lattice.origin[::-1]) / lattice.voxel_mm))


def run_length(line, at, voxel_mm):
    """Length (mm) of the unbroken run of bone around an index, with shares at its ends."""
    empty = np.flatnonzero(line < 0.05)
    low, high = empty[empty < at].max(initial=-1), empty[empty > at].min(initial=len(line))
    return float(line[low + 1 : high].sum() * voxel_mm)


def gap_length(line, at, voxel_mm):
    return run_length(1 - line, at, voxel_mm)


def extent(line, voxel_mm):
    """From the first to the last place where bone covers half a voxel (mm), between voxels."""
    inside = np.flatnonzero(line >= 0.5)
    first, last = inside[0], inside[-1]
    before = (line[first] - 0.5) / (line[first] - line[first - 1])
    after = (line[last] - 0.5) / (line[last] - line[last + 1])
    return float((last - first + before + after) * voxel_mm)


def greatest_width(share, lattice, sign, shape):
    """Width of the body near its upper (+1) or lower (-1) end plate; the arch lies behind that row."""
    k, j, _ = index(lattice, z=sign * 0.43 * shape.height)
    return extent(share[k, j], lattice.voxel_mm)


@pytest.fixture(scope="module", params=[("female", "L1"), ("male", "L3"), ("female", "L4"), ("male", "L5")])
def vertebra(request):
    sex, level = request.param
    shape = average_spine_shape(person(40.0, sex)).vertebrae[level]
    share, _, lattice = painted_alone(shape)
    return sex, level, shape, share, lattice


def test_the_body_has_the_published_width_depth_height_and_wedge(vertebra):
    sex, level, shape, share, lattice = vertebra
    mean, h = MEANS[sex][level], lattice.voxel_mm
    k, j, i = index(lattice)
    assert greatest_width(share, lattice, 1, shape) == pytest.approx(mean.width, abs=0.8)
    half = shape.mean_depth / 2
    assert run_length(share[:, index(lattice, y=0.12 * half)[1], i], k, h) == pytest.approx(mean.height, abs=0.7)
    depth = run_length(share[index(lattice, z=-1)[0], :, i], j, h)
    assert depth == pytest.approx(shape.mean_depth * (1 - 0.7 * (1 - shape.waist)) - shape.hollow, abs=0.8)


def test_the_end_plates_enclose_the_published_wedge(vertebra):
    sex, level, shape, _, lattice = vertebra
    points = lattice.points((slice(None), slice(None), slice(None)))
    body = coverage(body_solid(shape).distance(points), lattice.voxel_mm)  # the arch would hide its back corners
    k, ahead, i = index(lattice, x=0.36 * shape.mean_width, y=-0.22 * shape.mean_depth)  # beside the hollows
    _, behind, _ = index(lattice, y=0.22 * shape.mean_depth)
    front, back = run_length(body[:, ahead, i], k, 1.0), run_length(body[:, behind, i], k, 1.0)
    wedge = np.degrees(2 * np.arctan2(back - front, 2 * (behind - ahead)))
    assert wedge == pytest.approx(MEANS[sex][level].wedge_deg, abs=0.8)


def test_the_body_has_a_waist(vertebra):
    _, _, shape, share, lattice = vertebra
    k, j, _ = index(lattice, z=-2.0)
    rims = (greatest_width(share, lattice, 1, shape) + greatest_width(share, lattice, -1, shape)) / 2
    assert 0.86 < extent(share[k, j], lattice.voxel_mm) / rims < 0.92


def test_the_canal_lies_between_pedicles_and_lamina_and_is_as_wide_and_deep_as_published(vertebra):
    sex, level, shape, share, lattice = vertebra
    mean, wall = MEANS[sex][level], shape.mean_depth / 2
    rows = [gap_length(share[k, j], i, 1.0) for k, j, i in (index(lattice, y=wall + dy, z=4.0) for dy in (3, 4))]
    assert min(rows) == pytest.approx(mean.canal_width, abs=2.0)
    k, j, i = index(lattice, y=wall + 6, z=-7.0)
    assert gap_length(share[k, :, i], j, 1.0) == pytest.approx(mean.canal_depth, abs=2.5)


def test_pedicles_and_transverse_processes_have_the_published_size(vertebra):
    sex, level, shape, share, lattice = vertebra
    mean = MEANS[sex][level]
    occupied = np.flatnonzero((share > 0.5).any(axis=(0, 1)))
    assert np.ptp(occupied) + 1 == pytest.approx(mean.span, abs=2.5)
    if level in ("L1", "L3"):  # below, the transverse process grows out of the pedicle
        beside = (shape.canal[0] + shape.pedicle[0]) / 2
        k, j, i = index(lattice, beside, shape.mean_depth / 2 + 2.5, 0.17 * shape.height)
        assert run_length(share[:, j, i], k, 1.0) == pytest.approx(mean.pedicle_height, abs=2.0)
        assert run_length(share[k, j], i, 1.0) == pytest.approx(mean.pedicle_width, abs=2.0)


@pytest.mark.parametrize(("sex", "published"), [("male", 10.98), ("female", 8.22)])
def test_the_mean_lumbar_section_is_that_of_gilsanz(sex, published):
    sections = []
    for level in ("L1", "L2", "L3"):
        shape = average_spine_shape(person(30.0, sex)).vertebrae[level]
        share, _, lattice = painted_alone(shape, 1.5)
        k, _, _ = index(lattice, z=-0.2 * shape.height)  # below the pedicles
        _, back, _ = index(lattice, y=shape.mean_depth / 2 + 1)
        sections.append(share[k, : back + 1].sum() * 1.5**2 / 100)
    assert np.mean(sections) == pytest.approx(published, rel=0.08)


def test_mass_does_not_depend_on_the_grid():
    shape = average_spine_shape(person()).vertebrae["L2"]
    masses = [painted_alone(shape, voxel)[1] for voxel in (1.0, 1.7, 2.5)]
    np.testing.assert_allclose(masses, masses[0], rtol=0.025)


def test_about_half_of_the_mineral_lies_behind_the_body():
    shape = average_spine_shape(person(35.0)).vertebrae["L3"]
    placed = PlacedVertebra(shape, RigidTransform.identity(), sphere((0, 0, 0), 1.0))
    bone = vertebra_bone(placed, trabecular=165.0, cortex=1.0, texture_seed=3)
    lattice = covering_lattice((-REACH_MM, -30, -45), (REACH_MM, BACK_OF_ALL_MM, 40), 1.5)
    painting = Painting.empty(lattice)
    paint(painting, lattice, bone, 29)
    _, wall, _ = index(lattice, y=shape.mean_depth / 2)
    assert 0.40 < painting.density[:, wall:].sum() / painting.density.sum() < 0.58


def areal_density(age, sex):
    """Of L1 to L4 without disease (g/cm²), seen from the front: between their discs, as wide as the bodies are."""
    body = make_spine_body(person(age, sex), variant=HEALTHY)
    names = {f"vertebrae_{level}" for level in REGION}
    bones = tuple(bone for bone in body.bones if bone.name in names)
    lattice = covering_lattice(
        np.min([b.solid.low for b in bones], axis=0), np.max([b.solid.high for b in bones], axis=0), 2.0
    )
    seen = np.asarray(paint_bones(replace(body, bones=bones), lattice).mineral.array).sum(axis=1)
    aside = np.abs(lattice.origin[0] + 2.0 * np.arange(lattice.shape[2]) - plate(body, "L2", "inferior")[0])
    mass = seen[:, aside < 5 * body.truth["morphometry"]["l1_l4_width"]].sum() * 2.0**3 * 1e-6
    return mass / body.truth["morphometry"]["l1_l4_area"]


def test_areal_density_is_that_of_young_women_and_men_and_falls_after_menopause():
    young = areal_density(30.0, "female")
    assert young == pytest.approx(1.06, abs=0.08)  # NHANES, Hologic
    assert 0.70 < areal_density(75.0, "female") / young < 0.92
    assert areal_density(30.0, "male") == pytest.approx(1.05, abs=0.09)


@pytest.mark.parametrize(("kind", "loss", "grade"), [("wedge", 0.22, 1), ("biconcave", 0.3, 2), ("crush", 0.45, 3)])
def test_a_fracture_lowers_the_height_that_its_kind_names_by_its_loss(kind, loss, grade):
    shape = average_spine_shape(person(70.0)).vertebrae["L1"]
    broken = fractured(shape, Fracture(kind, loss))
    assert Fracture(kind, loss).grade == grade
    share, _, lattice = painted_alone(broken)
    whole, _, _ = painted_alone(shape)
    k, _, i = index(lattice)
    y = {"wedge": -shape.mean_depth / 2 + 2, "biconcave": 2.0, "crush": 2.0}[kind]
    _, j, _ = index(lattice, y=y)
    kept = run_length(share[:, j, i], k, 1.0) / run_length(whole[:, j, i], k, 1.0)
    assert kept == pytest.approx(1 - loss, abs=0.04)
    back = index(lattice, y=shape.mean_depth / 2 - 4)[1]
    intact_behind = run_length(share[:, back, i], k, 1.0) / run_length(whole[:, back, i], k, 1.0)
    assert (intact_behind < 0.65) == (kind == "crush")


def test_spurs_widen_the_rims_and_not_the_waist():
    shape = average_spine_shape(person(70.0)).vertebrae["L3"]
    spurred = replace(shape, osteophytes=(6.0, 0.0, 0.0, 0.0))
    share, _, lattice = painted_alone(spurred)
    plain, _, _ = painted_alone(shape)
    assert greatest_width(share, lattice, 1, shape) - greatest_width(plain, lattice, 1, shape) > 3.0
    k, j, _ = index(lattice)
    assert extent(share[k, j], 1.0) == pytest.approx(extent(plain[k, j], 1.0), abs=0.3)


def test_a_requested_morphometry_is_met_by_what_is_painted():
    wanted = SpineMorphometry(4.6, 14.6)
    shape = with_morphometry(draw_spine_shape(person(), np.random.default_rng(1)), wanted)
    widths = []
    for level in REGION:
        v = shape.vertebrae[level]
        share, _, lattice = painted_alone(v)
        widths += [greatest_width(share, lattice, sign, v) for sign in (1, -1)]
    assert np.mean(widths) == pytest.approx(46.0, rel=0.01)
    body = make_spine_body(person(), variant=HEALTHY, morphometry=wanted)
    assert region_length(body) == pytest.approx(146.0, rel=0.01)
    assert body.truth["morphometry"]["l1_l4_area"] == pytest.approx(4.6 * 14.6)


def test_a_person_s_own_attributes_are_what_the_spine_measures():
    attributes = {"l1_l4_width": 4.7, "l1_l4_height": 14.0}
    body = make_spine_body(person(clinical=attributes), variant=HEALTHY)
    assert body.truth["morphometry"]["l1_l4_width"] == pytest.approx(4.7)
    middles = [body.landmarks[f"vertebrae_{level}_centre"] for level in ("T12", *REGION, "L5")]
    seen = (middles[0][2] + middles[1][2] - middles[-2][2] - middles[-1][2]) / 20  # between discs, from the front
    assert seen == pytest.approx(14.0, rel=0.04)


def plate(body, level, which):
    """Middle of an end plate."""
    return (body.landmarks[f"vertebrae_{level}_{which}_left"] + body.landmarks[f"vertebrae_{level}_{which}_right"]) / 2


def region_length(body):
    """From the disc above L1 to the disc below L4, through the middles of discs and bodies."""
    chain = ["T12", *REGION, "L5"]
    discs = [(plate(body, a, "inferior") + plate(body, b, "superior")) / 2 for a, b in pairwise(chain)]
    middles = [body.landmarks[f"vertebrae_{level}_centre"] for level in REGION]
    return sum(
        np.linalg.norm(disc - middle) + np.linalg.norm(middle - below)
        for disc, middle, below in zip(discs, middles, discs[1:], strict=False)
    )


def plate_lean(body, level, which):
    """Lean (degrees) of an end plate to the front, from its edges."""
    edge = (
        body.landmarks[f"vertebrae_{level}_{which}_posterior"] - body.landmarks[f"vertebrae_{level}_{which}_anterior"]
    )
    return float(np.degrees(np.arctan2(edge[2], edge[1])))


def test_lordosis_measured_on_the_landmarks_is_the_postures():
    found = {}
    for posture in (STANDING, SUPINE, DXA):
        body = make_spine_body(person(), posture=posture, variant=HEALTHY)
        found[posture.name] = plate_lean(body, "S1", "superior") - plate_lean(body, "T12", "inferior")
        assert found[posture.name] == pytest.approx(body.truth["lordosis_deg"], abs=1.0)
    assert found["standing"] > found["supine"] > found["dxa"]


def test_lordosis_of_a_population_is_that_published():
    shapes = [draw_spine_shape(person(seed=s), np.random.default_rng(s)) for s in range(200)]
    for posture, mean, spread in ((SUPINE, 36.8, 13.2), (STANDING, 49.8, 11.2)):
        lordosis = [posture.lordosis_of(shape) for shape in shapes]
        assert np.mean(lordosis) == pytest.approx(mean, abs=3.0)
        assert np.std(lordosis) == pytest.approx(spread, rel=0.15)


def test_discs_have_their_height_between_the_bodies():
    shape = average_spine_shape(person(30.0, "male"))
    placed = stack(shape, Bend(36.0, SUPINE.disc_wedges(shape)), np.array([0.0, 20.0, 100.0]))
    for upper, lower in pairwise(LUMBAR):
        foot = placed[upper].pose.apply([0, 0, -placed[upper].shape.height / 2 + placed[upper].shape.concavity[1]])
        top = placed[lower].pose.apply([0, 0, placed[lower].shape.height / 2 - placed[lower].shape.concavity[0]])
        assert np.linalg.norm(foot - top) == pytest.approx(MEANS["male"][upper].disc, abs=0.5)


def test_a_scoliosis_shows_its_cobb_angle_and_turns_its_apex():
    shape = average_spine_shape(person())
    placed = stack(shape, Bend(30.0, SUPINE.disc_wedges(shape), 24.0, "L2"), np.zeros(3))
    tilts = [
        np.degrees(np.arctan2(placed[level].pose.rotation[0, 2], placed[level].pose.rotation[2, 2])) for level in LEVELS
    ]
    assert np.ptp(tilts) == pytest.approx(24.0, abs=3.0)
    turn = {
        level: abs(np.degrees(np.arctan2(p.pose.rotation[1, 0], p.pose.rotation[0, 0]))) for level, p in placed.items()
    }
    assert turn["L2"] > 2 * turn["L5"]
    assert placed["L2"].pose.translation[0] - placed["L5"].pose.translation[0] > 2.0  # convex to the left


@pytest.fixture(scope="module")
def old_body():
    return make_spine_body(person(72.0, seed=8, degeneration=1.2))


def test_bones_keep_off_each_other(old_body):
    columns = [bone for bone in old_body.bones if bone.name.startswith(("vertebrae", "sacrum", "rib"))]
    for upper, lower in zip(columns[2:7], columns[1:6], strict=True):
        lattice = covering_lattice(np.maximum(upper.solid.low, lower.solid.low),
                                   np.minimum(upper.solid.high, lower.solid.high), 2.0)  # fmt: skip
        points = lattice.points((slice(None), slice(None), slice(None)))
        shared = (upper.solid.distance(points) < -1.0) & (lower.solid.distance(points) < -1.0)
        assert shared.sum() * 8 < 900  # mm³: joints alone touch, before the joint space is cut


def test_every_bone_has_a_label_and_lies_where_its_landmark_says(old_body):
    body = replace(old_body, bones=tuple(b for b in old_body.bones if b.name[-2:] in ("L1", "L4", "12")))
    assert {b.name for b in body.bones} == {
        "vertebrae_L1",
        "vertebrae_L4",
        "vertebrae_T12",
        "rib_left_12",
        "rib_right_12",
    }
    painted = paint_bones(body, covering_lattice(body.low, body.high, 3.0))
    values = {name: value for value, name in painted.labels.names.items()}
    for level in ("L1", "L4"):
        i, j, k = np.rint(painted.labels.volume.to_index(body.landmarks[f"vertebrae_{level}_centre"])).astype(int)
        assert painted.labels.volume.array[k, j, i] == values[f"vertebrae_{level}"]
    x = {side: np.argwhere(painted.labels.mask([f"rib_{side}_12"]))[:, 2].mean() for side in ("left", "right")}
    assert x["left"] > x["right"]  # i runs to the patient's left


def test_same_person_same_bytes():
    lattice = covering_lattice((-60, -60, 110), (60, 80, 190), 4.0)
    pictures = []
    for _ in range(2):
        body = make_spine_body(person(60.0, degeneration=0.5))
        pictures.append((paint_bones(body, lattice).mineral.array.tobytes(), body.paint_soft_tissue(lattice).tobytes()))
    assert pictures[0] == pictures[1]


def test_age_alone_changes_density_and_leaves_shape_place_and_texture():
    wanted = SpineMorphometry(4.2, 13.5)
    young, old = (make_spine_body(person(age), variant=HEALTHY, morphometry=wanted) for age in (45.0, 80.0))
    for name, point in young.landmarks.items():
        assert np.linalg.norm(point - old.landmarks[name]) < 2.5, name
    assert young.truth["morphometry"] == pytest.approx(old.truth["morphometry"])
    lattice = covering_lattice(
        young.landmarks["vertebrae_L3_centre"] - 11, young.landmarks["vertebrae_L3_centre"] + 11, 1.0
    )
    grain = []
    for body in (young, old):
        bone = next(b for b in body.bones if b.name == "vertebrae_L3")
        grain.append(bone.trabecular(lattice.points((slice(None), slice(None), slice(None)))).ravel())
    assert grain[1].mean() < 0.65 * grain[0].mean()
    assert np.corrcoef(grain)[0, 1] > 0.25  # the same grains, drawn out upwards in old bone


def test_without_a_request_bodies_widen_and_sink_with_age():
    young, old = (draw_spine_shape(person(age), np.random.default_rng(3)).morphometry for age in (50.0, 80.0))
    assert 1.01 < old.width_cm / young.width_cm < 1.06
    assert 0.96 < old.height_cm / young.height_cm < 1.0


def test_density_rises_with_the_persons_spine_density_and_falls_with_age():
    def lumbar(age, z):
        return average_spine_shape(person(age, spine_density=z)).trabecular["L2"]

    assert lumbar(60, -2) < lumbar(60, -1) < lumbar(60, 0) < lumbar(60, 2)
    for age, seen_by_ct in ((30, 175), (80, 70)):  # fat in the marrow hides some from a CT
        hidden = -0.77 * marrow_hu(red_marrow_share(person(age)))
        assert lumbar(age, 0) - hidden == pytest.approx(seen_by_ct, rel=0.03)
    shape = average_spine_shape(person()).vertebrae["L2"]
    masses = [painted_alone(shape, 2.0, trabecular)[1] for trabecular in (60.0, 110.0, 160.0)]
    assert masses[0] < masses[1] < masses[2]


def test_disease_only_grows_with_age_and_follows_density():
    def drawn(age, seed, z=0.0):
        who = person(age, seed=seed, degeneration=(age - 50) / 15, spine_density=z)
        return draw_spine_variant(who, np.random.default_rng(seed))

    count = {
        (age, z): sum(bool(drawn(age, s, z).fractures) for s in range(600)) for age, z in ((50, 0), (82, 0), (82, -2))
    }
    assert count[50, 0] < count[82, 0] < count[82, -2]
    assert 0.05 < count[82, 0] / 600 < 0.25
    for seed in range(20):
        young, old = drawn(45, seed), drawn(80, seed)
        assert set(young.fractures) <= set(old.fractures)
        assert old.aortic_calcification >= young.aortic_calcification
        assert all(old.disc_loss[level] >= young.disc_loss[level] for level in LEVELS)


def test_the_trunk_is_as_thick_as_its_body_mass_index_says():
    for bmi in (21.0, 32.0):
        body = make_spine_body(person(bmi=bmi), variant=HEALTHY)
        z = body.landmarks["vertebrae_L3_centre"][2]
        lattice = covering_lattice([*body.low[:2], z], [*body.high[:2], z + 3], 3.0)
        inside = body.paint_soft_tissue(lattice)[0] > -500
        sides = np.ptp(np.flatnonzero(inside.any(axis=0))) * np.ptp(np.flatnonzero(inside.any(axis=1))) * 9.0
        assert np.sqrt(sides) == pytest.approx(10 * (0.76 * bmi + 9.4), rel=0.05)


def test_chalk_in_the_aorta_adds_dense_spots_in_front_of_the_spine():
    def dense(chalk):
        body = make_spine_body(person(70.0), variant=SpineVariant(aortic_calcification=chalk))
        middle = body.landmarks["vertebrae_L3_centre"]
        lattice = covering_lattice(middle - [15, 60, 40], middle + np.array([45, -18, 20]), 2.0)
        return (body.paint_soft_tissue(lattice) > 150).sum()

    assert dense(0.0) == 0
    assert dense(20.0) > dense(6.0) > 0


def test_what_cannot_be_is_refused():
    with pytest.raises(AnatomyError, match="4 cm high"):
        SpineMorphometry(4.2, 4.0)
    with pytest.raises(AnatomyError, match="C7"):
        SpineVariant(disc_loss={"C7": 0.2})
    with pytest.raises(AnatomyError, match="not known"):
        Fracture("burst", 0.2)


def test_great_vessels_may_run_straight_up():
    """In a straight spine the vena cava is a vertical tube: nothing about that is special."""
    shape = SimpleNamespace(mean_depth=33.0)
    placed = {
        level: SimpleNamespace(pose=RigidTransform.from_translation([0, 0, -35.0 * n]), shape=shape)
        for n, level in enumerate(LEVELS)
    }
    fillings = vessels_of(placed, np.array([0.0, 0.0, -300.0]), 0.0, np.random.default_rng(0))
    inside = fillings[1].solid.distance(np.array([[-17.0, -26.5, -35.0 * LEVELS.index("L2")]], dtype=np.float32))
    assert inside[0] == pytest.approx(-10.0, abs=0.5)
