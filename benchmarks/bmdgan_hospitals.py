"""What BMD-GAN's weights know of another hospital's radiographs: the same unseen virtual people, X-rayed elsewhere.

    python benchmarks/bmdgan_hospitals.py --people 16 --folder hospitals --json benchmarks/results/bmdgan_hospitals.json

The people follow those of whom the shipped weights and their intervals were learnt. Bodies, postures and DXA are the
same in every hospital; its three X-ray rooms differ in voltage, scatter, noise and processing. All of it is synthetic.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import described_machine, write_json

from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Target, read_exposures, with_truth
from bonedensity.estimators.bmdgan.evaluation.rows import Row, projection_figures, rows_of, way_figures
from bonedensity.estimators.bmdgan.loading import Model, load_bmdgan
from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.writing import write_cohort
from bonedensity.virtual.population import cohort_named, people
from bonedensity.virtual.population.person import Person

COHORT, SEED, KNOWN = "bmdgan", 2026, 420
"""Of the weights: their cohort, and how many of its people they were learnt or calibrated on."""

ELSEWHERE = ("hospital A", "hospital B", "hospital C")


def main() -> None:
    """Simulate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--folder", type=Path, required=True, help="for the images; a run that was ended goes on")
    parser.add_argument("--model", type=Path, help="default the shipped weights")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    preset, model = cohort_named(COHORT), load_bmdgan(options.model)
    known = people(preset, options.people, SEED, first=KNOWN)
    places = {"their own hospital": known, **{name: [_moved(each, name) for each in known] for name in ELSEWHERE}}
    images = CohortOptions(ct=False, dicom=False, dxa=(preset.dxa_system,))
    rows: dict[str, list[Row]] = {}
    for number, (name, persons) in enumerate(places.items()):
        folder = options.folder / f"hospital_{number}"
        write_cohort("hip", persons, folder, options=images, workers=options.workers)
        rows[name] = measured(model, folder)
        print(name, figures(rows[name]))
    rows["all others"] = [row for name in ELSEWHERE for row in rows[name]]
    lines = {name: figures(own) for name, own in rows.items()}
    if options.json:
        head = described_machine("bmdgan_hospitals.py", ("torch", "numpy"))
        write_json(options.json, {**head, "synthetic": True, "people": options.people, "lines": lines})


def measured(model: Model, folder: Path) -> list[Row]:
    """What the weights say of a hospital's radiographs."""
    exposures = with_truth(read_exposures(folder / "manifest.csv"))
    return rows_of(model, ExposureData(exposures, model.network.config, folder / "cache"))


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Share refused; of all, and of those that are not refused, correlation, error and coverage."""
    accepted = [row for row in rows if row.score <= 1]
    return {
        "radiographs": len(rows),
        "refused": float(np.mean([row.score > 1 for row in rows])),
        "projection": projection_figures(rows),
        "all": {target: _density(rows, target) for target in TARGETS},
        "not refused": {target: _density(accepted, target) for target in TARGETS},
    }


def _density(rows: Sequence[Row], target: Target) -> dict[str, float] | None:
    own = way_figures(rows, target, "regression")
    if own is None:
        return None
    return {
        "pcc": own["pcc"]["value"],
        "mae": own["mae"],
        "bias": own["bland_altman"]["bias"]["value"],
        "coverage": own["coverage"],
    }


def _moved(person: Person, hospital: str) -> Person:
    """The same person as one of another hospital: rooms go by the name of the cohort."""
    return replace(person, clinical={**person.clinical, "cohort": hospital})


if __name__ == "__main__":
    main()
