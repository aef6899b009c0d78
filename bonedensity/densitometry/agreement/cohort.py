"""Two methods' values from a cohort's table."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import StatisticsError
from bonedensity.imaging.read_table import read_table


def numeric_columns(path: Path) -> list[str]:
    """Headings of a table whose filled cells are all numbers.

    Raises:
        UnreadableFileError: No such file, or no text.
    """
    rows = [row for _, row in read_table(path, "cohort's table")]
    names = [name for name in (rows[0] if rows else {}) if name]
    return [
        name for name in names if any(_number(row.get(name)) is not None for row in rows) and _all_numbers(rows, name)
    ]


def paired_columns(path: Path, reference: str, estimate: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The values of two columns where both have one.

    Args:
        path: CSV or TSV.
        reference: Heading of the method compared against.
        estimate: Heading of the method under study.

    Raises:
        UnreadableFileError: No such file, or no text.
        StatisticsError: A heading that is not there.
    """
    rows = [row for _, row in read_table(path, "cohort's table")]
    known = list(rows[0]) if rows else []
    for name in (reference, estimate):
        if name not in known:
            raise StatisticsError(
                f"“{path.name}” has no column “{name}”; it has {', '.join(map(str, known)) or 'none'}."
            )
    pairs = [(_number(row[reference]), _number(row[estimate])) for row in rows]
    both = np.array([(x, y) for x, y in pairs if x is not None and y is not None], dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _all_numbers(rows: list[dict[str, str]], name: str) -> bool:
    return all(_number(row.get(name)) is not None for row in rows if (row.get(name) or "").strip())


def _number(cell: str | None) -> float | None:
    try:
        value = float((cell or "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None
