"""The population: published equations, published means and rates, exact counterfactuals, the same people every time."""

import time
from dataclasses import replace

import numpy as np
import pytest

from bonedensity.densitometry.tscore import t_score
from bonedensity.errors import BoneDensityError, PopulationError
from bonedensity.measurement import Measurement
from bonedensity.virtual.population import (
    COHORTS,
    Interval,
    cohort_named,
    draw_world,
    expected_bmd,
    people,
    population_graph,
    row_of,
    spine_counterfactual,
    spine_graph,
)
from bonedensity.virtual.population.graph import CausalGraph
from bonedensity.virtual.population.mechanisms import Levels, Linear, Root, Slope, shares
from bonedensity.virtual.population.scales import Between, Scale, Share, lognormal
from bonedensity.virtual.population.spine_graph import RESIDUAL_SD, SCALES, SPINE_VARIABLES, WEIGHTS
from bonedensity.virtual.population.visits import drift

PUBLISHED = [
    ("sex", "standing_height", 1.439290),
    ("sex", "weight", 0.336778),
    ("sex", "l1_l4_width", 0.692665),
    ("sex", "l1_l4_area", 0.002031),
    ("standing_height", "l1_l4_width", 0.476687),
    ("standing_height", "l1_l4_height", 0.734977),
    ("standing_height", "weight", 0.460313),
    ("age", "l1_l4_width", 0.207514),
    ("age", "l1_l4_height", -0.148056),
    ("l1_l4_width", "l1_l4_area", 0.665397),
    ("l1_l4_height", "l1_l4_area", 0.476317),
]
LABORATORY = ("wbc", "platelets", "serum_calcium", "fasting_glucose")


@pytest.fixture(scope="module")
def tables():
    """5000 people of every cohort, by name."""
    return {name: draw_world(cohort, 5000, 11).predict() for name, cohort in COHORTS.items()}


def regression(table, effect, *, own_scale):
    """Weights of all parents of a variable by least squares; sex as 0 and 1, the others standardised.

    `own_scale`: by the graph's scales, else by the sample's mean and deviation.
    """

    def column(name):
        if name == "sex":
            return table[name]
        z = SCALES[name].z(table[name])
        return z if own_scale else (table[name] - table[name].mean()) / table[name].std()

    parents = [cause for cause, to, _ in PUBLISHED if to == effect]
    design = np.column_stack([np.ones(len(table["sex"])), *(column(name) for name in parents)])
    weights, *_ = np.linalg.lstsq(design, column(effect), rcond=None)
    return dict(zip(parents, weights[1:], strict=True))


def relative_rate(bmd, years):
    """Percent of the mean a year."""
    return 100 * np.polyfit(years, bmd, 1)[0] / np.mean(bmd)


# --- the published graph -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_5000_people_give_back_every_published_weight(seed):
    rows = [row_of(person) for person in people(COHORTS["ukbiobank"], 5000, seed, region="spine")]
    table = {name: np.array([row[name] for row in rows], float) for name in SPINE_VARIABLES}
    for own_scale in (True, False):
        for cause, effect, weight in PUBLISHED:
            found = regression(table, effect, own_scale=own_scale)[cause]
            assert found == pytest.approx(weight, abs=0.05), (cause, effect, own_scale)


def test_the_graph_has_the_published_edges_and_no_others():
    assert sorted(spine_graph().edges()) == sorted((cause, effect) for cause, effect, _ in PUBLISHED)
    whole = population_graph(COHORTS["ukbiobank"])
    ours = {(cause, effect) for cause, effect in whole.edges() if effect in WEIGHTS}
    assert ours == {(cause, effect) for cause, effect, _ in PUBLISHED}


def test_every_standardised_variable_has_mean_0_and_deviation_1():
    table = spine_graph().draw(100_000, np.random.default_rng(0)).predict()
    for name in SPINE_VARIABLES[1:]:
        z = SCALES[name].z(table[name])
        assert abs(z.mean()) < 0.02
        assert z.std() == pytest.approx(1.0, abs=0.025)


