"""The columns of a manifest: name, unit, meaning, allowed values. One list, in data/manifest_columns.json."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.person import ClinicalValue

Kind = Literal["number", "integer", "text", "level", "flag"]


@dataclass(frozen=True, slots=True)
class ManifestColumn:
    """One column.

    Attributes:
        name: Heading.
        unit: Unit; empty where there is none.
        kind: How a cell is read: a level is one of `levels`, a flag is 0 or 1.
        meaning: For people.
        decimals: Digits written after the point, for numbers.
        levels: Allowed words of a level, lowest first.
    """

    name: str
    unit: str
    kind: Kind
    meaning: str
    decimals: int = 4
    levels: tuple[str, ...] = ()

    def text(self, value: ClinicalValue) -> str:
        """A cell; empty for None."""
        if value is None:
            return ""
        if self.kind == "number":
            return f"{float(value):.{self.decimals}f}"
        return str(int(value)) if self.kind in ("integer", "flag") else str(value)

    def value(self, cell: str) -> ClinicalValue:
        """What a cell says; None where it is empty.

        Raises:
            PopulationError: A cell that the column does not allow.
        """
        if (cell := cell.strip()) == "":
            return None
        try:
            return self._value(cell)
        except ValueError:
            raise PopulationError(f"{self.name} is “{cell}”: {self._allowed()}.") from None

    def _value(self, cell: str) -> ClinicalValue:
        if self.kind == "text":
            return cell
        if self.kind == "level":
            return cell if cell in self.levels else self.levels[_whole(cell, below=len(self.levels))]
        if self.kind == "flag":
            return bool(_whole(cell, below=2))
        if self.kind == "integer":
            return _whole(_SEX_WORDS.get(cell.lower(), cell) if self.name == "sex" else cell)
        if not math.isfinite(number := float(cell)):
            raise ValueError
        return number

    def _allowed(self) -> str:
        if self.kind == "level":
            return f"give {', '.join(self.levels)}"
        return {"flag": "give 0 or 1", "integer": "give a whole number"}.get(self.kind, f"give a number ({self.unit})")


_SEX_WORDS = {"f": "0", "female": "0", "m": "1", "male": "1"}


def _whole(cell: str, *, below: int | None = None) -> int:
    number = float(cell) if "." in cell else int(cell)
    if number != int(number) or (below is not None and not 0 <= number < below):
        raise ValueError
    return int(number)


@cache
def manifest_columns() -> dict[str, ManifestColumn]:
    """All columns by name, in the order of the manifest."""
    path = resources.files("bonedensity.virtual.population").joinpath("data/manifest_columns.json")
    rows = json.loads(path.read_text("utf-8"))["columns"]
    return {row["name"]: ManifestColumn(**{**row, "levels": tuple(row.get("levels", ()))}) for row in rows}
