"""Numbers in plain text, between spaces, commas, semicolons or tabs."""

from __future__ import annotations

import re

from bonedensity.errors import GeometryError

SEPARATORS = re.compile(r"[\s,;]+")
"""What stands between two numbers."""

SHOWN = 40
"""Characters of a bad line that a message repeats."""


def numbers_of_line(line: str) -> list[float]:
    """The numbers of one line.

    Raises:
        GeometryError: Something else than numbers stands there; the message repeats it.
    """
    try:
        return [float(word) for word in SEPARATORS.split(line.strip(" \t\r\n,;[]()")) if word]
    except ValueError:
        raise GeometryError(
            f"“{line.strip()[:SHOWN]}” is not a line of numbers: a calibration file holds plain numbers between spaces "
            "or commas."
        ) from None