def test_lumbar_morphometry_has_the_published_size_by_sex(tables):
    table = tables["ukbiobank"]
    for sex, (width, height, area) in ((1, (4.65, 14.4, 67.0)), (0, (4.15, 13.3, 55.0))):
        of_sex = table["sex"] == sex
        assert table["l1_l4_width"][of_sex].mean() == pytest.approx(width, abs=0.1)
        assert table["l1_l4_height"][of_sex].mean() == pytest.approx(height, abs=0.2)
        assert table["l1_l4_area"][of_sex].mean() == pytest.approx(area, abs=2.0)


@pytest.mark.parametrize("cohort", COHORTS)
def test_area_is_about_width_times_height(tables, cohort):
    table = tables[cohort]
    ratio = table["l1_l4_width"] * table["l1_l4_height"] / table["l1_l4_area"]
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    assert ratio.std() < 0.03


# --- counterfactuals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        {"age": 80.0},
        {"sex": 0.0},
        {"standing_height": 180.0},
        {"weight": 60.0},
        {"age": 50.0, "standing_height": 150.0, "l1_l4_width": 4.0},
    ],
)
@pytest.mark.parametrize("cohort", ["ukbiobank", "bmdgan"])
def test_a_counterfactual_equals_the_closed_form(cohort, do):
    world = draw_world(COHORTS[cohort], 300, 3)
    truth = spine_counterfactual(world.predict(), **do)
    from_noise, from_row = world.do(**do).predict(), world.graph.abduct(world.predict()).do(**do).predict()
    for name in SPINE_VARIABLES:
        np.testing.assert_allclose(from_noise[name], truth[name], rtol=1e-9)
        np.testing.assert_allclose(from_row[name], truth[name], rtol=1e-9)


def test_ten_years_widen_the_spine_and_lower_it_by_the_published_weights():
    row = draw_world(COHORTS["ukbiobank"], 50, 1).predict()
    later = spine_counterfactual(row, age=row["age"] + 10)
    steps = 10 / SCALES["age"].sd
    np.testing.assert_allclose(later["l1_l4_width"] - row["l1_l4_width"], 0.207514 * steps * SCALES["l1_l4_width"].sd)
    np.testing.assert_allclose(
        later["l1_l4_height"] - row["l1_l4_height"], -0.148056 * steps * SCALES["l1_l4_height"].sd
    )
    np.testing.assert_allclose(later["standing_height"], row["standing_height"])


@pytest.mark.parametrize("do", [{"age": 70.0}, {"sex": 1.0}, {"smoking": 2.0}, {"prior_fracture": 1.0}, {"bmi": 30.0}])
def test_what_is_forced_moves_its_descendants_alone(do):
    world = draw_world(COHORTS["adult"], 500, 5)
    before, after = world.predict(), world.do(**do).predict()
    touched = {*do, *world.graph.descendants(*do)}
    for name, column in before.items():
        if name not in touched:
            np.testing.assert_array_equal(after[name], column, err_msg=name)
    for name, value in do.items():
        np.testing.assert_array_equal(after[name], value)
    assert any((after[name] != before[name]).any() for name in touched.difference(do))


def test_a_fracture_follows_from_density_and_does_not_cause_it():
    graph = population_graph(COHORTS["adult"])
    assert "prior_fracture" in graph.descendants("hip_density")
    assert not {"hip_density", "spine_density"} & graph.descendants("prior_fracture")


@pytest.mark.parametrize("cohort", COHORTS)
def test_abduction_and_prediction_return_what_was_observed(cohort):
    world = draw_world(COHORTS[cohort], 500, 2)
    table = world.predict()
    again = world.graph.abduct(table).predict()
    for name, column in table.items():
        np.testing.assert_allclose(again[name], column, rtol=1e-9, atol=1e-9, err_msg=name)


def test_abduction_finds_the_noise_that_made_the_row():
    world = draw_world(COHORTS["ukbiobank"], 200, 2)
    found = world.graph.abduct(world.predict()).noise
    for name, mechanism in world.graph.mechanisms.items():
        if isinstance(mechanism, Linear):
            np.testing.assert_allclose(found[name], world.noise[name], rtol=0, atol=1e-9, err_msg=name)


