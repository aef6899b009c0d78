"""Which diseases of simulated spines are said by the flags of densitometry, and which healthy ones are accused.

    bonedensity simulate spine -n 100 --cohort adult --seed 7 --ct-mm 2 --radiographs none --dxa none -o spines
    python benchmarks/disease_flags.py spines --json benchmarks/results/disease_flags.json

CT and labels are those of the cohort; what a person has comes from truth.json. Border cases, a little below what is
named, count as neither.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from machine import described_machine, write_json

from bonedensity.anatomy.labels import LUMBAR_L1_L4, TOTALSEGMENTATOR_NAMES
from bonedensity.densitometry.flags import bone_flags
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map

LEVELS = [name.removeprefix("vertebrae_") for name in LUMBAR_L1_L4]
LIBRARIES = ("bonedensity", "numpy", "scipy")

NAMED = {
    "scoliosis": (10.0, 15.0, "Cobb angle (degrees)"),
    "fracture": (0.12, 0.20, "share of height lost"),
    "osteophytes": (3.0, 5.0, "largest reach of a spur of L1-L4 (mm)"),
    "calcification": (0.5, 3.0, "abdominal aortic calcification, 0 to 24"),
}
"""Of each disease: below the first nobody has it, from the second on everybody who has is to be named."""

Counts = Counter[tuple[str, str, bool]]
"""Disease, ill or healthy, and whether it was said."""


def true_sizes(body: dict[str, Any]) -> dict[str, float]:
    """How much of each disease a body has, from its truth."""
    levels = [body["levels"][level] for level in LEVELS]
    return {
        "scoliosis": abs(body["cobb_deg"]),
        "fracture": max((one["fracture"] or {"loss": 0.0})["loss"] for one in levels),
        "osteophytes": max(max(one["osteophytes_mm"]) for one in levels),
        "calcification": body["aortic_calcification"],
    }


def compared(folder: Path) -> Counts:
    """One visit."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    labels = read_label_map(folder / "labels.nii.gz", names=TOTALSEGMENTATOR_NAMES)
    said = {flag.kind for flag in bone_flags(read_ct(folder / "ct.nii.gz"), labels, LUMBAR_L1_L4)}
    counts: Counts = Counter()
    for disease, size in true_sizes(truth["body"]).items():
        healthy_below, ill_from, _ = NAMED[disease]
        if size < healthy_below or size >= ill_from:
            counts[disease, "ill" if size >= ill_from else "healthy", disease in said] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohorts", type=Path, nargs="+", help="folders of `bonedensity simulate spine`")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folders = sorted(file.parent for cohort in options.cohorts for file in cohort.glob("*/visit_0/ct.nii.gz"))
    counts: Counts = sum((compared(folder) for folder in folders), Counter())
    table = {disease: row(counts, disease) for disease in NAMED}
    for disease, values in table.items():
        print(
            f"{disease:14} named {values['named']} of {values['ill']} ill; "
            f"accused {values['accused']} of {values['healthy']} healthy ({values['measure']})"
        )
    if options.json:
        about = described_machine("disease_flags.py", LIBRARIES)
        write_json(options.json, {**about, "synthetic": True, "people": len(folders), "diseases": table})


def row(counts: Counts, disease: str) -> dict[str, Any]:
    """One disease's counts, with what counts as healthy and ill."""
    low, high, measure = NAMED[disease]
    named, missed = counts[disease, "ill", True], counts[disease, "ill", False]
    accused, left = counts[disease, "healthy", True], counts[disease, "healthy", False]
    ill = {"named": named, "ill": named + missed, "accused": accused, "healthy": accused + left}
    return {**ill, "measure": measure, "healthy_below": low, "ill_from": high}


if __name__ == "__main__":
    main()
