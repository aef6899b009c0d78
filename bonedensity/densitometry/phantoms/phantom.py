"""What a phantom is: rods of known density in a row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from bonedensity.densitometry.calibration import Material
from bonedensity.errors import CalibrationError


@dataclass(frozen=True, slots=True)
class Phantom:
    """A row of equal, parallel, equally spaced rods.

    Attributes:
        name: As typed.
        title: As shown to people.
        material: What its densities are of.
        densities: Of the rods in order (mg/cm³).
        pitch_mm: Least and greatest distance between neighbours that is searched.
        diameter_mm: Least and greatest diameter that is searched.
        source: Where the densities come from.
        water_equivalents: Of the rods (mg/cm³), for a two-parameter fit; None for an ordinary line.
        sigma: Maker's correction of the two-parameter slope (HU per mg/cm³).
        beta: Maker's correction of the two-parameter intercept (HU).
    """

    name: str
    title: str
    material: Material
    densities: tuple[float, ...]
    pitch_mm: tuple[float, float]
    diameter_mm: tuple[float, float]
    source: str
    water_equivalents: tuple[float, ...] | None = None
    sigma: float = 0.0
    beta: float = 0.0

    def __post_init__(self) -> None:
        rods = len(self.densities)
        if rods < 2 or (self.water_equivalents is not None and len(self.water_equivalents) != rods):
            raise CalibrationError(f"The phantom “{self.name}” is not described whole: it needs two or more rods.")


@cache
def phantoms() -> dict[str, Phantom]:
    """The known phantoms by name."""
    text = resources.files("bonedensity.densitometry").joinpath("data/phantoms.json").read_text("utf-8")
    rows = json.loads(text)["phantoms"]
    return {name: Phantom(name=name, **{k: _frozen(v) for k, v in row.items()}) for name, row in rows.items()}


def phantom_named(name: str) -> Phantom:
    """A known phantom; capitals do not matter.

    Raises:
        CalibrationError: No such phantom.
    """
    for known, phantom in phantoms().items():
        if known.lower() == name.lower():
            return phantom
    raise CalibrationError(
        f"There is no phantom “{name}”: give one of {', '.join(phantoms())}, or slope and intercept as 0.78,-4.2."
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
