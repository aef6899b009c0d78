"""How good the built-in network's bones are: on unseen virtual CTs, on a real CT, and what a large CT costs.

    python benchmarks/segmentation_figures.py --manifest hips/manifest.csv --manifest spines/manifest.csv -n 50 \
        --lines segmentation.jsonl --json benchmarks/results/segmentation_figures.json

The manifests are those of `bonedensity simulate` with seeds that no training used. Each CT is a line of `--lines`; a
second run goes on where the first ended. The real CT (`../shared/data/ct-pelvis-lspine-totalseg`) has labels of another
network, not a hand's; without it that part is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path

import numpy as np
import torch
from machine import described_machine, write_json
from segmentation_pictures import draw_case

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.learning.weights import model_folder
from bonedensity.segmentation.network_grid import interpolated
from bonedensity.segmentation.unet.cases import Case, read_cases
from bonedensity.segmentation.unet.engine import MODEL_NAME, UnetOptions, found_labels, segment_by_unet
from bonedensity.segmentation.unet.figures import Doubt, dice_of
from bonedensity.segmentation.unet.load import load_unet
from bonedensity.segmentation.unet.predict import predict

DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")
REAL = DATA / "ct-pelvis-lspine-totalseg"
RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("bonedensity", "torch", "monai", "numpy")

LARGE = (400, 300, 300)
"""Slices, rows and columns of the CT whose cost is measured, at 1.5 mm."""

LOWEST = {"femur": 0.95, "hip": 0.95, "vertebrae_L": 0.93}
"""Mean Dice wanted on virtual CTs."""


def cases_of(cohort: Path) -> list[Case]:
    """Those of a manifest, or of the folder of a cohort that is still being made."""
    if not cohort.is_dir():
        return read_cases(cohort)
    return [Case(ct, ct.with_name("labels.nii.gz")) for ct in sorted(cohort.glob("*/visit_0/ct.nii.gz"))[:-1]]


def judged(case: Case, folder: Path) -> dict:
    """One virtual CT: Dice of each bone, and how doubt and errors are spread."""
    unet = load_unet(folder)
    ct, truth = read_ct(case.ct), read_label_map(case.labels, TOTALSEGMENTATOR_NAMES)
    began = time.perf_counter()
    said = predict(ct, unet.network)
    found = found_labels(ct, said, unet)
    seconds, doubt = time.perf_counter() - began, Doubt()
    doubt.add(said, truth, unet.network.config.bones)
    return {
        "ct": str(case.ct),
        "seconds": seconds,
        "dice": dice_of(found, truth),
        "right": doubt.right.astype(int).tolist(),
        "wrong": doubt.wrong.astype(int).tolist(),
    }


def on_virtual(manifests: list[Path], count: int, lines: Path, folder: Path) -> dict:
    """The figures of all virtual CTs; those in `lines` are not judged again."""
    known = [json.loads(line) for line in lines.read_text().splitlines()] if lines.is_file() else []
    done = {case["ct"] for case in known}
    for case in [case for manifest in manifests for case in cases_of(manifest)[:count]]:
        if str(case.ct) in done:
            continue
        known.append(judged(case, folder))
        with lines.open("a", encoding="utf-8") as file:
            file.write(json.dumps(known[-1]) + "\n")
        low = {name: round(value, 3) for name, value in known[-1]["dice"].items() if value < 0.9}
        print(f"{len(known)}: {np.mean(list(known[-1]['dice'].values())):.3f}, below 0.9: {low}", flush=True)
    return summarised(known)


def summarised(cases: list[dict]) -> dict:
    """Mean, median and least Dice of each bone, and the worth of the doubt."""
    doubt = Doubt(
        sum(np.array(case["right"], float) for case in cases), sum(np.array(c["wrong"], float) for c in cases)
    )
    names = sorted({name for case in cases for name in case["dice"]})
    rows = {name: [case["dice"][name] for case in cases if name in case["dice"]] for name in names}
    return {
        "cases": len(cases),
        "synthetic": True,
        "dice": {
            name: {"mean": np.mean(row), "median": np.median(row), "least": np.min(row), "count": len(row)}
            for name, row in rows.items()
        },
        "wanted": LOWEST,
        "auroc_of_errors": doubt.area_under_curve(),
        "calibration_error": doubt.calibration_error(),
        "error_by_entropy": [None if np.isnan(share) else share for share in doubt.error_by_entropy()],
        "median_seconds": float(np.median([case["seconds"] for case in cases])),
    }


def on_real(folder: Path, picture: Path) -> dict | None:
    """Dice with another network's labels on the real CT, S1 counted with the sacrum; None where it is not here."""
    if not REAL.is_dir():
        return None
    ct = read_ct(next(REAL.glob("example_ct*.nii.gz")))
    others = read_label_map(REAL / "example_seg_fast_force_split.nii.gz", TOTALSEGMENTATOR_NAMES)
    array = np.where(np.asarray(others.volume.array) == 26, 25, np.asarray(others.volume.array))
    truth = LabelMap(others.volume.with_array(array), {k: v for k, v in others.names.items() if k != 26})
    found = segment_by_unet(ct, UnetOptions(folder))
    draw_case(ct, truth, found, picture)
    dice = dice_of(found.labels, truth)
    lumbar = [value for name, value in dice.items() if name.startswith("vertebrae_L")]
    return {"dice": dice, "mean_L1_to_L5": float(np.mean(lumbar)), "confidence": found.confidence}


def cost(case: Case, folder: Path) -> dict:
    """Seconds and peak memory of a virtual CT brought onto a large grid; to be run in a process of its own."""
    small = read_ct(case.ct)
    affine = small.index_to_patient.copy()
    affine[:3, :3] *= 1.5 / small.spacing
    affine[:3, 3] += small.centre - Volume(np.zeros(LARGE, np.uint8), affine).centre
    grid = Volume(np.zeros(LARGE, np.int16), affine, "HU", "a large CT")
    large = grid.with_array(np.rint(interpolated(small, grid, outside=-1000)).astype(np.int16))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, worked = time.perf_counter(), time.process_time()
    segment_by_unet(large, UnetOptions(folder, "cpu"))
    return {
        "voxels": list(LARGE[::-1]),
        "threads": torch.get_num_threads(),
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time() - worked,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "gib_before": before / 1024**2,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="or a cohort's folder")
    parser.add_argument("-n", type=int, default=50, help="CTs of each manifest")
    parser.add_argument("--lines", type=Path, default=Path("segmentation.jsonl"))
    parser.add_argument("--model", type=Path, default=model_folder(MODEL_NAME), help="folder; default the shipped")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parts", nargs="+", default=["cost", "real", "virtual"])
    parser.add_argument("--json", type=Path, default=RESULTS / "segmentation_figures.json")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    before = json.loads(chosen.json.read_text()) if chosen.json.is_file() else {}
    figures = {name: before[name] for name in ("cost", "real", "virtual") if name in before}
    if "cost" in chosen.parts:
        figures["cost"] = cost(cases_of(chosen.manifest[0])[0], chosen.model)
    if "real" in chosen.parts:
        figures["real"] = on_real(chosen.model, chosen.json.with_suffix(".png"))
    if "virtual" in chosen.parts:
        figures["virtual"] = on_virtual(chosen.manifest, chosen.n, chosen.lines, chosen.model)
    print(json.dumps(figures, indent=1))
    write_json(chosen.json, {**described_machine(Path(__file__).name, LIBRARIES), **figures})


if __name__ == "__main__":
    main()
