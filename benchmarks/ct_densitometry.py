"""Density from CT against what is true of virtual people, and again after they have been laid anew. All synthetic.

    python benchmarks/ct_densitometry.py --kept rows --json benchmarks/results/ct_densitometry.json

Hips with whatever disease they have (no metal), spines without. Each is scanned twice on one scanner drawn from
`random_scanner` (voltage, kernel, noise, rods of a CHA phantom, its tilt), its bones painted anew in the second
position: legs turned by 10 degrees, pelvis and legs a little otherwise; the lordosis 10 degrees flatter. Labels are the
true ones in the scan's voxels; rods and landmarks are found. The truth is each bone painted alone in voxels of 0.8 mm,
in regions that its own numbers give: the mineral, and what an ideal CT of one energy would see, which counts marrow
fat as less than no mineral.

"corrected" is a scanner that leaves no beam hardening, "left" one that leaves as much as was drawn. What is measured of
each person is kept in the folder `--kept`, so that a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ct_densitometry_scans import BEAMS, DENSITIES, hip_row, spine_row
from ct_densitometry_truth import REGIONS
from machine import described_machine, write_json

from bonedensity.densitometry.agreement import agreement, repeatability

LIBRARIES = ("bonedensity", "numpy", "scipy", "numba")
ASKED = {"r": 0.99, "bias": 0.01, "rms_cv": 0.015, "vbmd_bias": 0.02}
"""Correlation at least; the rest, as shares, at most."""

Row = dict[str, Any]


def rows(kind: str, make: Callable[..., Row], numbers: range, seed: int, voxel_mm: float, kept: Path) -> list[Row]:
    """What is measured of each person, from the file where it is known."""
    file = kept / f"{kind}_{seed}_{voxel_mm:g}mm.jsonl"
    kept.mkdir(parents=True, exist_ok=True)
    known = {row["number"]: row for row in map(json.loads, file.read_text().splitlines())} if file.exists() else {}
    for number in numbers:
        if number not in known:
            known[number] = make(number, seed, voxel_mm)
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(known[number], default=float) + "\n")
            print(f"{kind} {number}", flush=True)
    return [known[number] for number in numbers]


def compared(true: list[dict[str, float]], found: list[list[float]], unit: str) -> Row:
    """Statistics of (truth, its repeated measurements)."""
    seen, mineral = (np.array([t[what] for t in true]) for what in ("seen", "mineral"))
    values = np.array(found)
    statistics = agreement(seen, values[:, 0], unit=unit)
    return {
        "count": len(values),
        "r": statistics.pearson.value,
        "icc_a1": statistics.intraclass.value,
        "bias": float((values.mean(axis=1) / seen - 1).mean()),
        "sd_of_bias": float((values.mean(axis=1) / seen - 1).std(ddof=1)),
        "rms_cv": repeatability(found).rms_cv,
        "r_with_mineral": float(np.corrcoef(mineral, values[:, 0])[0, 1]),
        "bias_from_mineral": float((values.mean(axis=1) / mineral - 1).mean()),
    }


def hip_figures(people: list[Row], beam: str) -> dict[str, Row]:
    """By region; hips that were refused in one of both scans are counted."""
    hips = [hip for person in people for hip in person["sides"].values()]
    figures: dict[str, Row] = {}
    for region in REGIONS:
        both = [(hip["truth"][region], [scan[beam][region] for scan in hip["scans"]]) for hip in hips]
        whole = [(true, scans) for true, scans in both if all(isinstance(scan, dict) for scan in scans)]
        for line, title in (("aBMD", region), ("internal", f"{region}, internal")):
            values = [[scan[line] for scan in scans] for _, scans in whole]
            figures[title] = compared([true for true, _ in whole], values, "g/cm²") | {
                "refused": len(both) - len(whole)
            }
    return figures


def spine_figures(people: list[Row], beam: str) -> dict[str, Row]:
    """L1 to L4: trabecular vBMD (mean of four) and aBMD from the front."""
    return {
        f"L1-L4 {what}": compared(
            [person["truth"][what] for person in people],
            [[scan[beam][what] for scan in person["scans"]] for person in people],
            unit,
        )
        for what, unit in (("vBMD", "mg/cm³"), ("aBMD", "g/cm²"))
    }


def rod_figures(people: list[Row]) -> Row:
    """The lines' error for HU that are truly 200 mg/cm³ of mineral in water (mg/cm³)."""
    errors = {beam: np.array([line[beam]["at_200"] - 200 for p in people for line in p["rods"]]) for beam in BEAMS}
    return {
        beam: {"mean": float(e.mean()), "largest": float(np.abs(e).max()), "scans": len(e)}
        for beam, e in errors.items()
    }


def internal_figures(people: list[Row]) -> Row:
    """RMS error of internal calibration (share) over people and densities, and at each density."""
    found: Row = {}
    for beam in BEAMS:
        lines = [line[beam] for person in people for line in person["internal"]]
        errors = np.array([[line[f"at_{mg}"] / mg - 1 for mg in DENSITIES] for line in lines])
        each = {f"rms_at_{mg}": float(np.sqrt((e**2).mean())) for mg, e in zip(DENSITIES, errors.T, strict=True)}
        found[beam] = {"people": len(people), "scans": len(errors), "rms": float(np.sqrt((errors**2).mean())), **each}
    return found


def show(figures: dict[str, dict[str, Row]]) -> None:
    for beam, table in figures.items():
        print(f"\nBeam hardening {beam}:")
        for name, row in table.items():
            print(
                f"{name:24} n {row['count']:3}  r {row['r']:.4f}  bias {row['bias']:+.2%} (sd {row['sd_of_bias']:.2%})"
                f"  RMS-CV {row['rms_cv']:.2%}  against mineral: r {row['r_with_mineral']:.4f}, "
                f"{row['bias_from_mineral']:+.1%}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=12, help="whose two hips are scanned")
    parser.add_argument("--spines", type=int, default=10)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--voxel-mm", type=float, default=2.0)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    common = (options.seed, options.voxel_mm, options.kept)
    hips = rows("hip", hip_row, range(options.people), *common)
    spines = rows("spine", spine_row, range(options.spines), *common)
    figures = {beam: hip_figures(hips, beam) | spine_figures(spines, beam) for beam in BEAMS}
    rods, internal = rod_figures([*hips, *spines]), internal_figures(hips)
    show(figures)
    print(f"\nRods, error at 200 mg/cm³: {rods}\nInternal calibration, RMS error: {internal}")
    if options.json:
        about = described_machine("ct_densitometry.py", LIBRARIES)
        what = {"synthetic": True, "seed": options.seed, "voxel_mm": options.voxel_mm, "asked": ASKED}
        write_json(
            options.json, {**about, **what, "beam_hardening": figures, "rods_mg_cm3": rods, "internal": internal}
        )


if __name__ == "__main__":
    main()
