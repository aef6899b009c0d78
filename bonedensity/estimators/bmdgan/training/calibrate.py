"""Read-outs, intervals and limits, set once the networks are trained."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import StatisticsError
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import TARGETS
from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork
from bonedensity.estimators.bmdgan.readout.calibration import Calibration
from bonedensity.estimators.bmdgan.readout.conformal import conformal_radius
from bonedensity.estimators.bmdgan.readout.outline import fit_outline
from bonedensity.estimators.bmdgan.readout.readout import ReadOut, fit_readout
from bonedensity.estimators.bmdgan.training.predictions import Predictions, predictions, true_projections
from bonedensity.estimators.bmdgan.training.stages import target_values
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent

USUAL_SHARE = 0.99
"""Of the calibration people's images that lie below each limit."""

MARGIN = 1.1
"""Limits are wider by this: few people show the tails badly."""


def calibrate(
    network: BmdganNetwork,
    training: ExposureData,
    held_out: ExposureData,
    *,
    device: str = "cpu",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Calibration:
    """Fit the likeness in place, and set all numbers of a model's card.

    Args:
        network: Trained.
        training: The training people's exposures, not changed at random: for the read-outs, outline and likeness.
        held_out: The calibration people's: for intervals and limits.
        device: Where the network runs.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        StatisticsError: Too few people with a measured density.
        CancelledError: `should_stop` said so.
    """
    seen = predictions(
        network, training, device=device, on_progress=part_of(on_progress, 0, 0.7), should_stop=should_stop
    )
    network.cpu().likeness.fit(seen.pooled)
    unseen = predictions(
        network, held_out, device=device, on_progress=part_of(on_progress, 0.7, 1), should_stop=should_stop
    )
    truths = true_projections(training, network.config.top_g_cm2)
    outline = fit_outline(truths, limit=1.0)
    names = [each.identifier for each in held_out.exposures]
    readouts = {}
    for number, target in enumerate(TARGETS):
        readout = _readout(truths, target_values(training)[:, number])
        if readout is not None:
            readouts[target] = _with_intervals(readout, unseen, target_values(held_out)[:, number], number, names)
    if not readouts:
        raise StatisticsError(
            "No target has three training exposures with densities that differ: the manifest needs DXA or QCT values "
            "of more people."
        )
    strangeness = [outline.distance(each) for each in unseen.projections]
    return Calibration(
        readouts,
        replace(outline, limit=usual_limit(strangeness)),
        usual_limit(unseen.distances),
        _system(training),
    )


def both_readings(readout: ReadOut, found: Predictions, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Densities (n) by decomposition and by regression; `number` is the target's place among the head's outputs."""
    decomposed = np.array([readout.of_projection(each) for each in found.projections])
    return decomposed, np.array([readout.of_regression(each) for each in found.numbers[:, number]])


def usual_limit(values: ArrayLike) -> float:
    """What nearly all of the calibration people's finite values lie below; 1 at least."""
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    return max(1.0, MARGIN * float(np.quantile(finite, USUAL_SHARE, method="higher"))) if finite.size else 1.0


def _readout(truths: list[NDArray[np.float16]], targets: NDArray[np.float64]) -> ReadOut | None:
    if np.isfinite(targets).sum() < 3 or np.nanstd(targets) == 0:
        return None
    return fit_readout([each.astype(np.float32) for each in truths], targets)


def _with_intervals(
    readout: ReadOut, found: Predictions, targets: NDArray[np.float64], number: int, people: list[str]
) -> ReadOut:
    """Radii and the usual disagreement of calibration people."""
    decomposed, regressed = both_readings(readout, found, number)
    radii = []
    for reading in (decomposed, regressed):
        errors = reading - targets
        radii.append(conformal_radius(errors, people) if np.isfinite(errors).any() else float("inf"))
    apart = np.abs(decomposed - regressed)
    apart = apart[np.isfinite(apart)]
    usual = MARGIN * float(np.quantile(apart, USUAL_SHARE, method="higher")) if apart.size else float("inf")
    return replace(readout, decomposition_radius=radii[0], regression_radius=radii[1], disagreement=usual)


def _system(data: ExposureData) -> str:
    """The scanner of most training exposures."""
    counts = Counter(each.system for each in data.exposures if each.system)
    return counts.most_common(1)[0][0] if counts else ""
