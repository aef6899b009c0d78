"""Counterfactuals on an image mechanism whose answer is known: it draws what the attributes say, and nothing else."""

from __future__ import annotations

import runpy
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bonedensity.errors import ModelError, PopulationError, StatisticsError
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.counterfactual.exports import difference_picture, grey_picture
from bonedensity.generators.chvae.counterfactual.request import Sweep, parse_do, parse_sweep
from bonedensity.generators.chvae.counterfactual.run import CounterfactualOptions, counterfactual
from bonedensity.generators.chvae.evaluation.axioms import composition, reversibility
from bonedensity.generators.chvae.evaluation.follow_up import follow_up
from bonedensity.generators.chvae.evaluation.pictures import picture_errors
from bonedensity.generators.chvae.evaluation.true_counterfactual import true_error
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.virtual.population import COHORTS, draw_world, people, spine_counterfactual, with_values

pytestmark = pytest.mark.usefixtures("one_thread")

DRAUGHTSMAN = runpy.run_path(str(Path(__file__).with_name("chvae_draughtsman.py")))
PERSON, picture_of = DRAUGHTSMAN["DRAWN"]["PERSON"], DRAUGHTSMAN["picture_of"]


@pytest.fixture(scope="module")
def model():
    return DRAUGHTSMAN["draughtsman_model"]()


@pytest.fixture(scope="module")
def person(model):
    return Abducted(model, picture_of(model, PERSON), PERSON)


def test_no_intervention_changes_no_pixel_and_no_attribute(person):
    null = person.do().predict()
    assert np.array_equal(null.image, person.image.array)
    assert not null.difference.any()
    assert null.attributes == pytest.approx(PERSON)
    assert composition(person, cycles=3) == 0
    assert person.identity(null) == pytest.approx(1.0)


def test_the_change_is_transferred_and_the_image_keeps_its_own_noise(model, person):
    older = person.do(age=80.0).predict()
    assert np.array_equal(older.image - person.image.array, older.difference)
    truth = picture_of(model, older.attributes)  # the same noise
    inside = slice(64, 79)  # within the column: its edges are sharper than the change's
    assert np.abs(older.image - truth.array)[:, inside].mean() < 1.5
    assert np.abs(person.image.array - truth.array)[:, inside].mean() > 10
    blurred = person.do(age=80.0).predict(residual=False)
    assert blurred.image[:, inside].std() < 1 < older.image[:, inside].std()
    assert older.image.shape == blurred.image.shape == person.image.array.shape


def test_counterfactual_attributes_are_those_of_the_graph(person):
    for do in ({"age": 75.0}, {"sex": 1.0}, {"standing_height": 175.0, "age": 50.0}):
        told, truth = person.do(**do).predict().attributes, spine_counterfactual(PERSON, **do)
        for name in ("l1_l4_width", "l1_l4_height", "l1_l4_area"):
            assert told[name] == pytest.approx(truth[name][0], rel=0.02), (do, name)


def test_a_sweep_moves_steadily_and_passes_through_the_observed(person):
    frames = person.sweep("age", [40, 50, 60, 70, 80])
    brightness = [frame.image[:, 60:80].mean() for frame in frames]
    assert all(a > b for a, b in pairwise(brightness))
    assert np.abs(frames[2].difference).max() < 1e-3  # set to what it is: nothing but rounding
    widths = [frame.attributes["l1_l4_width"] for frame in frames]
    assert all(a < b for a, b in pairwise(widths))


def test_there_and_back_is_almost_where_it_was(person):
    assert reversibility(person, {"age": 75.0}) < 0.01
    assert reversibility(person, {"l1_l4_width": 4.6}) < 0.02


def test_samples_give_an_uncertainty_where_the_edges_are_and_the_same_seed_the_same_bytes(model, person):
    sampled = [
        Abducted(model, person.image, PERSON, samples=6, seed=s).do(age=80.0, l1_l4_width=4.8).predict()
        for s in (1, 1, 2)
    ]
    assert np.array_equal(sampled[0].image, sampled[1].image)
    assert not np.array_equal(sampled[0].uncertainty, sampled[2].uncertainty)
    by_column = sampled[0].uncertainty.mean(axis=0)
    assert by_column[[54, 55, 87, 88]].max() > 3 * by_column[70]
    assert not person.do(age=80.0).predict().uncertainty.any()
    with pytest.raises(ModelError, match="samples cannot be drawn"):
        Abducted(model, person.image, PERSON, samples=0)


def test_what_lies_beyond_the_data_is_flagged_and_nonsense_refused(model, person):
    assert "extrapolation" in person.do(age=97.0).predict().notes[0]
    for age in (-5.0, 400.0):
        with pytest.raises(PopulationError, match="give 18 to 110"):
            person.do(age=age).predict()
    with pytest.raises(PopulationError, match="standing_height is missing"):
        Abducted(model, person.image, {k: v for k, v in PERSON.items() if k != "standing_height"})


def test_requests_as_text(model):
    graph = model.causal.graph
    assert parse_do(["age=80", "sex=male, weight=82.5"], graph) == {"age": 80, "sex": 1, "weight": 82.5}
    assert parse_sweep("age=50:90:10", graph) == Sweep("age", (50, 60, 70, 80, 90))
    assert parse_sweep("age=60:50:5", graph).values == (60, 55, 50)
    for bad in ("age", "age=old", "shoe=4"):
        with pytest.raises(ModelError):
            parse_do([bad], graph)
    for bad in ("age=50:90", "age=50:90:0", "age=50:90:0.001", "age=50:90:x"):
        with pytest.raises(ModelError):
            parse_sweep(bad, graph)
    with pytest.raises(PopulationError, match="age = 400"):
        parse_sweep("age=50:400:5", graph)


