"""People to and from CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from bonedensity.errors import PopulationError, UnwritableFileError
from bonedensity.imaging.read_table import read_table
from bonedensity.virtual.population.person import ClinicalValue, Person
from bonedensity.virtual.population.schema import manifest_columns

Row = dict[str, ClinicalValue]
"""One person at one visit by column; columns beyond the schema, such as file names, hold text."""

_OF_PERSON = {
    "identifier": "identifier",
    "visit": "visit",
    "seed": "seed",
    "age": "age",
    "standing_height": "height_cm",
    "weight": "weight_kg",
    "hip_density": "hip_density",
    "spine_density": "spine_density",
    "bone_size": "bone_size",
    "degeneration": "degeneration",
}
"""Column to attribute; sex apart, and everything else is clinical."""

_NEEDED = ("identifier", "seed", "sex", "age", "standing_height", "weight")


def row_of(person: Person) -> Row:
    """A person as a row of the manifest."""
    own: Row = {column: getattr(person, attribute) for column, attribute in _OF_PERSON.items()}
    own["sex"] = int(person.sex == "male")
    return {**own, **person.clinical}


def person_of(row: Mapping[str, ClinicalValue]) -> Person:
    """A row of the manifest as a person.

    Raises:
        PopulationError: A row without identifier, seed, sex, age, height or weight.
    """
    if missing := [name for name in _NEEDED if row.get(name) is None]:
        raise PopulationError(f"A row of the manifest lacks {missing[0]}: a person needs {', '.join(_NEEDED)}.")
    own = {attribute: row[column] for column, attribute in _OF_PERSON.items() if row.get(column) is not None}
    clinical = {name: value for name, value in row.items() if name not in _OF_PERSON and name != "sex"}
    return Person(sex="male" if row["sex"] == 1 else "female", clinical=clinical, **cast(dict, own))


def write_manifest(rows: Iterable[Mapping[str, ClinicalValue]], path: Path) -> None:
    """Write rows as CSV (UTF-8): the schema's columns that the rows hold, then all others.

    Raises:
        UnwritableFileError: The file cannot be written.
    """
    rows, columns = list(rows), manifest_columns()
    held = dict.fromkeys(name for row in rows for name in row)
    header = [name for name in columns if name in held] + [name for name in held if name not in columns]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows([_cell(name, row.get(name)) for name in header] for row in rows)
    except OSError as error:
        raise UnwritableFileError(f"The manifest “{path}” cannot be written: {error.strerror}.") from error


def read_manifest(path: Path) -> list[Row]:
    """Rows of a manifest, each cell as its column says; unknown columns are kept as text.

    Raises:
        UnreadableFileError: No such file, or no CSV text.
        PopulationError: A cell that its column does not allow, with its line.
    """
    return [_row(line, f"{path.name}, line {number}") for number, line in read_table(path, "manifest")]


def _cell(name: str, value: ClinicalValue) -> str:
    column = manifest_columns().get(name)
    return ("" if value is None else str(value)) if column is None else column.text(value)


def _row(line: dict[str, str], where: str) -> Row:
    if None in line or None in line.values():
        raise PopulationError(f"{where}: this line has not as many cells as the heading.")
    columns = manifest_columns()
    try:
        return {name: columns[name].value(cell) if name in columns else cell or None for name, cell in line.items()}
    except PopulationError as error:
        raise PopulationError(f"{where}: {error}") from None