def test_of_a_level_half_the_people_have_more_noise_than_abduction_says():
    world = draw_world(COHORTS["ukbiobank"], 3000, 2)
    table, found = world.predict(), world.graph.abduct(world.predict()).noise
    for name, mechanism in world.graph.mechanisms.items():
        if isinstance(mechanism, Levels):
            for level in range(len(mechanism.cuts) + 1):
                of_level = table[name] == level
                above = (world.noise[name] > found[name])[of_level].mean()
                assert abs(above - 0.5) < 2.5 / np.sqrt(of_level.sum()), (name, level)


def test_a_missing_value_becomes_what_its_causes_say():
    row = spine_graph().abduct({"sex": 1.0, "age": 64.0}).predict()
    assert row["standing_height"][0] == pytest.approx(169.5 + 9.0 * 1.43929 / 2)
    assert row["l1_l4_area"][0] == pytest.approx(row["l1_l4_width"][0] * row["l1_l4_height"][0], rel=0.02)


def test_the_median_noise_of_a_rare_level_stays_finite():
    graph = CausalGraph({"a": Root(Share(0.5)), "b": Levels((Slope("a", -12.0),), shares(0.5, 0.5))})
    noise = graph.abduct({"a": 1.0, "b": 1.0}).noise["b"][0]
    assert 12.0 < noise < 12.2


# --- density -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cohort", COHORTS)
def test_hip_and_spine_correlate_as_published(tables, cohort):
    table = tables[cohort]
    assert np.corrcoef(table["hip_density"], table["spine_density"])[0, 1] == pytest.approx(0.70, abs=0.04)


@pytest.mark.parametrize("density", ["hip_density", "spine_density"])
def test_density_is_standardised_by_sex_and_age_in_general_adults(tables, density):
    table = tables["adult"]
    for sex in (0, 1):
        for low, high in ((20, 45), (45, 60), (60, 90)):
            chosen = table[density][(table["sex"] == sex) & (table["age"] >= low) & (table["age"] < high)]
            assert abs(chosen.mean()) < 0.2
            assert chosen.std() == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("site", ["L1-L4", "femoral-neck"])
def test_women_lose_0_6_percent_a_year_from_50_to_80(site):
    ages = np.arange(50, 81)
    assert relative_rate(expected_bmd(site, "female", ages).mean, ages) == pytest.approx(-0.6, rel=0.25)


def test_the_drawn_women_lose_as_the_reference_says():
    table = population_graph(COHORTS["adult"]).draw(60_000, np.random.default_rng(0)).predict()
    chosen = (table["sex"] == 0) & (table["age"] > 50) & (table["age"] < 80)
    for name in ("l1_l4_bmd", "femoral_neck_bmd"):
        assert relative_rate(table[name][chosen], table["age"][chosen]) == pytest.approx(-0.6, rel=0.25)


def test_the_hip_loses_grams_a_year_as_published():
    ages = np.arange(45, 76)
    slope = np.polyfit(ages, expected_bmd("total-hip", "female", ages).mean, 1)[0]
    assert -0.0078 * 1.25 < slope < -0.0052 * 0.75


def test_mens_spines_do_not_fall_on_dxa_but_their_hips_do():
    assert expected_bmd("L1-L4", "male", 75).mean >= expected_bmd("L1-L4", "male", 45).mean
    assert expected_bmd("total-hip", "male", 75).mean < expected_bmd("total-hip", "male", 45).mean - 0.05


@pytest.mark.parametrize(
    ("name", "three_years", "ten_years"), [("l1_l4_bmd", -7.4, -10.6), ("femoral_neck_bmd", -5.8, -9.1)]
)
def test_loss_is_fastest_around_a_womans_own_last_period(name, three_years, ten_years):
    world = draw_world(COHORTS["adult"], 1000, 4).do(sex=0)
    own = world.predict()["menopause_age"]

    def at(years):
        return world.do(age=own + years).predict()[name].mean()

    assert 100 * (at(2) / at(-1) - 1) == pytest.approx(three_years, rel=0.25)
    assert 100 * (at(9) / at(-1) - 1) == pytest.approx(ten_years, rel=0.25)
    assert (at(2) - at(-1)) / 3 < 2 * (at(20) - at(10)) / 10


