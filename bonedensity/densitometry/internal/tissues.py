"""Attenuation of the tissues that an internal calibration rests on."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

BONE_POROSITY = 0.08
"""Share of a shaft's compact bone that is pores: 5 to 12 % from youth to age."""


@cache
def _table() -> dict[str, Any]:
    text = resources.files("bonedensity.densitometry").joinpath("data/tissue_attenuation.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def energies() -> tuple[float, float]:
    """Lowest and highest tabulated energy (keV)."""
    tabulated = _table()["energy_kev"]
    return float(tabulated[0]), float(tabulated[-1])


def mass_attenuation(material: str, energy_kev: float) -> float:
    """Mass attenuation coefficient (cm²/g), log-log interpolated."""
    table = _table()
    values = np.log(table["materials"][material]["mass_attenuation"])
    return float(np.exp(np.interp(np.log(energy_kev), np.log(table["energy_kev"]), values)))


def attenuation(tissue: str, energy_kev: float, *, porosity: float = BONE_POROSITY) -> float:
    """Linear attenuation coefficient (1/cm) of a tissue as it is in the body.

    Args:
        tissue: "air", "adipose", "muscle", "blood", "water" or "cortical_bone".
        energy_kev: Photon energy.
        porosity: Of the bone; its pores attenuate like muscle.
    """
    own = mass_attenuation(tissue, energy_kev) * float(_table()["materials"][tissue]["density"])
    if tissue != "cortical_bone":
        return own
    return (1 - porosity) * own + porosity * attenuation("muscle", energy_kev)


def mineral_attenuation(energy_kev: float) -> float:
    """What 1 mg/cm³ of hydroxyapatite adds to water's attenuation (1/cm), less the water whose place it takes."""
    density = float(_table()["materials"]["hydroxyapatite"]["density"])
    added = mass_attenuation("hydroxyapatite", energy_kev) - attenuation("water", energy_kev) / density
    return added / 1000
