"""`bonedensity simulate`: a cohort of virtual patients with truth."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from bonedensity.cli.console import PARTLY_DONE, JsonFlag, answer, progress_bar
from bonedensity.errors import PopulationError, UnwritableFileError
from bonedensity.virtual.population import (
    COHORTS,
    DEFAULT_COHORT,
    Cohort,
    Interval,
    Person,
    Region,
    cohort_named,
    people,
    people_at_another_age,
    row_of,
    write_manifest,
)
from bonedensity.virtual.population.otherwise import COUNTERFACTUAL


def simulate(
    region: Annotated[str, typer.Argument(help=f"{' or '.join(get_args(Region))}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for manifest.csv and images.")],
    count: Annotated[int, typer.Option("--count", "-n", help="People.")] = 10,
    seed: Annotated[int, typer.Option(help="Same seed, same people.")] = 0,
    cohort: Annotated[
        str | None, typer.Option(help=f"{', '.join(COHORTS)}; default bmdgan for hips, ukbiobank for spines.")
    ] = None,
    first: Annotated[int, typer.Option(help="Index of the first person, to go on or to share work.")] = 0,
    repeat: Annotated[str | None, typer.Option(help="LOW,HIGH: everyone comes again so many years later.")] = None,
    another_age: Annotated[
        float | None,
        typer.Option(help="Years: the same people so much older too (the old ones younger), in OUTPUT/counterfactual."),
    ] = None,
    metadata_only: Annotated[bool, typer.Option("--metadata-only", help="The manifest alone, no images.")] = False,
    ct: Annotated[bool, typer.Option(help="A CT with labels and true density.")] = True,
    ct_mm: Annotated[float, typer.Option(help="The CT's voxels (mm).")] = 1.5,
    radiographs: Annotated[
        str, typer.Option(help="all, none, or names with commas: standing,supine,abduction,adduction; AP,LATERAL.")
    ] = "all",
    dxa: Annotated[
        str | None, typer.Option(help="none, lunar, hologic, or lunar,hologic; default the cohort's scanner.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes that make images.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Draw virtual patients from the causal graph and write them with manifest.csv. All of it is synthetic.

    Exit 3: some could not be made; they are listed, the others are whole.
    """
    started = time.perf_counter()
    if region not in get_args(Region):
        raise PopulationError(f"There is no region “{region}”; choose {' or '.join(get_args(Region))}.")
    place = cast(Region, region)
    preset = cohort_named(cohort or DEFAULT_COHORT[place])
    interval = None if repeat is None else _interval(repeat)
    persons = people(preset, count, seed, region=place, first=first, repeat=interval)
    if metadata_only:
        made = _manifest(persons, output)
    else:
        options = {
            "ct": ct,
            "ct_mm": ct_mm,
            "radiographs": None if radiographs == "all" else _names(radiographs),
            "dxa": (preset.dxa_system,) if dxa is None else _names(dxa),
        }
        made = _images(place, persons, output, options, workers)
        if another_age is not None:
            others = people_at_another_age(preset, count, seed, another_age, region=place, first=first)
            made["counterfactual"] = _images(place, others, output / COUNTERFACTUAL, options, workers)
    values = {
        "count": count,
        "seconds": time.perf_counter() - started,
        **made,
        "region": region,
        "cohort": preset.name,
        "seed": seed,
        "synthetic": True,
    }
    answer(values, as_json, lambda: _summary(values, preset))
    if values.get("failed"):
        raise typer.Exit(PARTLY_DONE)


def _manifest(persons: list[Person], folder: Path) -> dict[str, Any]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(f"The folder “{folder}” cannot be made: {error.strerror}.") from error
    write_manifest([row_of(person) for person in persons], folder / "manifest.csv")
    return {"manifest": str(folder / "manifest.csv"), "rows": len(persons)}


def _images(
    region: Region, persons: list[Person], folder: Path, wanted: dict[str, Any], workers: int
) -> dict[str, Any]:
    from bonedensity.virtual.cohort import CohortOptions, write_cohort

    options = CohortOptions(**wanted)
    with progress_bar() as on_progress:
        done = write_cohort(region, persons, folder, options=options, workers=workers, on_progress=on_progress)
    failed = [{"identifier": identifier, "reason": reason} for identifier, reason in done.failed]
    return {
        "manifest": str(done.manifest),
        "rows": done.count + done.skipped,
        "written": done.count,
        "skipped": done.skipped,
        "failed": failed,
    }


def _summary(values: dict[str, Any], preset: Cohort) -> str:
    lines = [f"{values['count']} virtual people, {preset.title}, in {values['seconds']:.1f} s: {values['manifest']}"]
    lines += [f"Not made: {failure['identifier']}. {failure['reason']}" for failure in values.get("failed", ())]
    return "\n".join(lines)


def _names(text: str) -> tuple[str, ...]:
    return () if text == "none" else tuple(name.strip() for name in text.split(",") if name.strip())


def _interval(text: str) -> Interval:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise PopulationError(f"--repeat {text} is no pair of years: give LOW,HIGH such as 2,5.") from None
    return Interval(low, high)
