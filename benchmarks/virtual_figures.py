"""What 300 virtual hips and 100 virtual spines show, beside what is required of them. All of it is synthetic.

    python benchmarks/virtual_figures.py --folder cohorts --json benchmarks/results/virtual_figures.json

People that are not in the folder yet are made first (`hip` and `spine` below it, as `bonedensity simulate` makes
them); what is measured of each person is kept beside them, so that a run that was broken off goes on. `--made` measures
the people that are there and makes none.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

from machine import described_machine, write_json
from virtual_figures_checks import (
    edges_of_the_graph,
    fat_figures,
    mass_figures,
    painted_mass,
    seconds_per_1000_rows,
    seconds_per_hip,
    wedge_figures,
)
from virtual_figures_cohort import hip_figures, spine_figures
from virtual_figures_ct_drr import ct_drr_row
from virtual_figures_people import Row, hip_row, measured, spine_row, visits
from virtual_figures_table import Figure, markdown, print_figures

from bonedensity.virtual.cohort import CohortOptions, write_cohort
from bonedensity.virtual.population import COHORTS, DEFAULT_COHORT, Region, people

LIBRARIES = ("bonedensity", "numpy", "scipy", "numba")


def make(region: Region, count: int, seed: int, folder: Path, workers: int) -> None:
    """The people of a cohort that are not there yet."""
    cohort = COHORTS[DEFAULT_COHORT[region]]
    options = CohortOptions(dxa=(cohort.dxa_system,))
    if region == "spine":
        options = replace(options, radiographs=())
    persons = people(cohort, count, seed, region=region)
    done = write_cohort(region, persons, folder, options=options, workers=workers)
    print(f"{region}: {done.count} made, {done.skipped} there, {len(done.failed)} failed {done.failed or ''}")


def plain_figures(hips: list[Path], seed: int) -> list[Figure]:
    """What needs no cohort, and the mass of the first hip."""
    figures = [edges_of_the_graph(seed), *wedge_figures(), *fat_figures()]
    if hips:
        figures += mass_figures(hips[0])
        (person,) = [p for p in people(COHORTS["bmdgan"], 1, seed, region="hip") if p.identifier == hips[0].parent.name]
        figures.append(painted_mass(hips[0], person))
    return figures


def hip_rows(hips: list[Path], kept: Path, seed: int, of_ct: int) -> list[Row]:
    """What is measured of each hip; of the first `of_ct` also the mean of their CT's DRR in each view."""
    rows = measured(hips, hip_row, kept / "hip_rows.jsonl")
    persons = {person.identifier: person for person in people(COHORTS["bmdgan"], len(hips), seed, region="hip")}
    of_person = {folder: partial(ct_drr_row, person=persons[folder.parent.name]) for folder in hips[:of_ct]}
    drawn = measured(of_person, lambda folder: of_person[folder](folder), kept / "ct_drr_rows.jsonl")
    for row, one in zip(rows, drawn, strict=False):
        for posture, mean in (one["views"] or {}).items():
            row["views"][posture]["ct_g_cm2"] = mean
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="of the cohorts, written and read")
    parser.add_argument("--hips", type=int, default=300)
    parser.add_argument("--spines", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--made", action="store_true", help="measure those that are there, make none")
    parser.add_argument("--kept", type=Path, help="folder of what was measured of each person; default beside them")
    parser.add_argument("--ct-drrs", type=int, default=100, metavar="N", help="project the CTs of the first N hips too")
    parser.add_argument("--no-times", action="store_true", help="leave out the timings")
    parser.add_argument("--markdown", action="store_true", help="print the table as the documentation shows it")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folders = {region: options.folder / region for region in ("hip", "spine")}
    if not options.made:
        make("hip", options.hips, options.seed, folders["hip"], options.workers)
        make("spine", options.spines, options.seed, folders["spine"], options.workers)
    kept = options.kept or options.folder
    hips, spines = visits(folders["hip"])[: options.hips], visits(folders["spine"])[: options.spines]
    tables, details = {"Plain bodies and the graph": plain_figures(hips, options.seed)}, {}
    if len(hips) > 3:
        rows = hip_rows(hips, kept, options.seed, options.ct_drrs)
        tables["Hips"], details["hips"] = hip_figures(rows)
    if len(spines) > 3:
        tables["Spines"], details["spines"] = spine_figures(measured(spines, spine_row, kept / "spine_rows.jsonl"))
    if not options.no_times:
        tables["Time"] = [seconds_per_hip(options.seed), seconds_per_1000_rows(options.seed)]
    for title, figures in tables.items():
        print_figures(title, figures)
    if options.markdown:
        print(markdown([figure for figures in tables.values() for figure in figures]))
    if options.json:
        values = {title: [figure.to_json() for figure in figures] for title, figures in tables.items()}
        write_json(
            options.json,
            {**described_machine("virtual_figures.py", LIBRARIES), "synthetic": True, "seed": options.seed,
             "figures": values, **details},
        )  # fmt: skip


if __name__ == "__main__":
    main()
