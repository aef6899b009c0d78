"""Densities, intervals and T-score as measurements that may be quoted."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy.stats import norm

from bonedensity.densitometry.tscore import has_reference, t_score
from bonedensity.estimators.bmdgan.data.exposures import UNITS, Target
from bonedensity.estimators.bmdgan.inference.judgement import Reading
from bonedensity.estimators.bmdgan.readout.calibration import Calibration
from bonedensity.learning.card import ModelCard
from bonedensity.measurement import Measurement

TITLES: dict[Target, str] = {
    "dxa": "aBMD of the total hip, estimated from a radiograph",
    "qct": "vBMD of the proximal femur, estimated from a radiograph",
}

REGION = "total-hip"
"""That DXA values of the training are of."""

REFERENCES = {"hologic": "hologic-nhanes3-female", "lunar": "lunar-female"}
"""Young-adult reference of a scanner: that of women for both sexes, as the ISCD advises for the hip."""


def measurements_of(
    readings: Mapping[Target, Reading], calibration: Calibration, card: ModelCard
) -> tuple[tuple[Measurement, ...], tuple[str, ...]]:
    """Measurements, and notes on what could not be told.

    Args:
        readings: By target.
        calibration: Intervals and scanner.
        card: Of the model.
    """
    found = [_density(target, reading, calibration, card) for target, reading in readings.items()]
    if "dxa" not in readings:
        return tuple(found), ()
    reference = REFERENCES.get(calibration.system, "")
    if not has_reference(REGION, reference):
        scanner = calibration.system or "no known scanner"
        return tuple(found), (f"No T-score: there is no reference of the total hip for {scanner}.",)
    areal = found[list(readings).index("dxa")]
    return (*found, t_score(areal, region=REGION, reference=reference)), ()


def _density(target: Target, reading: Reading, calibration: Calibration, card: ModelCard) -> Measurement:
    """The regression's value with its conformal interval; the decomposition's stands in the provenance."""
    radius = calibration.readouts[target].regression_radius
    known = math.isfinite(radius)
    # An interval that holds `coverage` of normal errors is so many standard deviations wide to each side.
    deviations = float(norm.ppf((1 + calibration.coverage) / 2))
    provenance = {
        "model": f"{card.name} {card.size}",
        "trained_on": card.data,
        "scanner": calibration.system,
        "interval": [reading.regression - radius, reading.regression + radius] if known else None,
        "coverage": calibration.coverage,
        "by_decomposition": reading.decomposition,
    }
    uncertainty = radius / deviations if known else None
    return Measurement(TITLES[target], reading.regression, UNITS[target], uncertainty, provenance)
