"""Figures of a cohort from the rows of its people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from virtual_figures_people import Row
from virtual_figures_table import Figure

from bonedensity.densitometry.agreement import agreement, pearson, repeatability

POSTURES = ("standing", "supine", "abduction", "adduction")

FEMUR_LOSS, SPINE_LOSS = (0.0052, 0.0078), 0.6
"""Models sheet 7.3: femur g/cm² a year from 45 to 75; spine and neck % a year from 50 to 80 (Mazess 1995)."""

WITHIN = 0.25

EVER = (0.0, 120.0)
"""Ages (years) of all."""


class _Course(NamedTuple):
    """How a density goes with age.

    Attributes:
        slope: A year.
        error: Standard error of it.
        at_50: The line's value at 50 years.
        count: People.
    """

    slope: float
    error: float
    at_50: float
    count: int

    @property
    def losses(self) -> tuple[float, float]:
        """95 % interval of what is lost in a year."""
        return -self.slope - 1.96 * self.error, -self.slope + 1.96 * self.error


def hip_figures(rows: Sequence[Row]) -> tuple[list[Figure], dict]:
    """What the hips show, and the whole statistics behind it; replaced hips are left out."""
    own = [row for row in rows if row["implant"] is None]
    qct = [row for row in own if row["qct"] is not None]
    total, volumetric = _column(own, _total_hip), _column(qct, lambda row: row["qct"])
    against_qct = agreement(_column(qct, _total_hip), _rescaled(volumetric, _column(qct, _total_hip)), unit="g/cm²")
    repeats = repeatability([[view["truth_g_cm2"] for view in row["views"].values()] for row in own])
    figures = [
        Figure("Total hip aBMD, mean", float(total.mean()), 0.71, 0.81, 3, "g/cm²", f"n {len(own)}", "0.76"),
        Figure("Total hip aBMD, SD", float(total.std(ddof=1)), 0.12, 0.18, 3, "g/cm²", "", "0.15"),
        *_decline(own),
        _correlation("DXA against QCT, r", qct, _total_hip, lambda row: row["qct"], 0.80, 0.93),
        *_views("Mean grey in the proximal femur against DXA, r", own, "grey", _total_hip, -0.25, 0.25),
        *_views("Mean of the true DRR against DXA, r", own, "truth_g_cm2", _total_hip, 0.90, 0.95),
        *_views("Mean of the true DRR against QCT, r", qct, "truth_g_cm2", lambda row: row["qct"], 0.86, 0.92),
        Figure("True DRR over four postures, RMS-CV", 100 * repeats.rms_cv, 1.0, 2.0, 2, "%", f"n {repeats.subjects}"),
        *_ct_drrs([row for row in qct if all("ct_g_cm2" in view for view in row["views"].values())]),
        _correlation("Areal density measured on the CT, by its phantom, against DXA, r", qct, _total_hip,
                     lambda row: row["qct_areal"], 0.90, 0.95),
    ]  # fmt: skip
    return figures, {
        "people": len(rows),
        "replaced": len(rows) - len(own),
        "without_qct": [row["why_no_qct"] for row in own if row["qct"] is None],
        "qct_mg_cm3": _mean_sd(volumetric),
        "calibration_slope_over_true": _mean_sd(_column(qct, lambda row: row["slope_ratio"])),
        "dxa_over_true": _mean_sd(_column(own, lambda row: _total_hip(row) / row["dxa_true"]["total-hip"])),
        "dxa_over_drawn": _mean_sd(_column(own, lambda row: _total_hip(row) / row["total_hip_bmd"])),
        "dxa_against_qct": against_qct.to_json(),
        "truth_repeatability": repeats.to_json(),
    }


def spine_figures(rows: Sequence[Row]) -> tuple[list[Figure], dict]:
    """What the spines' DXA shows."""
    women, men = _of_sex(rows, 0), _of_sex(rows, 1)
    sizes = {
        "width": _column(rows, lambda row: row["width_mm"] / 10 / row["l1_l4_width"]),
        "height": _column(rows, lambda row: row["height_mm"] / 10 / row["l1_l4_height"]),
        "area": _column(rows, lambda row: row["area_cm2"] / row["l1_l4_area"]),
    }
    figures = [
        Figure(f"L1-L4 {name}, DXA over the person's attribute", float(ratio.mean()), 0.98, 1.02, 3, "",
               f"SD {ratio.std(ddof=1):.3f}, n {len(rows)}")
        for name, ratio in sizes.items()
    ]  # fmt: skip
    figures.append(_loss_percent("L1-L4, women 50 to 80, loss", _course(women, _lumbar, (50, 80))))
    return figures, {
        "people": len(rows),
        "dxa_over_true": _mean_sd(_column(rows, lambda row: _lumbar(row) / row["dxa_true"]["L1-L4"])),
        "dxa_over_drawn": _mean_sd(_column(rows, lambda row: _lumbar(row) / row["l1_l4_bmd"])),
        "men_g_cm2_a_year": _a_year(men),
        "women_g_cm2_a_year": _a_year(women),
    }


def _ct_drrs(rows: Sequence[Row]) -> list[Figure]:
    """What a study has in place of the truth: the CT, by its phantom, laid onto the radiographs."""
    if len(rows) < 4:
        return []
    repeats = repeatability([[view["ct_g_cm2"] for view in row["views"].values()] for row in rows])
    exact = pearson(*np.array([(v["truth_g_cm2"], v["ct_g_cm2"]) for row in rows for v in row["views"].values()]).T)
    return [
        *_views("Mean of the CT's DRR against DXA, r", rows, "ct_g_cm2", _total_hip, 0.90, 0.95),
        *_views("Mean of the CT's DRR against QCT, r", rows, "ct_g_cm2", lambda row: row["qct"], 0.86, 0.92),
        Figure("CT's DRR over four postures, RMS-CV", 100 * repeats.rms_cv, 1.0, 2.0, 2, "%", f"n {repeats.subjects}"),
        Figure("Mean of the CT's DRR against that of the true one, r", exact.value, 0.95, 1.0, 3, "", f"n {len(rows)}"),
    ]


