"""What a model says of each exposure, beside what is true of it: the table that all figures come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, UNITS, Exposure, Target
from bonedensity.estimators.bmdgan.evaluation.metrics import (
    density_metrics,
    dice_over_thresholds,
    peak_signal_to_noise_db,
)
from bonedensity.estimators.bmdgan.inference.judgement import Reading, judge
from bonedensity.estimators.bmdgan.loading import Model
from bonedensity.estimators.bmdgan.training.calibrate import both_readings
from bonedensity.estimators.bmdgan.training.predictions import predictions, true_projections
from bonedensity.progress import OnProgress, ShouldStop, never, silent

Way = Literal["decomposition", "regression", "true projection"]
"""How a density is read; the last is what a perfect decomposition would give."""

WAYS: tuple[Way, ...] = ("decomposition", "regression", "true projection")


@dataclass(frozen=True, slots=True)
class Row:
    """One exposure.

    Attributes:
        exposure: Which.
        found: Densities by target and way; NaN where there is none.
        radius: Half the interval's width by target and way.
        psnr_db: Of the projection; NaN without truth.
        dice: Likewise, mean over thresholds.
        score: Of the judgement; above 1 it abstains.
    """

    exposure: Exposure
    found: Mapping[tuple[Target, Way], float]
    radius: Mapping[tuple[Target, Way], float]
    psnr_db: float
    dice: float
    score: float


def rows_of(
    model: Model,
    data: ExposureData,
    device: str = "cpu",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> list[Row]:
    """Run a model over exposures.

    Raises:
        CancelledError: `should_stop` said so.
    """
    seen = predictions(model.network, data, device=device, on_progress=on_progress, should_stop=should_stop)
    top = model.network.config.top_g_cm2
    truths = true_projections(data, top)
    readouts = model.calibration.readouts
    values: dict[tuple[Target, Way], NDArray[np.float64]] = {}
    radius: dict[tuple[Target, Way], float] = {}
    for number, target in enumerate(TARGETS):
        if target not in readouts:
            continue
        own = readouts[target]
        by_truth = np.array([own.of_projection(each) for each in truths])
        radii = (own.decomposition_radius, own.regression_radius, math.inf)
        for way, found, width in zip(WAYS, (*both_readings(own, seen, number), by_truth), radii, strict=True):
            values[target, way], radius[target, way] = found, width
    rows = []
    for place, exposure in enumerate(data.exposures):
        own_values = {key: float(found[place]) for key, found in values.items()}
        projection, truth = seen.projections[place].astype(np.float32), truths[place].astype(np.float32)
        known = exposure.proximal is not None
        readings = {t: Reading(own_values[t, "decomposition"], own_values[t, "regression"]) for t in readouts}
        psnr = peak_signal_to_noise_db(projection, truth, top) if known else math.nan
        dice = dice_over_thresholds(projection, truth) if known else math.nan
        score = judge(model.calibration, projection, readings, float(seen.distances[place])).score
        rows.append(Row(exposure, own_values, radius, psnr, dice, score))
    return rows


def figures_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Figures of merit as JSON values: counts, the projection's, and each target's by way."""
    names = [row.exposure.identifier for row in rows]
    figures: dict[str, Any] = {
        "radiographs": len(rows),
        "people": len(set(names)),
        "abstained": float(np.mean([row.score > 1 for row in rows])),
        "projection": projection_figures(rows),
    }
    for target in TARGETS:
        if not any((target, way) in row.found for row in rows for way in WAYS):
            continue
        figures[target] = {way: way_figures(rows, target, way) for way in WAYS}
    return figures


def way_figures(rows: Sequence[Row], target: Target, way: Way) -> dict[str, Any] | None:
    """One target's, read in one way; None where too little is known."""
    key = (target, way)
    return density_metrics(
        [row.exposure.value(target) for row in rows],
        [row.found.get(key, math.nan) for row in rows],
        [row.exposure.hip for row in rows],
        unit=UNITS[target],
        radius=max((row.radius.get(key, math.inf) for row in rows), default=math.inf),
    )


def projection_figures(rows: Sequence[Row]) -> dict[str, float] | None:
    """Mean PSNR and Dice of those whose truth is known."""
    psnr = [row.psnr_db for row in rows if math.isfinite(row.psnr_db)]
    dice = [row.dice for row in rows if math.isfinite(row.dice)]
    if not psnr or not dice:
        return None
    return {"psnr_db": float(np.mean(psnr)), "dice": float(np.mean(dice))}


def card_metrics(figures: Mapping[str, Any]) -> dict[str, float]:
    """The figures that a card quotes in one list: the projection's, each target's by both ways, the judgement's."""
    metrics = dict(figures["projection"] or {}) | {"abstained": figures["abstained"]}
    for target in TARGETS:
        for way in WAYS[:2]:
            own = figures.get(target, {}).get(way)
            if own is None:
                continue
            values = {"pcc": own["pcc"]["value"], "icc": own["icc_a1"]["value"], "mae": own["mae"]}
            values |= {name: own[name] for name in ("rms_cv", "coverage") if own[name] is not None}
            metrics |= {f"{target}_{way}_{name}": float(value) for name, value in values.items()}
    wrong = figures.get("failure_detection", {})
    return metrics | {f"auroc_{name.replace(' ', '_')}": own["auroc"] for name, own in wrong.items()}
