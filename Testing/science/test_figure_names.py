"""A card's figures as people read them."""

from __future__ import annotations

import re

import pytest

from bonedensity.learning.card import read_card
from bonedensity.learning.figure_names import KINDS, figure_lines, figure_text
from bonedensity.learning.weights import SHIPPED
from bonedensity.workflows.estimate_facts import card_lines


def test_figures_that_are_about_one_thing_share_a_line_and_none_is_lost():
    metrics = {"psnr_db": 37.2, "dxa_regression_pcc": 0.83, "dxa_regression_mae": 0.085, "auroc_noise": 1.0}
    metrics |= {"auroc_wrong_side": 0.998, "r2_width": 0.99, "r2_width_persistence": 0.94, "note": "text", "odd_one": 2}
    assert figure_lines(metrics) == {
        "Image": "PSNR 37.2 dB",
        "DXA, by regression": "PCC 0.83 · MAE 0.085 g/cm²",
        "Wrong inputs found, AUROC": "noise 1 · wrong side 0.998",
        "Second visit, width": "R² 0.99 · no change at all: R² 0.94",
        "": "odd one 2",
    }


def test_the_same_error_has_the_unit_of_what_it_was_measured_against():
    assert figure_text("dxa_decomposition_mae", 0.06)[1].endswith("0.06 g/cm²")
    assert figure_text("qct_decomposition_mae", 18.9)[1].endswith("18.9 mg/cm³")
    assert figure_text("effectiveness_mae_l1_l4_area", 1.2)[1].endswith("1.2 cm²")
    assert figure_text("mae", 0.066)[1].endswith("6.6 % of the grey range")


@pytest.mark.parametrize("model", ["bmdgan", "chvae", "bayesian-unet"])
def test_every_figure_of_a_shipped_card_has_a_name_that_people_know(model):
    card = read_card(SHIPPED / model)
    assert not [name for name, value in card.metrics.items() if figure_text(name, value)[0] == ""]
    assert not [line for line in card_lines(card) if "_" in line.replace("…", "")]


def test_no_figure_is_of_two_kinds():
    for model in ("bmdgan", "chvae", "bayesian-unet"):
        for name in read_card(SHIPPED / model).metrics:
            assert sum(re.fullmatch(kind.pattern, name) is not None for kind in KINDS) == 1, name
