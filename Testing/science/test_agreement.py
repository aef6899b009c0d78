"""Agreement statistics against plain definitions, published tables, and the coverage their intervals promise."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from bonedensity.densitometry.agreement import (
    agreement,
    bland_altman,
    concordance,
    error_sizes,
    intraclass,
    pearson,
    repeatability,
)
from bonedensity.densitometry.agreement.plots import save_agreement_plot
from bonedensity.errors import StatisticsError, UnwritableFileError

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Four judges and six subjects: Shrout and Fleiss, Psychol Bull 1979;86:420, table 2."""

EXACT = {"rel": 1e-9, "abs": 1e-9}


def two_methods(rng, n=40, bias=0.03, slope=1.0, noise=0.05):
    reference = rng.normal(0.9, 0.15, n)
    return reference, bias + slope * reference + rng.normal(0, noise, n)


@pytest.fixture(params=range(5))
def pair(request):
    rng = np.random.default_rng(request.param)
    return two_methods(rng, n=5 + 13 * request.param, slope=1 - 0.1 * request.param)


def icc_by_definition(table):
    """Sums of squares of a two-way analysis of variance, summed cell by cell."""
    n, k = len(table), len(table[0])
    cells = [(i, j, float(table[i][j])) for i in range(n) for j in range(k)]
    grand = sum(v for *_, v in cells) / (n * k)
    row = [sum(v for i, _, v in cells if i == r) / k for r in range(n)]
    column = [sum(v for _, j, v in cells if j == c) / n for c in range(k)]
    msr = k * sum((m - grand) ** 2 for m in row) / (n - 1)
    msc = n * sum((m - grand) ** 2 for m in column) / (k - 1)
    total = sum((v - grand) ** 2 for *_, v in cells)
    mse = (total - msr * (n - 1) - msc * (k - 1)) / ((n - 1) * (k - 1))
    return (msr - mse) / (msr + (k - 1) * mse + k / n * (msc - mse))


def test_pearson_is_the_mean_product_of_z_scores_with_fisher_s_interval(pair):
    x, y = pair
    found, other = pearson(x, y), stats.pearsonr(x, y)
    zx, zy = (x - np.mean(x)) / np.std(x), (y - np.mean(y)) / np.std(y)
    assert found.value == pytest.approx(float(np.mean(zx * zy)), **EXACT)
    interval = other.confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx((other.statistic, *interval), **EXACT)


def test_icc_is_the_analysis_of_variance_cell_by_cell(pair):
    table = np.column_stack([*pair, pair[0] + 0.01])
    assert intraclass(table).value == pytest.approx(icc_by_definition(table.tolist()), **EXACT)


def test_icc_of_the_published_judges_is_the_published_one():
    """Shrout and Fleiss print ICC(2,1) = .29; McGraw and Wong's interval is .019 to .761 in R's psych package."""
    found = intraclass(SHROUT_FLEISS)
    assert found.value == pytest.approx(0.29, abs=0.005)
    assert (found.low, found.high) == pytest.approx((0.019, 0.761), abs=0.001)


def test_icc_s_interval_covers_the_true_value_as_often_as_it_says():
    rng = np.random.default_rng(3)
    subject, column, error = 1.0, 0.2, 0.5
    truth = subject**2 / (subject**2 + column**2 + error**2)
    hits = []
    for _ in range(500):
        table = rng.normal(0, subject, (25, 1)) + rng.normal(0, column, 6) + rng.normal(0, error, (25, 6))
        found = intraclass(table)
        hits.append(found.low <= truth <= found.high)
    assert 0.92 < np.mean(hits) < 0.98


def test_icc_sees_a_bias_that_correlation_does_not():
    x, y = two_methods(np.random.default_rng(1))
    assert pearson(x, y + 0.3).value == pytest.approx(pearson(x, y).value)
    assert intraclass(np.column_stack([x, y + 0.3])).value < intraclass(np.column_stack([x, y])).value - 0.2


def test_icc_does_not_depend_on_the_order_of_methods_or_subjects():
    table = np.column_stack(two_methods(np.random.default_rng(2)))
    turned = np.random.default_rng(0).permutation(table[:, ::-1])
    assert intraclass(turned).value == pytest.approx(intraclass(table).value, **EXACT)


def test_concordance_is_one_minus_distance_over_the_distance_of_all_permuted_pairs(pair):
    x, y = pair
    own = np.mean([(a - b) ** 2 for a, b in zip(x, y, strict=True)])
    every = np.mean([(a - b) ** 2 for a, b in itertools.product(x, y)])
    assert concordance(x, y).value == pytest.approx(1 - own / every, **EXACT)


def test_concordance_s_interval_covers_the_true_value_as_often_as_it_says():
    rng = np.random.default_rng(5)
    bias, noise = 0.05, 0.06
    truth = 2 * 0.15**2 / (0.15**2 + 0.15**2 + noise**2 + bias**2)
    hits = [(c := concordance(*two_methods(rng, 60, bias, 1, noise))).low <= truth <= c.high for _ in range(500)]
    assert 0.91 < np.mean(hits) < 0.98


def test_bland_altman_is_the_t_interval_of_the_differences(pair):
    x, y = pair
    found = bland_altman(x, y)
    difference = [b - a for a, b in zip(x, y, strict=True)]
    n, bias = len(difference), math.fsum(difference) / len(difference)
    sd = math.sqrt(math.fsum((d - bias) ** 2 for d in difference) / (n - 1))
    interval = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
    assert (found.bias.value, found.bias.low, found.bias.high) == pytest.approx((bias, *interval), **EXACT)
    assert (found.lower_limit.value, found.upper_limit.value) == pytest.approx(
        (bias - 1.96 * sd, bias + 1.96 * sd), **EXACT
    )
    error = math.sqrt(sd**2 / n + 1.96**2 * sd**2 / (2 * (n - 1)))
    assert found.upper_limit.high - found.upper_limit.value == pytest.approx(stats.t.isf(0.025, n - 1) * error, **EXACT)


