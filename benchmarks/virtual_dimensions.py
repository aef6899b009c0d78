"""Dimensions of virtual people, measured on the finished label maps, beside published ones.

    python benchmarks/virtual_dimensions.py --hip HIP --spine SPINE --lines found.jsonl --json FILE

`HIP` and `SPINE` are one or more cohort folders as `bonedensity simulate` writes them. What is measured of a person is
kept as a line of `--lines`, so that a second run measures only who is new. Nothing is read from the parameters, with
two exceptions: which parts are diseased, and how the femurs were turned when they were scanned (the knee is not on the
CT).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from machine import described_machine, write_json
from virtual_dimensions_norms import HIP, SPINE, Norm
from virtual_dimensions_person import hip_person, spine_person

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.errors import BoneDensityError
from bonedensity.imaging.read_labels import read_label_map

LIBRARIES = ("bonedensity", "numpy", "scipy", "SimpleITK")

WITHIN = 0.15
"""Share by which a mean and a standard deviation may differ from the published ones."""

FEWEST = 20
"""People of a sex from whom a mean is compared."""

Row = dict[str, Any]


def measured(region: str, folder: Path) -> Row:
    """One visit's dimensions, with who it is; an error in place of them where nothing could be measured."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    person = truth["person"]
    row: Row = {"region": region, "id": _identity(folder), "sex": "male" if person["sex"] else "female"}
    row |= {"age": person["age"], "height_cm": person["standing_height"]}
    labels = read_label_map(folder / "labels.nii.gz", TOTALSEGMENTATOR_NAMES)
    measure = hip_person if region == "hip" else spine_person
    try:
        row["dimensions"] = {name: round(value, 3) for name, value in measure(labels, truth["body"]).items()}
    except (BoneDensityError, ValueError, IndexError) as error:
        row["error"] = f"{type(error).__name__}: {error}"
    return row


def visits(roots: Iterable[Path]) -> Iterator[Path]:
    """Folders of first visits that are whole and hold labels."""
    for root in roots:
        for truth in sorted(root.glob("*/visit_0/truth.json")):
            if (truth.parent / "labels.nii.gz").exists():
                yield truth.parent


def _identity(folder: Path) -> str:
    """Cohort's folder and person."""
    return "/".join(folder.parts[-3:-1])


def compared(name: str, norm: Norm, values: Mapping[str, list[float]]) -> Row:
    """A dimension's means and spreads by sex, and whether they are within 15 % of the published ones.

    The spread is judged over both sexes together: each standard deviation over the published one, root mean square. A
    dimension is met only where both sexes were measured.
    """
    row: Row = {"name": name, "unit": norm.unit, "section": norm.section}
    means, spreads, weights = [], [], []
    for sex, (mean, spread) in (("male", norm.male), ("female", norm.female)):
        found = np.array(values.get(sex, []))
        if len(found) < FEWEST:
            continue
        own, sd = float(found.mean()), float(found.std(ddof=1))
        row[sex] = {"n": len(found), "mean": own, "sd": sd, "published_mean": mean, "published_sd": spread}
        means.append(abs(own - mean) <= WITHIN * abs(mean))
        if spread:
            spreads.append(sd / spread)
            weights.append(len(found))
    ratio = float(np.sqrt(np.average(np.square(spreads), weights=weights))) if spreads else None
    row |= {"mean_within": len(means) == 2 and all(means), "sd_ratio": ratio}
    row["met"] = row["mean_within"] and ratio is not None and abs(ratio - 1) <= WITHIN
    return row


def table(rows: list[Row]) -> list[Row]:
    """Every dimension with a norm."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for name, value in row.get("dimensions", {}).items():
            found[f"{row['region']} {name}"][row["sex"]].append(value)
    norms = [("hip", HIP), ("spine", SPINE)]
    return [
        compared(name, norm, found[f"{region} {name}"])
        for region, table_ in norms
        for name, norm in table_.items()
        if f"{region} {name}" in found
    ]


def shown(row: Row) -> str:
    """One line of the printed table."""
    cells = []
    for sex in ("male", "female"):
        part = row.get(sex)
        if part is None:
            cells.append(f"{'':29}")
            continue
        spread = "" if part["published_sd"] is None else f"±{part['published_sd']:.1f}"
        cells.append(f"{part['mean']:6.1f}±{part['sd']:4.1f} ({part['published_mean']:6.1f}{spread:6})  n{part['n']:4}")
    mark = "met" if row["met"] else ("mean" if row["mean_within"] else "")
    ratio = "" if row["sd_ratio"] is None else f"{row['sd_ratio']:.2f}"
    return f"{row['name']:46} {row['unit']:3} {cells[0]}   {cells[1]}  {ratio:5} {mark}"


def _all_measured(options: argparse.Namespace) -> list[Row]:
    lines: Path = options.lines
    rows = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
    known = {(row["region"], row["id"]) for row in rows}
    todo = [("hip", f) for f in visits(options.hip)] + [("spine", f) for f in visits(options.spine)]
    todo = [(region, folder) for region, folder in todo if (region, _identity(folder)) not in known]
    lines.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.workers) as pool, lines.open("a", encoding="utf-8") as file:
        for row in pool.map(measured, *zip(*todo, strict=True)) if todo else ():
            rows.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hip", type=Path, nargs="*", default=[], help="cohort folders of hips")
    parser.add_argument("--spine", type=Path, nargs="*", default=[], help="cohort folders of spines")
    parser.add_argument("--lines", type=Path, required=True, help="what is measured, one person a line")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = _all_measured(options)
    failed = [row for row in rows if "error" in row]
    result = table(rows)
    for row in result:
        print(shown(row))
    met = sum(row["met"] for row in result)
    judged = sum(row["sd_ratio"] is not None for row in result)
    print(f"{met} of {judged} dimensions with a published spread are within {WITHIN:.0%} in mean and spread.")
    for row in failed:
        print(f"not measured: {row['region']} {row['id']}: {row['error']}")
    if options.json:
        people = {region: sum(row["region"] == region for row in rows) for region in ("hip", "spine")}
        values = {"people": people, "not_measured": len(failed), "met": met, "judged": judged, "dimensions": result}
        write_json(options.json, {"machine": described_machine("virtual_dimensions.py", LIBRARIES), **values})


if __name__ == "__main__":
    main()
