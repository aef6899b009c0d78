"""`bmdgan-errors`: what large errors go with: flexion, abduction, rotation, osteoarthritis, posture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure, Target, with_truth
from bonedensity.estimators.bmdgan.evaluation.rows import Row, Way
from bonedensity.estimators.bmdgan.studies.trials import Setting, splits_of, tested, trained
from bonedensity.learning.study_files import table, write_study
from bonedensity.virtual.cohort.bodies import hip_posture
from bonedensity.virtual.population import person_of, read_manifest
from bonedensity.virtual.population.person import Person

NAME = "bmdgan-errors"

OUTLIER_DEVIATIONS = 2.0
"""An error beyond so many standard deviations of all errors is an outlier."""

LIMITS: dict[str, float] = {"flexion": 4.0, "abduction": 10.0, "rotation": 15.0, "osteoarthritis": 2.0}
"""Degrees, or grade, from which a hip counts as abnormal; ours, the paper gives none that could be read."""


def run_errors(exposures: Sequence[Exposure], setting: Setting, manifest: Path) -> dict[str, Any]:
    """Run the study and write its files.

    Args:
        exposures: With truth.
        setting: Where, how large.
        manifest: Of virtual people, whose joint angles follow from their seeds; of real people there are none.

    Raises:
        BoneDensityError: As training.
    """
    splits, rows = splits_of(with_truth(exposures), setting.scale), []
    for fold, split in enumerate(splits):
        own = setting.part(fold / len(splits), (fold + 1) / len(splits))
        rows += tested(own, trained(own, f"calibrated CT {fold}", split, setting.scale.training), split.test)
    people = _people(manifest)
    result: dict[str, Any] = {"study": NAME, "outlier_deviations": OUTLIER_DEVIATIONS, "limits": LIMITS}
    result["lines"] = {target: _lines(rows, target, people) for target in TARGETS}
    header = ["target", "sign", "normal: n", "outliers %", "abnormal: n", "outliers %"]
    cells = [[target, *cell] for target in TARGETS for cell in _cells(result["lines"][target])]
    write_study(setting.folder, NAME, result, [table(header, cells)])
    return result


def outlier_rates(errors: np.ndarray, abnormal: np.ndarray) -> dict[str, Any]:
    """Share of outliers among normal and abnormal hips.

    Args:
        errors: (n) estimate less truth; an outlier is told against all of them.
        abnormal: (n) True where abnormal.
    """
    apart = np.abs(errors - errors.mean()) > OUTLIER_DEVIATIONS * errors.std()
    shares = {}
    for name, part in (("normal", ~abnormal), ("abnormal", abnormal)):
        shares[name] = {"radiographs": int(part.sum()), "outliers": float(apart[part].mean()) if part.any() else None}
    return shares


def _lines(rows: Sequence[Row], target: Target, people: Mapping[tuple[str, int], Person]) -> dict[str, Any]:
    key: tuple[Target, Way] = (target, "regression")
    found = [(row, row.found.get(key, math.nan) - row.exposure.value(target)) for row in rows]
    found = [(row, error) for row, error in found if math.isfinite(error)]
    lines = {}
    for sign, limit in LIMITS.items():
        values = [_sign(row.exposure, sign, people) for row, _ in found]
        known = [n for n, value in enumerate(values) if math.isfinite(value)]
        if known:
            errors = np.array([found[n][1] for n in known])
            lines[sign] = outlier_rates(errors, np.array([abs(values[n]) >= limit for n in known]))
    return lines


def _sign(exposure: Exposure, sign: str, people: Mapping[tuple[str, int], Person]) -> float:
    """Angle (degrees) or grade; NaN where not known."""
    if sign == "osteoarthritis":
        return float(exposure.arthritis) if exposure.arthritis >= 0 else math.nan
    person = people.get((exposure.identifier, exposure.visit))
    if person is None:
        return math.nan
    femur = hip_posture(person, exposure.posture).femurs[exposure.side]
    return {
        "flexion": femur.flexion_deg,
        "abduction": femur.abduction_deg,
        "rotation": femur.internal_rotation_deg,
    }[sign]


def _people(manifest: Path) -> dict[tuple[str, int], Person]:
    """Virtual people by identifier and visit; none where the manifest is of real ones."""
    try:
        found = [person_of(row) for row in read_manifest(manifest)]
    except (BoneDensityError, KeyError):
        return {}
    return {(person.identifier, person.visit): person for person in found}


def _cells(lines: Mapping[str, Any]) -> list[list[str]]:
    cells = []
    for sign, own in lines.items():
        cell = [sign]
        for part in ("normal", "abnormal"):
            share = own[part]["outliers"]
            cell += [str(own[part]["radiographs"]), "–" if share is None else f"{100 * share:.1f}"]
        cells.append(cell)
    return cells
