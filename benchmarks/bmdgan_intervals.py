"""How often BMD-GAN's intervals hold the truth, over many random divisions of people whom no training has seen.

    python benchmarks/bmdgan_intervals.py --manifest hips/manifest.csv --calibration hips-calibration/manifest.csv \\
        --json benchmarks/results/bmdgan_intervals.json

One division tests an interval on few people, so that its coverage is uncertain by several points. Here the same people
(the manifest's calibration and test people, and those of `--calibration`) are divided again and again: some set the
interval, the others test it. All of it is synthetic where the people are.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from machine import described_machine, write_json
from numpy.typing import NDArray

from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure, read_exposures, with_truth
from bonedensity.estimators.bmdgan.data.folds import split_people
from bonedensity.estimators.bmdgan.loading import Model, load_bmdgan
from bonedensity.estimators.bmdgan.networks.views import over_views
from bonedensity.estimators.bmdgan.readout.conformal import COVERAGE, conformal_radius

SHIPPED = Path("bonedensity/learning/shipped/bmdgan")

DIVISIONS = 2000

Errors = dict[str, NDArray[np.float64]]
"""By person, of all their images."""


def main() -> None:
    """Read, measure, divide, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, required=True, help="that the model was trained on")
    parser.add_argument("--calibration", type=Path, required=True, help="of people who set intervals alone")
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    model = load_bmdgan(options.model)
    split = split_people(with_truth(read_exposures(options.manifest)), model.card.seed)
    setting = split.calibration + with_truth(read_exposures(options.calibration))
    share = len({each.identifier for each in setting})
    with TemporaryDirectory() as cache:
        found = measured(model, setting + split.test, Path(cache))
    figures = {target: divided(errors, share) for target, errors in found.items()}
    for target, own in figures.items():
        print(f"{target}: {100 * own['mean']:.1f} % in the {100 * COVERAGE:.0f} % interval, SD {100 * own['sd']:.1f}")
    if options.json:
        people = {"people": len(found["dxa"]), "of_whom_set_the_interval": share, "divisions": DIVISIONS}
        write_json(
            options.json,
            {
                **described_machine("bmdgan_intervals.py", ("torch", "numpy")),
                "synthetic": True,
                **people,
                "coverage": figures,
            },
        )


def measured(model: Model, exposures: list[Exposure], cache: Path) -> dict[str, Errors]:
    """Absolute errors of the tuned regression, by target and person."""
    data = ExposureData(exposures, model.network.config, cache)
    regressor = model.network.regressor.eval()
    with torch.inference_mode():
        answers = [over_views(regressor, data.stack(number)[None, :1])[0] for number in range(len(data))]
    names = np.array([each.identifier for each in exposures])
    found: dict[str, Errors] = {}
    for target, numbers in zip(TARGETS, torch.stack(answers).double().numpy().T, strict=True):
        own = model.calibration.readouts[target]
        errors = np.abs(own.mean + own.spread * numbers - [each.value(target) for each in exposures])
        found[target] = {name: errors[names == name] for name in np.unique(names[np.isfinite(errors)])}
    return found


def divided(errors: Errors, share: int) -> dict[str, float]:
    """Mean and standard deviation of the coverage over random divisions, `share` people setting the interval."""
    rng, people, covered = np.random.default_rng(0), list(errors), []
    for _ in range(DIVISIONS):
        order = [people[place] for place in rng.permutation(len(people))]
        set_on = order[:share]
        names = [name for name in set_on for _ in errors[name]]
        radius = conformal_radius(np.concatenate([errors[name] for name in set_on]), names)
        covered.append(np.mean([np.mean(errors[name] <= radius) for name in order[share:]]))
    return {"mean": float(np.mean(covered)), "sd": float(np.std(covered))}


if __name__ == "__main__":
    main()