def test_an_early_last_period_costs_a_third_of_a_deviation():
    world = draw_world(COHORTS["adult"], 1000, 4).do(sex=0, age=50)
    early, usual = world.do(menopause_age=43).predict(), world.predict()
    assert early["spine_density"].mean() - usual["spine_density"].mean() == pytest.approx(-0.3, abs=0.1)


def test_osteoporosis_is_as_frequent_as_surveys_find(tables):
    table = tables["adult"]
    ill, older = table["lowest_t_score"] <= -2.5, table["age"] >= 50
    women, men = ill[older & (table["sex"] == 0)].mean(), ill[older & (table["sex"] == 1)].mean()
    assert 0.08 < women < 0.28
    assert 0.005 < men < women / 2
    assert ill[table["age"] < 40].mean() < 0.03


def test_the_lowest_t_score_agrees_with_densitometry(tables):
    for name, reference in (("ukbiobank", "lunar-female"), ("bmdgan", "hologic-nhanes3-female")):
        table = tables[name]
        for i in range(5):
            values = [
                t_score(
                    Measurement("aBMD", table[column][i], "g/cm²", None, {}), region=region, reference=reference
                ).value
                for column, region in (("femoral_neck_bmd", "femoral-neck"), ("l1_l4_bmd", "L1-L4"))
            ]
            assert table["lowest_t_score"][i] == pytest.approx(min(values))


def test_the_two_manufacturers_read_as_their_cross_calibration_says():
    hologic, lunar = (expected_bmd("L1-L4", "female", 60, system).mean for system in ("hologic", "lunar"))
    assert hologic == pytest.approx(0.906 * lunar - 0.025, abs=1e-5)
    hologic, lunar = (expected_bmd("total-hip", "male", 60, system).mean for system in ("hologic", "lunar"))
    assert 1.008 * hologic + 0.006 == pytest.approx(0.979 * lunar - 0.031, abs=1e-5)
    young = expected_bmd("femoral-neck", "female", 25, "lunar").mean
    assert young == pytest.approx(1.038, abs=0.05)


@pytest.mark.parametrize(
    ("cause", "level", "low", "high"),
    [
        ("smoking", 2, -0.40, -0.26),
        ("glucocorticoids", 1, -0.8, -0.4),
        ("hrt", 1, 0.25, 0.35),
        ("diabetes", 1, 0.2, 0.3),
    ],
)
def test_habits_and_medicines_move_hip_density_as_published(cause, level, low, high):
    world = draw_world(COHORTS["adult"], 500, 6)
    forced = (world.do(**{cause: value}).predict()["hip_density"].mean() for value in (0, level))
    without, with_it = forced
    assert low < with_it - without < high


def test_those_with_a_fracture_have_half_a_deviation_less(tables):
    table = tables["adult"]
    had = table["prior_fracture"] == 1
    assert table["hip_density"][had].mean() - table["hip_density"][~had].mean() == pytest.approx(-0.5, abs=0.12)


@pytest.mark.parametrize("cohort", COHORTS)
def test_blood_values_are_no_shortcut_to_density(tables, cohort):
    table = tables[cohort]
    for name in LABORATORY:
        for density in ("hip_density", "spine_density"):
            assert abs(np.corrcoef(table[name], table[density])[0, 1]) < 0.13


# --- cohorts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COHORTS)
def test_a_cohort_has_its_ages_sexes_and_build(tables, name):
    table, cohort = tables[name], COHORTS[name]
    assert table["sex"].mean() == pytest.approx(cohort.male.of_ones, abs=0.02)
    assert table["age"].mean() == pytest.approx(cohort.age.mean, abs=0.02 * cohort.age.sd)
    assert table["age"].std() == pytest.approx(cohort.age.sd, rel=0.02)
    assert table["age"].min() >= cohort.age.low
    assert table["age"].max() <= cohort.age.high
    mean, sd = cohort.bmi or (26.5, 4.3)
    assert table["bmi"].mean() == pytest.approx(mean, abs=0.2)
    assert table["bmi"].std() == pytest.approx(sd, rel=0.07)


