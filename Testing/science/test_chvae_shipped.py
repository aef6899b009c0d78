"""The weights that come with the package do what their card says, on people whom they never saw."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from bonedensity.generators.chvae.evaluation.beside import people_beside
from bonedensity.generators.chvae.evaluation.evaluate import evaluate_chvae
from bonedensity.learning.card import read_card
from bonedensity.learning.weights import model_folder
from bonedensity.virtual.cohort.version import cohort_version, same_cohort

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = ("width", "height", "area")


@pytest.fixture(scope="module")
def folder():
    return model_folder("chvae")


@pytest.fixture(scope="module")
def figures(folder):
    return evaluate_chvae(folder, people_beside(folder))["metrics"]


def test_the_card_is_of_the_virtual_people_that_this_version_draws(folder):
    card, now = read_card(folder).cohort, cohort_version("spine")
    assert same_cohort(card, now), (
        f"Virtual spines have changed since CHVAE was trained (card {card!r}, now {now!r}): train it anew "
        "as docs/chvae.md says."
    )


def test_the_card_s_figures_are_measured_again(folder, figures):
    card = dict(read_card(folder).metrics)
    assert card.pop("people") == 24
    assert figures == pytest.approx(card, rel=0.02, abs=2e-3)


def test_the_follow_up_is_told_better_than_by_nothing_changes(figures):
    for size, least in zip(SIZES, (0.92, 0.86, 0.93), strict=True):
        assert figures[f"r2_{size}"] >= least
        assert figures[f"icc_{size}"] >= 0.93
        assert figures[f"mae_over_persistence_{size}"] < 1
        assert figures[f"sign_agreement_{size}"] >= 0.7


def test_nothing_asked_changes_nothing_and_an_age_undone_leaves_the_image_as_it_was(figures):
    assert figures["composition"] < 0.01
    assert figures["reversibility"] < 0.02
    assert figures["identity"] > 0.9


def test_what_is_measured_on_a_counterfactual_moves_as_asked(figures):
    for size in SIZES:
        assert 0.8 <= figures[f"effectiveness_slope_l1_l4_{size}"] <= 1.2
    for name in ("age", "l1_l4_width", "l1_l4_height", "l1_l4_area"):
        assert figures[f"effectiveness_sign_{name}"] >= 0.95
    for size in ("width", "height"):  # of the area twenty years change less than can be read off an image
        assert 0.8 <= figures[f"effectiveness_slope_l1_l4_{size}_by_age"] <= 1.2
        assert figures[f"effectiveness_sign_l1_l4_{size}_by_age"] >= 0.95


def test_the_picture_is_nearer_to_the_true_counterfactual_than_the_one_taken(figures):
    assert figures["true_gain"] >= 0.25
    assert figures["true_brightness_sign"] > 0.8
    assert figures["true_brightness_sign_clear"] >= 0.95
