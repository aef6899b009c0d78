"""The BMD-GAN that comes with the package: what its card promises, on virtual people that no training saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.estimators.bmdgan.config import SIZES
from bonedensity.estimators.bmdgan.data.folds import split_people
from bonedensity.estimators.bmdgan.evaluation.rows import figures_of, rows_of
from bonedensity.estimators.bmdgan.evaluation.unseen import read_unseen
from bonedensity.estimators.bmdgan.evaluation.wrong_inputs import WRONG
from bonedensity.estimators.bmdgan.inference.estimate import BmdganOptions, estimate_bmd
from bonedensity.estimators.bmdgan.inference.look import look_at
from bonedensity.estimators.bmdgan.loading import MODEL_NAME, load_bmdgan
from bonedensity.imaging import Radiograph
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.learning.weights import SHIPPED
from bonedensity.virtual.cohort.version import cohort_version, same_cohort

pytestmark = pytest.mark.usefixtures("one_thread")

EVERY = 7
"""Of the kept exposures, enough for a quick look; `bonedensity evaluate bmdgan` takes all."""


@pytest.fixture(scope="module")
def model():
    return load_bmdgan()


@pytest.fixture(scope="module")
def kept(model):
    return read_unseen(SHIPPED / MODEL_NAME, model.network.config)


@pytest.fixture(scope="module")
def figures(model, kept):
    return figures_of(rows_of(model, kept.every(EVERY)))


def test_the_card_is_of_the_virtual_people_that_this_version_draws(model):
    now = cohort_version("hip")
    assert same_cohort(model.card.cohort, now), (
        f"Virtual hips have changed since BMD-GAN was trained (card {model.card.cohort!r}, now {now!r}): train it anew "
        "as docs/bmdgan.md says."
    )


@pytest.mark.parametrize("place", range(8))
def test_a_cohort_with_another_body_density_or_image_is_another_version(model, place):
    numbers = [float(each) for each in model.card.cohort.split()]
    numbers[place] = 1.03 * numbers[place] + 0.01
    assert not same_cohort(model.card.cohort, " ".join(str(each) for each in numbers))
    assert not same_cohort("", model.card.cohort)
    assert not same_cohort("spring", model.card.cohort)


def test_the_card_tells_what_the_model_is(model):
    assert model.network.config == SIZES["small"]
    assert "virtual" in model.card.data
    assert {"psnr_db", "dxa_regression_pcc", "qct_decomposition_mae", "dxa_regression_coverage", "auroc_chest"} <= set(
        model.card.metrics
    )
    assert model.card.limits


def test_kept_people_are_those_that_the_seed_leaves_out_of_every_stage(model, kept):
    one = kept.exposures[0]
    everybody = [replace(one, identifier=f"hip-{number:06d}") for number in range(1, 301)]
    tested = {each.identifier for each in split_people(everybody, model.card.seed).test}
    assert {each.identifier for each in kept.exposures} <= tested
    assert all(each.virtual for each in kept.exposures)


def test_unseen_people_are_measured_as_well_as_the_card_says(model, figures):
    card = model.card.metrics
    assert figures["projection"]["psnr_db"] > card["psnr_db"] - 1.5
    for target in ("dxa", "qct"):
        for way in ("decomposition", "regression"):
            assert figures[target][way]["mae"] < 1.4 * card[f"{target}_{way}_mae"]
            assert figures[target][way]["pcc"]["value"] > card[f"{target}_{way}_pcc"] - 0.1


@pytest.mark.parametrize("kind", ["upside down", "noise", "chest", "no hip", "wrong side"])
def test_wrong_radiographs_look_stranger_than_right_ones(model, kept, kind):
    rng, places = np.random.default_rng(0), range(0, len(kept), len(kept) // 8)
    right = [look_at(model, kept[place].radiograph[None]).judgement.score for place in places]
    wrong = [look_at(model, WRONG[kind](kept[place].radiograph[None], rng)).judgement.score for place in places]
    assert np.median(wrong) > max(1.0, np.median(right))


def test_an_abstention_says_why_and_gives_no_number(model):
    noise = Radiograph(np.random.default_rng(5).normal(500, 80, (512, 256)), laterality="R")
    result = estimate_bmd(noise, model=model)
    assert result.abstains
    assert result.judgement.reasons
    assert not result.measurements


def test_a_real_hip_is_decomposed_and_its_distance_from_the_training_is_told(model, real_data):
    radiograph = read_radiograph(real_data / "xr-hip-cr-nema-rg2" / "RG2_JPLL.dcm")
    result = estimate_bmd(radiograph, BmdganOptions(side="L"), model=model)
    assert result.proximal_femur.shape == (radiograph.rows, radiograph.columns)
    assert any("distance from the training images" in note for note in result.notes)
    assert bool(result.measurements) is not result.abstains