def test_the_arthroplasty_cohort_has_its_published_density(tables):
    table = tables["bmdgan"]
    assert table["total_hip_bmd"].mean() == pytest.approx(0.759, abs=0.015)
    assert table["total_hip_bmd"].std() == pytest.approx(0.151, abs=0.015)


def test_uk_biobank_men_and_women_have_their_stature_and_bmi(tables):
    table = tables["ukbiobank"]
    for sex, height, bmi in ((1, 176.0, 27.0), (0, 163.0, 26.0)):
        of_sex = table["sex"] == sex
        assert table["standing_height"][of_sex].mean() == pytest.approx(height, abs=0.5)
        assert table["bmi"][of_sex].mean() == pytest.approx(bmi, abs=0.5)


def test_no_man_has_a_menopause_and_no_woman_hormones_before_it(tables):
    for table in tables.values():
        assert not table["menopause"][table["sex"] == 1].any()
        assert not table["hrt"][table["menopause"] == 0].any()


# --- the same people -----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_people_and_another_seed_others():
    one, same, other = (people(COHORTS["adult"], 50, seed) for seed in (7, 7, 8))
    assert one == same
    assert all(a.age != b.age and a.seed != b.seed for a, b in zip(one, other, strict=True))


def test_a_person_does_not_depend_on_how_many_are_drawn():
    many = people(COHORTS["tang"], 1100, 3, repeat=Interval())
    assert people(COHORTS["tang"], 7, 3, repeat=Interval()) == many[:14]
    assert people(COHORTS["tang"], 20, 3, first=990, repeat=Interval()) == many[1980:2020]


def test_a_person_is_the_same_in_either_region():
    hip, spine = (people(COHORTS["adult"], 1, 3, region=region)[0] for region in ("hip", "spine"))
    assert (hip.identifier, spine.identifier) == ("hip-000001", "spine-000001")
    assert replace(hip, identifier="") == replace(spine, identifier="")


def test_seeds_and_identifiers_are_unique_and_seeds_survive_json():
    drawn = people(COHORTS["adult"], 3000, 0)
    assert len({person.seed for person in drawn}) == len({person.identifier for person in drawn}) == 3000
    assert max(person.seed for person in drawn) < 2**53


