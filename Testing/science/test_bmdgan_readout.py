"""From projections to densities with an interval, and signs that something is wrong."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from bonedensity.errors import ModelError, StatisticsError
from bonedensity.estimators.bmdgan.evaluation.metrics import (
    density_metrics,
    dice_over_thresholds,
    peak_signal_to_noise_db,
    rms_cv,
)
from bonedensity.estimators.bmdgan.inference.judgement import Reading, judge
from bonedensity.estimators.bmdgan.readout.calibration import Calibration, calibration_of
from bonedensity.estimators.bmdgan.readout.conformal import conformal_radius
from bonedensity.estimators.bmdgan.readout.outline import NAMES, fit_outline, outline_signs
from bonedensity.estimators.bmdgan.readout.readout import ReadOut, fit_readout
from bonedensity.estimators.bmdgan.readout.threshold import areal_mean

RNG = np.random.default_rng


def femur(density=0.8, *, row=70, column=20, haze=0.0, neck=1):
    """A shaft and a neck that leans to the right (or left), in a haze."""
    y, x = np.mgrid[:128, :64]
    shaft = (np.abs(x - column) < 8) & (np.abs(y - row) < 18)
    aside = neck * (x - column)
    shape = shaft | ((aside > 0) & (aside < 20) & (np.abs(aside - (row - 10 - y)) < 7))
    return np.where(shape, density, haze).astype(np.float32)


def test_the_mean_is_of_bone_alone_whatever_its_size():
    assert areal_mean(femur(0.8, haze=0.05), 0.3) == pytest.approx(0.8)
    assert math.isnan(areal_mean(np.full((64, 64), 0.01), 0.3))


def test_a_readout_recovers_the_line_that_made_the_densities():
    densities = RNG(0).uniform(0.4, 1.2, 40)
    readout = fit_readout([femur(d) for d in densities], 1.3 * densities - 0.2)
    assert readout.slope == pytest.approx(1.3, rel=1e-4)
    assert readout.intercept == pytest.approx(-0.2, abs=1e-4)
    assert readout.of_projection(femur(0.7)) == pytest.approx(1.3 * 0.7 - 0.2, abs=1e-4)


def test_the_threshold_is_tuned_to_leave_out_what_is_not_the_bone_measured():
    rng = RNG(1)
    densities = rng.uniform(0.6, 1.2, 60)
    disturbed = [np.maximum(femur(d), (rng.random((128, 64)) < 0.2) * rng.uniform(0, 0.35)) for d in densities]
    readout = fit_readout(disturbed, densities)
    assert readout.threshold >= 0.35
    assert readout.of_projection(disturbed[0]) == pytest.approx(densities[0], abs=0.01)


def test_people_without_a_measured_density_are_left_out():
    densities = np.linspace(0.5, 1.0, 10)
    targets = np.where(np.arange(10) < 5, densities, np.nan)
    assert fit_readout([femur(d) for d in densities], targets).mean == pytest.approx(densities[:5].mean())
    with pytest.raises(StatisticsError, match="too few"):
        fit_readout([femur(d) for d in densities], np.full(10, np.nan))


def test_conformal_intervals_cover_as_promised_whatever_the_noise():
    rng = RNG(2)
    noises = (rng.standard_normal, rng.standard_cauchy, lambda size: rng.exponential(size=size) - 3)
    for noise in noises:
        covered = [np.mean(np.abs(noise(200)) <= conformal_radius(noise(50))) for _ in range(400)]
        # 46 of 50 errors: the exact mean is 46/51 = 0.902
        assert np.mean(covered) == pytest.approx(0.9, abs=0.03)


def test_people_are_counted_for_an_interval_and_not_images():
    rng = RNG(3)
    errors, people = rng.normal(size=30), [f"p{n}" for n in range(30)]
    alone = conformal_radius(errors)
    assert conformal_radius(errors, people) == alone
    assert conformal_radius(np.repeat(errors, 4), np.repeat(people, 4).tolist()) == alone
    assert math.isinf(conformal_radius(rng.normal(size=32), [f"p{n % 8}" for n in range(32)]))


def test_intervals_cover_new_people_whose_images_err_alike():
    rng = RNG(4)

    def images(count):
        return (rng.normal(size=(count, 1)) + 0.5 * rng.normal(size=(count, 4))).ravel()

    people = [f"p{n}" for n in range(40) for _ in range(4)]
    covered = [np.mean(np.abs(images(50)) <= conformal_radius(images(40), people)) for _ in range(400)]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.03)


def test_an_interval_that_cannot_be_promised_is_infinite():
    assert math.isinf(conformal_radius([0.1] * 8))
    assert conformal_radius([0.1] * 9) == pytest.approx(0.1)
    with pytest.raises(StatisticsError, match="No person"):
        conformal_radius([np.nan])


def test_signs_of_an_outline_tell_place_size_and_direction():
    signs, mirrored, turned = (
        dict(zip(NAMES, outline_signs(image), strict=True)) for image in (femur(), femur()[:, ::-1], femur()[::-1])
    )
    assert 0.05 < signs["size"] < 0.15
    assert 0.4 < signs["height"] < 0.6
    assert 0.25 < signs["place"] < 0.5
    assert (mirrored["slant"], mirrored["lean"]) == pytest.approx((-signs["slant"], -signs["lean"]))
    assert (turned["slant"], turned["balance"]) == pytest.approx((-signs["slant"], -signs["balance"]))
    assert signs["lean"] > 0.05
    assert outline_signs(np.pad(np.ones((9, 40)), 20))[3] < -0.8
    assert np.isnan(outline_signs(np.zeros((128, 64)))).all()


def calibration():
    rng = RNG(3)
    usual = [femur(d, row=70 + rng.normal(0, 2), column=20 + rng.normal(0, 1)) for d in rng.uniform(0.5, 1.1, 60)]
    readout = ReadOut(0.3, 1.0, 0.0, 0.8, 0.1, 0.1, 0.1, disagreement=0.1)
    return Calibration({"dxa": readout}, fit_outline(usual, limit=4.0), 2.0, "hologic")


def judged(projection, decomposition=0.8, regression=0.8, distance=1.0):
    return judge(calibration(), projection, {"dxa": Reading(decomposition, regression)}, distance)


def test_a_usual_result_is_trusted():
    verdict = judged(femur(0.9, row=69))
    assert verdict.reasons == ()
    assert verdict.score < 1


@pytest.mark.parametrize(
    ("projection", "words"),
    [
        (np.zeros((128, 64)), "No proximal femur"),
        (femur()[:, ::-1], "side"),
        (femur()[::-1], "upright"),
        (femur(row=30), "too high or too low"),
        (femur() + 0.5, "too large|broad|spread"),
    ],
    ids=["none", "other side", "upside down", "elsewhere", "everything is bone"],
)
def test_a_femur_that_is_not_where_or_what_it_should_be_is_told(projection, words):
    verdict = judged(projection)
    assert verdict.score > 1
    assert any(word in verdict.reasons[0] for word in words.split("|"))


def test_readings_that_disagree_and_unknown_images_are_told():
    apart = judged(femur(), decomposition=0.8, regression=1.1)
    assert "disagree" in apart.reasons[0]
    assert "0.8 g/cm²" in apart.reasons[0]
    assert "unlike the training images: 3.0 times" in judged(femur(), distance=6.0).reasons[0]
    assert judged(femur(), distance=float("nan")).reasons


def test_a_calibration_goes_to_a_card_and_back():
    own = calibration()
    assert calibration_of(json.loads(json.dumps(own.to_json()))) == own
    endless = Calibration({"dxa": ReadOut(0.3, 1, 0, 0.8, 0.1)}, own.outline, 2.0, "")
    assert math.isinf(calibration_of(json.loads(json.dumps(endless.to_json()))).readouts["dxa"].disagreement)


@pytest.mark.parametrize(
    "change",
    [
        {"readouts": {}},
        {"readouts": {"dxa": {"threshold": 1}}},
        {"readouts": {"length": {}}},
        {"outline": {"centre": [1], "spread": [1], "limit": 1}},
        {"likeness_limit": -1},
        {"system": "other"},
        {"coverage": 2},
    ],
)
def test_a_calibration_that_cannot_be_is_refused(change):
    with pytest.raises(ModelError):
        calibration_of({**calibration().to_json(), **change})


def test_figures_of_merit_follow_their_definitions():
    truth = femur(0.9)
    assert dice_over_thresholds(truth, truth) == 1
    assert dice_over_thresholds(np.zeros_like(truth), truth) == 0
    assert peak_signal_to_noise_db(truth + 0.25, truth, 2.5) == pytest.approx(20, abs=1e-4)
    # deviations of 0.01 and 0.03 √2/2 about means of 1 and 1
    found = np.array([0.99, 1.01, 0.97, 1.03])
    expected = math.sqrt((2 * 0.01**2 + 2 * 0.03**2) / 2)
    assert rms_cv(found, np.array(["a", "a", "b", "b"])) == pytest.approx(expected)
    assert rms_cv(found, np.array(["a", "b", "c", "d"])) is None


def test_density_metrics_hold_coverage_and_refuse_too_few():
    measured = np.linspace(0.5, 1, 20)
    found = measured + np.where(np.arange(20) < 18, 0.01, 0.5)
    values = density_metrics(measured, found, [str(n) for n in range(20)], unit="g/cm²", radius=0.1)
    assert values["coverage"] == pytest.approx(0.9)
    three = density_metrics([1, 2, 3], [2, 4, 6], ["a", "b", "c"], unit="", radius=1)
    json.dumps(three, allow_nan=False)
    assert density_metrics(measured[:2], found[:2], ["a", "b"], unit="", radius=1) is None


def test_the_regressions_number_counts_standard_deviations_from_the_training_mean():
    assert ReadOut(0.3, 1, 0, mean=0.8, spread=0.1).of_regression(1.5) == pytest.approx(0.95)