def test_proportional_bias_is_the_regression_of_difference_on_mean(pair):
    x, y = pair
    found, other = bland_altman(x, y), stats.linregress((x + y) / 2, y - x)
    assert found.proportional_bias.value == pytest.approx(other.slope, **EXACT)
    assert found.proportional_p == pytest.approx(other.pvalue, rel=1e-7, abs=1e-12)
    reach = stats.t.isf(0.025, len(x) - 2) * other.stderr
    assert found.proportional_bias.high - other.slope == pytest.approx(reach, **EXACT)


def test_limits_of_agreement_hold_95_percent_of_new_differences():
    rng = np.random.default_rng(8)
    found = bland_altman(*two_methods(rng, 2000))
    x, y = two_methods(rng, 4000)
    inside = (y - x > found.lower_limit.value) & (y - x < found.upper_limit.value)
    assert inside.mean() == pytest.approx(0.95, abs=0.015)


def test_limits_intervals_cover_the_true_limit_as_often_as_they_say():
    rng = np.random.default_rng(9)
    hits = [
        (b := bland_altman(*two_methods(rng, 50)).upper_limit).low <= 0.03 + 1.96 * 0.05 <= b.high for _ in range(500)
    ]
    assert 0.92 < np.mean(hits) < 0.98


def test_errors_are_their_definitions(pair):
    x, y = pair
    found, line = error_sizes(x, y), stats.linregress(y, x)
    assert found.mae == pytest.approx(math.fsum(abs(b - a) for a, b in zip(x, y, strict=True)) / len(x), **EXACT)
    assert found.rmse**2 == pytest.approx(np.var(y - x) + np.mean(y - x) ** 2, **EXACT)
    left = x - (line.intercept + line.slope * y)
    assert found.see == pytest.approx(math.sqrt(np.sum(left**2) / (len(x) - 2)), **EXACT)


def test_a_linear_correction_leaves_see_as_it_was_but_not_mae():
    x, y = two_methods(np.random.default_rng(4))
    before, after = error_sizes(x, y), error_sizes(x, 2 * y + 1)
    assert after.see == pytest.approx(before.see)
    assert after.mae > 5 * before.mae


def test_repeatability_is_the_pooled_variance_of_an_analysis_of_variance():
    rng = np.random.default_rng(6)
    rows = [
        rng.normal(mean, 0.01, count) for mean, count in zip(rng.uniform(0.5, 1.2, 30), [2, 3, 4] * 10, strict=True)
    ]
    found = repeatability(rows)
    squares = math.fsum((v - np.mean(r)) ** 2 for r in rows for v in r)
    assert found.rms_sd == pytest.approx(math.sqrt(squares / found.degrees_of_freedom), **EXACT)
    relative = math.fsum((v / np.mean(r) - 1) ** 2 for r in rows for v in r)
    assert found.rms_cv == pytest.approx(math.sqrt(relative / found.degrees_of_freedom), **EXACT)
    assert found.lsc == pytest.approx(2.77 * found.rms_sd)


def test_two_scans_that_did_not_change_rarely_differ_by_the_least_significant_change():
    rng = np.random.default_rng(7)
    lsc = repeatability(rng.normal(1.0, 0.012, (500, 2))).lsc
    first, second = rng.normal(1.0, 0.012, (2, 20000))
    assert np.mean(np.abs(first - second) > lsc) == pytest.approx(0.05, abs=0.02)


def test_the_same_values_agree_perfectly():
    x = np.random.default_rng(0).normal(1, 0.1, 12)
    found = agreement(x, x, unit="g/cm²")
    assert [e.value for e in (found.pearson, found.intraclass, found.concordance)] == pytest.approx([1, 1, 1])
    assert (found.errors.mae, found.differences.sd) == (0, 0)
    assert found.to_json()["count"] == 12


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1, 2, 3], [1, 2], "same length"),
        ([1, 2], [1, 2], "at least 3"),
        ([1, 2, math.nan], [1, 2, 3], "Pair 3"),
        ([1, 1, 1], [1, 2, 3], "differ"),
    ],
)
def test_what_cannot_be_compared_is_said(x, y, words):
    with pytest.raises(StatisticsError, match=words):
        agreement(x, y)


@pytest.mark.parametrize("rows", [[], [[1.0]], [[1.0, math.inf]], [[-1.0, -2.0]]])
def test_repeats_that_show_nothing_are_refused(rows):
    with pytest.raises(StatisticsError):
        repeatability(rows)


@pytest.mark.parametrize("table", [[[1, 2]], [[1], [2], [3]], [[1, 2], [3, math.nan], [4, 5]], [[1, 1]] * 4])
def test_a_table_without_an_icc_is_refused(table):
    with pytest.raises(StatisticsError):
        intraclass(table)


def test_the_plot_is_written_or_said_not_to_be(tmp_path):
    x, y = two_methods(np.random.default_rng(1))
    found = save_agreement_plot(tmp_path / "a.png", x, y, names=("truth", "CT"), unit="g/cm²", note="synthetic")
    assert (tmp_path / "a.png").stat().st_size > 10_000
    assert found.pearson.value == pytest.approx(pearson(x, y).value)
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        save_agreement_plot(tmp_path / "none" / "a.png", x, y, names=("truth", "CT"), unit="g/cm²")