def test_a_thousand_people_hold_no_luck_and_neighbours_are_strangers():
    noise = draw_world(COHORTS["ukbiobank"], 1000, 9).noise
    columns = np.array([noise[name] for name in RESIDUAL_SD])
    np.testing.assert_allclose(columns.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(np.cov(columns, bias=True), np.eye(len(columns)), atol=1e-9)
    assert abs(np.corrcoef(columns[:, 1:].ravel(), columns[:, :-1].ravel())[0, 1]) < 0.05


def test_a_thousand_people_take_less_than_a_second():
    people(COHORTS["ukbiobank"], 1, 0)
    started = time.process_time()
    people(COHORTS["ukbiobank"], 1000, 0)
    assert time.process_time() - started < 1.0


# --- repeat visits -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visits():
    both = people(COHORTS["ukbiobank"], 3000, 12, region="spine", repeat=Interval(2, 5))
    return both[::2], both[1::2]


def test_a_repeat_visit_is_the_same_person_some_years_later(visits):
    for first, then in zip(*visits, strict=True):
        assert (first.visit, then.visit) == (0, 1)
        assert (first.identifier, first.seed, first.sex) == (then.identifier, then.seed, then.sex)
        assert 2 <= then.age - first.age <= 5
        assert then.clinical["years_since_first"] == pytest.approx(then.age - first.age)
        assert (then.height_cm, then.weight_kg) == (first.height_cm, first.weight_kg)
        assert then.clinical["prior_fracture"] >= first.clinical["prior_fracture"]


def test_spine_morphometry_at_the_repeat_is_the_closed_form(visits):
    first, then = ([row_of(person) for person in visit] for visit in visits)
    table = {name: np.array([row[name] for row in first], float) for name in SPINE_VARIABLES}
    truth = spine_counterfactual(table, age=np.array([row["age"] for row in then]))
    for name in SPINE_VARIABLES:
        np.testing.assert_allclose([row[name] for row in then], truth[name], rtol=1e-9)


def test_older_women_lose_hip_bone_at_the_published_rate_and_differ(visits):
    pairs = [(a, b) for a, b in zip(*visits, strict=True) if a.sex == "female" and a.age > 65]
    change = np.array([b.clinical["total_hip_bmd"] / a.clinical["total_hip_bmd"] - 1 for a, b in pairs])
    years = np.array([b.age - a.age for a, b in pairs])
    assert -0.8 < 100 * (change / years).mean() < -0.5
    assert 0.15 < (change > 0).mean() < 0.45


def test_two_years_of_drift_spread_by_almost_2_percent():
    normals = np.random.default_rng(0).standard_normal((50_000, 6))
    hip, spine = drift(np.full(50_000, 2.0), normals)
    assert 100 * hip.std() * 0.125 / 0.90 == pytest.approx(1.75, abs=0.25)
    assert spine.std() == pytest.approx(hip.std(), rel=0.02)
    assert 0.3 < np.corrcoef(hip, spine)[0, 1] < 0.7


def test_rates_barely_persist():
    rng = np.random.default_rng(1)
    lasting = rng.standard_normal((50_000, 3))
    changes = [
        drift(np.full(50_000, 22 / 12), np.hstack([lasting, rng.standard_normal((50_000, 3))]))[0] for _ in range(2)
    ]
    assert 0.1 < np.corrcoef(*changes)[0, 1] < 0.4


# --- what cannot be ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: people(COHORTS["adult"], 0, 0),
        lambda: people(COHORTS["adult"], 3, -1),
        lambda: people(COHORTS["adult"], 3, 0, first=-1),
        lambda: people(COHORTS["adult"], 3, 0, region="knee"),
        lambda: cohort_named("martians"),
        lambda: Interval(5, 2),
        lambda: Interval(0, 2),
        lambda: Between(50, 60, 20, 90),
        lambda: Between(95, 5, 20, 90),
        lambda: draw_world(COHORTS["adult"], 3, 0).do(shoe_size=44),
        lambda: spine_graph().abduct({"sex": 1, "age": 60, "weight": -70}),
        lambda: population_graph(COHORTS["adult"]).abduct({"smoking": 7}),
        lambda: spine_counterfactual({"sex": 1, "age": 60}, age=70),
        lambda: spine_counterfactual(dict.fromkeys(SPINE_VARIABLES, 1.0), shoe_size=44),
        lambda: expected_bmd("elbow", "male", 60),
        lambda: expected_bmd("L1-L4", "male", 60, "unknown"),
        lambda: CausalGraph({"child": Linear((Slope("parent", 1.0),), 1.0), "parent": Root(Share(0.5))}),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(wrong):
    with pytest.raises(PopulationError) as caught:
        wrong()
    assert isinstance(caught.value, BoneDensityError)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_scales_turn_back_and_a_lognormal_has_its_mean():
    z = np.linspace(-3, 3, 13)
    for scale in (Scale(10.0, 2.0), lognormal(6.0, 1.6)):
        np.testing.assert_allclose(scale.z(scale.value(z)), z, atol=1e-12)
    drawn = lognormal(6.0, 1.6).value(np.random.default_rng(0).standard_normal(400_000))
    assert (drawn.mean(), drawn.std()) == pytest.approx((6.0, 1.6), rel=0.01)


def test_the_graph_in_json_names_every_cause():
    graph = population_graph(COHORTS["ukbiobank"])
    document = graph.to_json()
    assert [node["name"] for node in document["nodes"]] == list(graph.mechanisms)
    (area,) = (node for node in document["nodes"] if node["name"] == "l1_l4_area")
    assert {term["from"]: term["weight"] for term in area["terms"]} == WEIGHTS["l1_l4_area"]
