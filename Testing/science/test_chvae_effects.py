"""What is measured on counterfactuals, against what was asked for, where the answer is known."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.evaluation.axioms import effectiveness
from bonedensity.generators.chvae.evaluation.effects import effect_figures

pytestmark = pytest.mark.usefixtures("one_thread")

DRAUGHTSMAN = runpy.run_path(str(Path(__file__).with_name("chvae_draughtsman.py")))
PERSON, picture_of = DRAUGHTSMAN["DRAWN"]["PERSON"], DRAUGHTSMAN["picture_of"]


@pytest.fixture(scope="module")
def model():
    return DRAUGHTSMAN["draughtsman_model"]()


@pytest.fixture(scope="module")
def someone(model):
    """Two people, five years apart."""
    aged = [{**PERSON, "age": PERSON["age"] + years} for years in (0, 5)]
    return [Abducted(model, picture_of(model, own, seed), own) for seed, own in enumerate(aged)]


def test_what_is_measured_on_counterfactuals_is_what_was_asked_for(someone):
    ages = effectiveness(someone, [{"age": 80.0}, {"age": 45.0}], "age")
    assert ages.slope == pytest.approx(1, abs=0.2)
    assert ages.sign == 1
    widths = effectiveness(someone, [{"l1_l4_width": 4.7}, {"l1_l4_width": 3.9}], "l1_l4_width")
    assert widths.slope == pytest.approx(1, abs=0.2)
    with pytest.raises(StatisticsError, match="move nobody's"):
        effectiveness(someone[:1], [{}], "age")


def test_twenty_years_change_the_measured_width_as_the_causal_model_says(someone):
    found = effect_figures(someone)
    assert found["effectiveness_slope_l1_l4_width_by_age"] == pytest.approx(1, abs=0.2)
    assert found["effectiveness_sign_l1_l4_width_by_age"] == 1
    assert found["effectiveness_slope_l1_l4_height_by_age"] == 0  # the ruler reads no heights


def test_images_that_stay_as_they_are_show_no_effect_of_age(model):
    class Sleeper(DRAUGHTSMAN["Draughtsman"]):
        def decode(self, latents, context):
            return torch.full((len(context), 1, DRAUGHTSMAN["PIXELS"], DRAUGHTSMAN["PIXELS"]), 0.3)

    asleep = replace(model, network=Sleeper(model.causal))
    found = effect_figures([Abducted(asleep, picture_of(model, PERSON), PERSON)])
    for name in ("age", "l1_l4_width", "l1_l4_width_by_age"):
        assert found[f"effectiveness_slope_{name}"] == 0
        assert found[f"effectiveness_sign_{name}"] == 0
