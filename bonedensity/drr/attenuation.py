"""Tabulated attenuation of tissues; the table is data, shipped with its source."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np


@cache
def _table() -> dict[str, Any]:
    text = resources.files("bonedensity.drr").joinpath("data/attenuation.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def mass_attenuation(material: str, energy_kev: float) -> float:
    """Mass attenuation coefficient (cm²/g), log-log interpolated; energies from 20 to 120 keV.

    Args:
        material: A name in `data/attenuation.json`, such as "cortical_bone".
        energy_kev: Photon energy (keV).
    """
    table = _table()
    energies = np.log(table["energy_kev"])
    values = np.log(table["materials"][material]["mass_attenuation"])
    return float(np.exp(np.interp(np.log(energy_kev), energies, values)))


def linear_attenuation(material: str, energy_kev: float) -> float:
    """Linear attenuation coefficient (1/mm) at the material's tabulated density."""
    density = _table()["materials"][material]["density"]
    return mass_attenuation(material, energy_kev) * float(density) / 10.0