def _decline(rows: Sequence[Row]) -> list[Figure]:
    """Of women's hips (men's fall less): g/cm² a year, and of the neck % a year; also at the same drawn density.

    A few people show no slope beside their differences.
    """
    women, held = _of_sex(rows, 0), " at the same drawn density"
    return [
        _loss("Total hip, women 45 to 75, loss", _course(women, _total_hip, (45, 75))),
        _loss_percent("Femoral neck, women 50 to 80, loss", _course(women, _neck, (50, 80))),
        _loss("Total hip, loss at the same sex and drawn density", _course(rows, _total_hip, EVER, _sex, _drawn)),
        _loss(f"Total hip, women 45 to 75, loss{held}", _course(women, _total_hip, (45, 75), _drawn)),
        _loss_percent(f"Femoral neck, women 50 to 80, loss{held}", _course(women, _neck, (50, 80), _drawn)),
    ]


def _loss(what: str, course: _Course) -> Figure:
    """A femur's loss in g/cm² a year."""
    low, high = FEMUR_LOSS[0] * (1 - WITHIN), FEMUR_LOSS[1] * (1 + WITHIN)
    spread = f"95 % {course.losses[0]:.4f} to {course.losses[1]:.4f}, n {course.count}"
    return Figure(what, -course.slope, low, high, 4, "g/cm²/y", spread, "models sheet 7.3")


def _loss_percent(what: str, course: _Course) -> Figure:
    """A loss in % a year of the line's value at 50 years."""
    low, high = SPINE_LOSS * (1 - WITHIN), SPINE_LOSS * (1 + WITHIN)
    share = 100 / course.at_50
    spread = f"95 % {share * course.losses[0]:.2f} to {share * course.losses[1]:.2f}, n {course.count}"
    return Figure(what, -share * course.slope, low, high, 2, "%/y", spread, "models sheet 7.3")


def _course(
    rows: Sequence[Row], value: Callable[[Row], float], ages: tuple[float, float], *held: Callable[[Row], float]
) -> _Course:
    """Least squares line of a value on age, at the same value of what is held."""
    chosen = [row for row in rows if ages[0] <= row["age"] <= ages[1]]
    if len(chosen) < 4 + len(held):
        return _Course(np.nan, np.nan, np.nan, len(chosen))
    beside = [_column(chosen, each) for each in held]
    age = _column(chosen, lambda row: row["age"])
    known = np.column_stack([np.ones(len(chosen)), age - 50, *(each - each.mean() for each in beside)])
    found = _column(chosen, value)
    line, *_ = np.linalg.lstsq(known, found, rcond=None)
    rest = found - known @ line
    error = np.sqrt(rest @ rest / (len(chosen) - known.shape[1]) * np.linalg.inv(known.T @ known)[1, 1])
    return _Course(float(line[1]), float(error), float(line[0]), len(chosen))


def _a_year(rows: Sequence[Row]) -> list[float]:
    """What a lumbar spine gains in a year (g/cm²), its standard error, and how many people."""
    course = _course(rows, _lumbar, (45, 82))
    return [course.slope, course.error, course.count]


def _views(
    what: str, rows: Sequence[Row], key: str, reference: Callable[[Row], float], low: float, high: float
) -> list[Figure]:
    """Over all images, as BMD-GAN counts them, and over the standing ones."""
    pairs = [(view[key], reference(row)) for row in rows for view in row["views"].values() if np.isfinite(view[key])]
    seen, known = np.array(pairs).T
    standing = [row for row in rows if np.isfinite(row["views"]["standing"][key])]
    found = pearson(known, seen)
    return [
        Figure(f"{what}, all images", found.value, low, high, 3, "", f"n {len(pairs)}"),
        _correlation(f"{what}, standing", standing, reference, lambda row: row["views"]["standing"][key], low, high),
    ]


def _correlation(
    what: str, rows: Sequence[Row], x: Callable[[Row], float], y: Callable[[Row], float], low: float, high: float
) -> Figure:
    found = pearson(_column(rows, x), _column(rows, y))
    return Figure(what, found.value, low, high, 3, "", f"95 % {found.low:.3f} to {found.high:.3f}, n {len(rows)}")


def _rescaled(values: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """By the least squares line onto another quantity, whose unit it then has."""
    slope, level = np.polyfit(values, onto, 1)
    return np.asarray(slope * values + level)


def _of_sex(rows: Sequence[Row], sex: int) -> list[Row]:
    return [row for row in rows if row["sex"] == sex]


def _total_hip(row: Row) -> float:
    return row["dxa"]["total-hip"]


def _neck(row: Row) -> float:
    return row["dxa"]["femoral-neck"]


def _sex(row: Row) -> float:
    return row["sex"]


def _drawn(row: Row) -> float:
    return row["hip_density"]


def _lumbar(row: Row) -> float:
    return row["dxa"]["L1-L4"]


def _column(rows: Sequence[Row], value: Callable[[Row], float]) -> NDArray[np.float64]:
    return np.array([value(row) for row in rows], dtype=np.float64)


def _mean_sd(values: NDArray[np.float64]) -> list[float]:
    return [float(values.mean()), float(values.std(ddof=1))]
