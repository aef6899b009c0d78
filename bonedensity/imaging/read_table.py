"""Rows of a table of people, as spreadsheets and cohorts write it."""

from __future__ import annotations

import csv
from pathlib import Path

from bonedensity.errors import UnreadableFileError


def read_table(path: Path, what: str = "table") -> list[tuple[int, dict[str, str]]]:
    """Line number and cells by heading of every row; commas, or tabs where the heading has some.

    Args:
        path: CSV or TSV, UTF-8 with or without a byte order mark.
        what: What messages call it.

    Raises:
        UnreadableFileError: No such file, or no text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = "\t" if "\t" in file.readline() else ","
            file.seek(0)
            reader = csv.DictReader(file, delimiter=delimiter)
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"The {what} “{path}” cannot be read: {error}.") from None
