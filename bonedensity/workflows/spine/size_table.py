"""The table of sizes as text: baseline, what would be, change, unit and interval, with the digits that bear meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bonedensity.workflows.spine.results import Answer

DIGITS = 3
"""Of a size; its change has as many decimals."""

DENSITY_DECIMALS = 3
"""As densitometers print them."""

DENSITY_NAME = "BMD by grey (synthetic)"


@dataclass(frozen=True, slots=True)
class SizeTexts:
    """One line.

    Attributes:
        name: What is measured.
        before: As observed.
        after: As it would be.
        change: With its sign.
        unit: Of all of these.
        interval: 95 % of `after`, or "".
    """

    name: str
    before: str
    after: str
    change: str
    unit: str
    interval: str = ""


def size_texts(answer: Answer | None) -> list[SizeTexts]:
    """Morphometry, and the brightness-derived density, which is synthetic; nothing while a slider moves."""
    if answer is None or not answer.full:
        return []
    lines = []
    for row in answer.rows:
        decimals = _decimals(row["baseline"])
        line = _line(row["name"], row["baseline"], row["counterfactual"], row["unit"], decimals)
        ends = row["low"], row["high"]
        lines.append(line if None in ends else replace(line, interval="–".join(f"{end:.{decimals}f}" for end in ends)))
    if answer.density is not None:
        lines.append(_line(DENSITY_NAME, *answer.density, "g/cm²", DENSITY_DECIMALS))
    return lines


def _decimals(value: float) -> int:
    if not value or not math.isfinite(value):
        return DIGITS
    return max(0, DIGITS - 1 - math.floor(math.log10(abs(value))))


def _line(name: str, before: float, after: float, unit: str, decimals: int) -> SizeTexts:
    change = f"{after - before:+.{decimals}f}"
    changed = change if float(change) else "0"
    return SizeTexts(name, f"{before:.{decimals}f}", f"{after:.{decimals}f}", changed, unit)
