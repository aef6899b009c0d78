"""How well `bonedensity prepare` finds what is true: virtual hips prepared from their CTs and radiographs alone.

    bonedensity simulate hip -n 20 --seed 2026 -o cohort
    python benchmarks/ground_truth_cohort.py --cohort cohort --people 20 \\
        --json benchmarks/results/ground_truth_cohort.json

Of each person it is given the CT, its bones (with `--segment` the built-in network finds them), the calibration
phantom's name, radiographs and their cameras; poses, densities and projections are compared with the truth. Synthetic.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from machine import described_machine, write_json
from numpy.typing import NDArray

from bonedensity.estimators.bmdgan.data.exposures import Exposure, read_exposures
from bonedensity.imaging.areal_greys import AREAL_STEP_G_CM2
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.virtual.radiographs.taking import LEAST_G_CM2
from bonedensity.workflows.ground_truth import PrepareOptions, prepare

PHANTOM = "B-MAS200"
TOP_G_CM2 = 2.5
"""Of the networks' images, for the signal-to-noise ratio."""

Row = dict[str, Any]


def main() -> None:
    """Prepare, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, required=True, help="of `bonedensity simulate hip`")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--segment", action="store_true", help="find the bones too")
    parser.add_argument("--folder", type=Path, help="keep what is prepared, and go on with it")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as passing:
        folder = options.folder or Path(passing)
        cases = write_cases(options.cohort, options.people, folder, segmented=not options.segment)
        began = time.perf_counter()
        done = prepare(cases, folder / "prepared", PrepareOptions(PHANTOM), lambda share, said: None)
        seconds = time.perf_counter() - began
        rows = [compared(each, options.cohort) for each in read_exposures(done.manifest, doubtful=True)]
    figures = {"accepted": summary([row for row in rows if row["accepted"]]), "all": summary(rows)}
    result = {
        "synthetic": True,
        "labels": "built-in network's" if options.segment else "true",
        "people": options.people,
    }
    result |= {"failed": list(done.failed), "seconds_per_person": round(seconds / options.people, 1)}
    print(json.dumps({**result, **figures}, indent=1))
    if options.json:
        write_json(options.json, {**described_machine("ground_truth_cohort.py", ("numpy",)), **result, **figures})


def write_cases(cohort: Path, people: int, folder: Path, *, segmented: bool) -> Path:
    """A table as a user would write it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (cohort / "manifest.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))[:people]
    rows = []
    for person in listed:
        truth = json.loads((cohort / person["truth"]).read_text(encoding="utf-8"))
        row = {"identifier": person["identifier"], "ct": str((cohort / person["ct"]).resolve())}
        if segmented:
            row["labels"] = str((cohort / person["labels"]).resolve())
        for name, taken in truth["radiographs"].items():
            camera = folder / "cameras" / f"{person['identifier']}_{name}.json"
            camera.parent.mkdir(exist_ok=True)
            camera.write_text(json.dumps(taken["camera"]), encoding="utf-8")
            row |= {name: str((cohort / person[name]).resolve()), name.replace("xray", "camera"): str(camera.resolve())}
        rows.append(row)
    with (folder / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder / "cases.csv"


def compared(exposure: Exposure, cohort: Path) -> Row:
    """One hip on one radiograph, against its truth."""
    name = f"xray_{exposure.posture}_{exposure.side}"
    own = cohort / exposure.identifier / f"visit_{exposure.visit}"
    truth = json.loads((own / "truth.json").read_text(encoding="utf-8"))["radiographs"][name]
    assert exposure.proximal is not None
    found, true = areal(exposure.proximal), areal(own / f"{name}_proximal_femur.png")
    a, b = found > LEAST_G_CM2, true > LEAST_G_CM2
    return {
        "accepted": not exposure.doubtful,
        "dice": 2 * float((a & b).sum()) / float(a.sum() + b.sum()),
        "psnr_db": float(-10 * np.log10(((found - true) ** 2).mean() / TOP_G_CM2**2)),
        "mean_g_cm2": float(found[a].mean()),
        "true_mean_g_cm2": float(true[b].mean()),
        "qct_mg_cm3": exposure.qct,
        "true_qct_mg_cm3": truth["proximal_femur_mg_cm3"],
    }


def areal(path: Path) -> NDArray[np.float32]:
    """A projection's areal densities (g/cm²)."""
    return read_radiograph(path).array * np.float32(AREAL_STEP_G_CM2)


def summary(rows: list[Row]) -> dict[str, float]:
    """Of radiographs of hips."""

    def column(name: str) -> NDArray[np.float64]:
        return np.array([row[name] for row in rows])

    ratio = column("mean_g_cm2") / column("true_mean_g_cm2")
    dense = column("qct_mg_cm3") / column("true_qct_mg_cm3")
    figures = {
        "dice_median": np.median(column("dice")),
        "dice_lowest": column("dice").min(),
        "psnr_db_median": np.median(column("psnr_db")),
        "mean_over_true": ratio.mean(),
        "mean_over_true_sd": ratio.std(),
        "mean_r": np.corrcoef(column("mean_g_cm2"), column("true_mean_g_cm2"))[0, 1],
        "qct_over_true": dense.mean(),
        "qct_over_true_sd": dense.std(),
        "qct_r": np.corrcoef(column("qct_mg_cm3"), column("true_qct_mg_cm3"))[0, 1],
    }
    return {"radiographs": len(rows), **{name: round(float(value), 4) for name, value in figures.items()}}


if __name__ == "__main__":
    main()
