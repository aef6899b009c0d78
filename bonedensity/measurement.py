"""A measured value with its unit, its uncertainty and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number that a user may quote.

    Attributes:
        name: What was measured, such as "aBMD of the femoral neck".
        value: The number, in `unit`.
        unit: Unit as printed, such as "g/cm²".
        uncertainty: Standard uncertainty (1 SD) in `unit`; None where it is not known.
        provenance: What the number rests on (files, calibration, pose, region); JSON values only.
    """

    name: str
    value: float
    unit: str
    uncertainty: float | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The value with as many digits as its uncertainty bears."""
        if self.uncertainty is None:
            return f"{self.value:.3g} {self.unit}".rstrip()
        return f"{self.value:.3f} ± {self.uncertainty:.3f} {self.unit}".rstrip()

    def to_json(self) -> dict[str, Any]:
        """The measurement as a JSON object."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "uncertainty": self.uncertainty,
            "provenance": self.provenance,
        }
