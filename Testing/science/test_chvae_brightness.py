"""Brighter or darker as the truth: counted over all, over those who clearly change, and beside what can be known."""

from __future__ import annotations

import numpy as np
import pytest

from bonedensity.generators.chvae.evaluation.brightness import BrightnessChange, brightness_figures


def told(true, shown, forward=1.0, group=0.0):
    return BrightnessChange(true, shown, forward, group)


def test_the_truth_itself_is_always_right_and_its_opposite_never():
    true = [-0.08, -0.02, 0.03, 0.004]
    same, other = (brightness_figures([told(t, sign * t) for t in true]) for sign in (1, -1))
    assert same["true_brightness"] == same["true_brightness_sign"] == same["true_brightness_sign_clear"] == 1
    assert other["true_brightness_sign"] == other["true_brightness_sign_clear"] == 0
    assert other["true_brightness"] == -1


def test_changes_of_less_than_a_percent_are_counted_but_are_not_clear():
    found = brightness_figures([told(-0.05, -0.04), told(0.06, 0.02), told(0.009, -0.04), told(-0.002, 0.01)])
    assert found["true_brightness_sign"] == 0.5
    assert found["true_brightness_sign_clear"] == 1
    assert "true_brightness_sign_clear" not in brightness_figures([told(0.001, 0.1)])


def test_no_rule_that_tells_a_group_one_side_is_right_more_often_than_the_best_one():
    rng = np.random.default_rng(0)
    forward, group = rng.choice([-1.0, 1.0], 200), rng.choice([0.0, 1.0], 200)
    true = forward * rng.normal(np.where(group == 0, -0.05, 0.02), 0.03)
    best = brightness_figures([told(*row) for row in zip(true, true, forward, group, strict=True)])
    for women in (-0.05, 0.05):
        for men in (-0.02, 0.02):
            rule = forward * np.where(group == 0, women, men)
            found = brightness_figures([told(*row) for row in zip(true, rule, forward, group, strict=True)])
            assert found["true_brightness_sign"] <= found["true_brightness_sign_at_best"]
            if (women, men) == (-0.05, 0.02):
                assert found["true_brightness_sign"] == pytest.approx(best["true_brightness_sign_at_best"])
