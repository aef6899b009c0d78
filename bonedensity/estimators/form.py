"""What an estimator asks besides the radiograph, so that a window can show a form for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bonedensity.errors import ModelError


@dataclass(frozen=True, slots=True)
class MetadataField:
    """One entry of an estimator's form.

    Attributes:
        name: Key in the metadata.
        title: As shown to people.
        kind: "choice" is one of `choices`, "number" lies between `low` and `high`.
        choices: Value to its title, for a choice; the first is the default.
        unit: Of a number, as printed.
        low: Least number.
        high: Greatest number.
        default: Of a number; None where it has to be given.
        tip: What it is for, one sentence.
    """

    name: str
    title: str
    kind: Literal["choice", "number"] = "choice"
    choices: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    default: float | None = None
    tip: str = ""

    def checked(self, value: Any) -> Any:
        """A value as this entry takes it; None and "" give the default.

        Raises:
            ModelError: Not one of the choices, no number, outside the limits, or missing.
        """
        if self.kind == "choice":
            chosen = next(iter(self.choices)) if value is None else str(value)
            if chosen not in self.choices:
                raise ModelError(f"“{self.title}” is {chosen}; it must be one of {', '.join(self.choices.values())}.")
            return chosen
        number = self.default if value in (None, "") else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ModelError(
                f"“{self.title}” is missing: give a number from {self.low:g} to {self.high:g} {self.unit}."
            )
        if not self.low <= number <= self.high:
            raise ModelError(f"“{self.title}” is {number:g}; it must lie in {self.low:g}-{self.high:g} {self.unit}.")
        return float(number)
