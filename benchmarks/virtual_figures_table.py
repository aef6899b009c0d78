"""A figure with what is required of it, and how a list of them is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        what: It is.
        value: Measured.
        low: Least that is required.
        high: Most that is required.
        digits: Behind the point.
        unit: Of all three.
        spread: What else is known of it: interval, number of people, spread.
        source: Where the requirement comes from.
    """

    what: str
    value: float
    low: float
    high: float
    digits: int = 3
    unit: str = ""
    spread: str = ""
    source: str = ""
    met: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "met", bool(self.low <= self.value <= self.high))

    @property
    def required(self) -> str:
        """The band as text."""
        if self.low == float("-inf"):
            return f"at most {self.high:.{self.digits}f}"
        if self.high == float("inf"):
            return f"at least {self.low:.{self.digits}f}"
        return f"{self.low:.{self.digits}f} to {self.high:.{self.digits}f}"

    @property
    def measured(self) -> str:
        """The number, its unit and its spread as text."""
        text = f"{self.value:.{self.digits}f}{f' {self.unit}' if self.unit else ''}"
        return f"{text} ({self.spread})" if self.spread else text

    def to_json(self) -> dict:
        """Without infinities."""
        values = asdict(self)
        return {key: None if value in (float("inf"), float("-inf")) else value for key, value in values.items()}


def print_figures(title: str, figures: Sequence[Figure]) -> None:
    """One line each, with what is required and whether it is met."""
    print(f"\n{title}")
    for figure in figures:
        mark = "  " if figure.met else "! "
        print(f"{mark}{figure.what:<66} {figure.measured:<52} required {figure.required}")


def markdown(figures: Sequence[Figure]) -> str:
    """The same as a table for the documentation."""
    lines = ["| figure | measured | required | |", "|---|---|---|---|"]
    lines += [f"| {f.what} | {f.measured} | {f.required} | {'met' if f.met else 'missed'} |" for f in figures]
    return "\n".join(lines)
