"""Attributes of people from tables: our own manifests, and UK Biobank's columns by field number."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonedensity.errors import PopulationError, UnreadableFileError
from bonedensity.generators.chvae.causal.graph import AttributeGraph, Node
from bonedensity.imaging.read_table import read_table

Attributes = dict[str, float]
"""One person at one visit, by attribute, in the graph's units."""

FIELD = re.compile(r"^(?:f\.|p)?(\d{2,5})(?:[-._](?:i)?(\d))?(?:[._](?:a)?\d+)?$")
"""UK Biobank's column names: 21003-2.0, p21003_i2, f.21003.2.0, 21003."""

FIRST_IMAGING = 2
"""UK Biobank's instance of the first imaging visit; 3 is the repeat."""

IMAGE_COLUMNS = ("dxa", "dxa_spine_lunar_dicom", "dxa_spine_lunar", "image")
IMAGE_FIELD = 20158
PERSON_COLUMNS = ("identifier", "eid", "person")

SYNONYMS: dict[str, tuple[str, ...]] = {
    "standing_height": ("height", "height_cm"),
    "weight": ("weight_kg",),
    "l1_l4_width": ("width",),
    "l1_l4_area": ("area",),
}
"""Further names of columns."""

SEXES = {"f": 0.0, "female": 0.0, "woman": 0.0, "m": 1.0, "male": 1.0, "man": 1.0}

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table.

    Attributes:
        person: Identifier, the same at every visit.
        visit: 0 first, 1 repeat.
        attributes: In the graph's units.
        image: Path of the DXA; None where there is none.
    """

    person: str
    visit: int
    attributes: Attributes
    image: Path | None


def attributes_of(row: Row, graph: AttributeGraph, where: str, *, instance: int = FIRST_IMAGING) -> Attributes:
    """The graph's attributes from a row.

    Where a scan's own measurements stand in the row (`dxa_spine_lunar_l1_l4_width` …), these are taken: they are what
    is visible, and what UK Biobank's fields 23200 to 23202 hold.

    Args:
        row: Cells by column.
        graph: Which attributes are needed.
        where: For messages, such as a file and line.
        instance: Visit of UK Biobank's columns.

    Raises:
        PopulationError: An attribute is missing, no number, or one that nobody has.
    """
    found: Attributes = {}
    for node in graph.nodes:
        cell = _cell(row, node, instance)
        if cell is None or str(cell).strip() == "":
            raise PopulationError(f"{where} lacks {node.name}: give it{f' in {node.unit}' if node.unit else ''}.")
        try:
            value = SEXES.get(str(cell).strip().lower()) if node.name == "sex" else None
            found[node.name] = float(str(cell)) if value is None else value
        except ValueError:
            raise PopulationError(f"{where}: {node.name} is “{cell}”, which is no number.") from None
        if not math.isfinite(found[node.name]):
            raise PopulationError(f"{where} lacks {node.name}: “{cell}” is no number.")
        try:
            node.check(found[node.name])
        except PopulationError as error:
            raise PopulationError(f"{where}: {error}") from None
    return found


def read_attributes(path: Path, graph: AttributeGraph) -> Attributes:
    """One person's attributes from a JSON object or a table of one row.

    Raises:
        UnreadableFileError: No such file, neither JSON nor a table, or more than one person.
        PopulationError: As `attributes_of`.
    """
    rows = attribute_rows(path)
    if len(rows) != 1:
        raise UnreadableFileError(f"“{path.name}” holds {len(rows)} people: give a table of one, or a JSON object.")
    return attributes_of(rows[0], graph, f"“{path.name}”")


def attribute_rows(path: Path) -> list[dict[str, Any]]:
    """What a table says of each person, or a JSON object of one, as it stands there.

    Raises:
        UnreadableFileError: No such file, or neither JSON nor a table.
    """
    if path.suffix.lower() != ".json":
        return [dict(row) for _, row in read_table(path)]
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"The attributes “{path}” cannot be read: {error}.") from None
    if not isinstance(values, dict):
        raise UnreadableFileError(f"“{path.name}” is no JSON object of attributes such as {{“age”: 63}}.")
    return [values]


def read_records(path: Path, graph: AttributeGraph) -> tuple[list[Record], list[str]]:
    """All rows of a manifest that are complete, and one sentence for each that is not.

    A row of UK Biobank gives two records where the repeat visit's columns are filled. Images are paths in a column
    `dxa` (or `dxa_spine_lunar`), or archives of field 20158 beside the table: <eid>_20158_2_0.zip.

    Raises:
        UnreadableFileError: The table cannot be read, or no row of it is complete.
    """
    records, refused = [], []
    for ordinal, (line, row) in enumerate(read_table(path), start=1):
        where = f"{path.name}, line {line}"
        person = next((row[name] for name in PERSON_COLUMNS if row.get(name)), str(ordinal))
        biobank = any(_field_of(name) is not None for name in row)
        for visit, instance in enumerate((FIRST_IMAGING, FIRST_IMAGING + 1) if biobank else (FIRST_IMAGING,)):
            try:
                found = attributes_of(row, graph, where, instance=instance)
            except PopulationError as error:
                if visit == 0:
                    refused.append(str(error))
                continue
            place = visit if biobank else int(float(row.get("visit") or 0))
            records.append(Record(person, place, found, _image(row, path.parent, person, instance)))
    if not records:
        raise UnreadableFileError(f"“{path.name}” has no complete row: {refused[0] if refused else 'it is empty.'}")
    return records, refused


def _cell(row: Row, node: Node, instance: int) -> object | None:
    names = (f"dxa_spine_lunar_{node.name}", node.name, *SYNONYMS.get(node.name, ()))
    for name in names:
        if row.get(name) not in (None, ""):
            return row[name]
    if node.field:
        # Sex is asked once, at recruitment; everything else belongs to the visit.
        visits = {instance, None, 0} if node.kind == "binary" else {instance, None}
        for name, cell in row.items():
            found = _field_of(name)
            if found is not None and found[0] == node.field and found[1] in visits:
                return cell
    return None


def _field_of(column: str) -> tuple[int, int | None] | None:
    """UK Biobank's field and instance of a column; None for any other column."""
    match = FIELD.match(column)
    if match is None:
        return None
    return int(match[1]), int(match[2]) if match[2] is not None else None


def _image(row: Row, folder: Path, person: str, instance: int) -> Path | None:
    for name in IMAGE_COLUMNS:
        if row.get(name):
            return folder / str(row[name])
    archive = folder / f"{person}_{IMAGE_FIELD}_{instance}_0.zip"
    return archive if archive.is_file() else None