def test_everything_is_written_and_pictures_carry_the_mark(model, person, tmp_path):
    values = counterfactual(
        model, person.image, PERSON, {"age": 80.0}, tmp_path / "out", CounterfactualOptions(samples=2),
        sweep=Sweep("age", (50.0, 65.0, 80.0)),
    )  # fmt: skip
    names = {Path(path).name for path in values["outputs"]}
    assert {"factual.png", "counterfactual.png", "difference.png", "counterfactual_synthetic.nrrd", "sweep_age.gif",
            "sweep_age.mp4", "table.csv", "uncertainty_synthetic.nrrd"} <= names  # fmt: skip
    assert values["synthetic"] is True
    assert values["morphometry"]["l1_l4_width"]["unit"] == "cm"
    header = (tmp_path / "out" / "counterfactual_synthetic.nrrd").read_bytes()[:2000]
    assert b"synthetic, research use only" in header
    made = read_radiograph(tmp_path / "out" / "counterfactual_synthetic.nrrd")
    change = read_radiograph(tmp_path / "out" / "difference_synthetic.nrrd")
    assert np.allclose(made.array - change.array, person.image.array, atol=1e-3)
    assert made.spacing.pair == (1.25, 1.25)
    with Image.open(tmp_path / "out" / "sweep_age.gif") as film:
        assert film.n_frames == 4  # to and fro
    table = (tmp_path / "out" / "table.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in table] == ["what", "factual", "counterfactual", "age=50", "age=65", "age=80"]
    marked, plain = (np.asarray(grey_picture(np.zeros((60, 300)), "age", mark=mark)) for mark in ("synthetic", ""))
    assert (marked != plain).sum() > 100
    up = np.asarray(difference_picture(np.full((20, 20), 30.0), ""))[10, 10]
    down = np.asarray(difference_picture(np.full((20, 20), -30.0), ""))[10, 10]
    assert up[0] > up[2]
    assert down[2] > down[0]


def test_equal_pictures_are_perfect_and_errors_are_the_textbook_ones():
    rng = np.random.default_rng(0)
    picture = rng.random((40, 40))
    same = picture_errors(picture, picture)
    assert (same.mae, same.rmse, same.psnr) == (0, 0, np.inf)
    assert same.ssim == pytest.approx(1)
    off = picture_errors(np.full((40, 40), 0.5), np.full((40, 40), 0.6))
    assert (off.mae, off.rmse, off.psnr) == pytest.approx((0.1, 0.1, 20.0))
    assert picture_errors(picture, rng.random((40, 40))).ssim < 0.2
    with pytest.raises(StatisticsError, match="cannot be compared"):
        picture_errors(picture, picture[1:])


def test_a_follow_up_without_news_is_no_better_than_persistence():
    rng = np.random.default_rng(0)
    first = rng.normal(4.4, 0.4, 300)
    change = rng.normal(0.03, 0.05, 300)
    knowing, guessing = (
        follow_up("w", first, first + c, first + change)
        for c in (change + rng.normal(0, 0.02, 300), rng.normal(0, 0.05, 300))
    )
    assert knowing.mae_ratio < 0.5
    assert knowing.sign_agreement > 0.85
    assert knowing.sign_p < 1e-6
    assert knowing.r2_change > 0.5
    assert guessing.mae_ratio > 1
    assert guessing.r2_change < 0
    assert guessing.r2 > 0.95  # a high R² means little, which is why persistence stands beside it
    assert guessing.r2_persistence > guessing.r2
    assert "[" in knowing.line()
    with pytest.raises(StatisticsError, match="Nobody's w changes"):
        follow_up("w", first, first, first)


def test_the_error_against_the_truth_is_nothing_for_the_truth_and_one_for_doing_nothing(model):
    before, after = picture_of(model, PERSON), picture_of(model, {**PERSON, "age": 80.0})
    perfect = true_error(before, after.array, after.array)
    assert (perfect.mae, perfect.gain) == (0, 1)
    assert perfect.brightened == perfect.truly_brightened < 0
    idle = true_error(before, before.array, after.array)
    assert idle.gain == pytest.approx(0)
    half = true_error(before, (before.array + after.array) / 2, after.array)
    assert half.gain == pytest.approx(0.5, abs=1e-6)
    assert half.correlation == pytest.approx(1)


def test_the_true_counterfactual_of_a_virtual_person_keeps_who_it_is():
    cohort = COHORTS["ukbiobank"]
    world, (person,) = draw_world(cohort, 1, 7), people(cohort, 1, 7, region="spine")
    older = with_values(person, world.do(age=person.age + 20).predict(), 0)
    assert (older.identifier, older.seed, older.sex) == (person.identifier, person.seed, person.sex)
    assert older.age == pytest.approx(person.age + 20)
    assert older.height_cm == pytest.approx(person.height_cm)
    assert older.clinical["l1_l4_bmd"] < person.clinical["l1_l4_bmd"]
    assert replace(with_values(person, world.predict(), 0), clinical={}) == replace(person, clinical={})
