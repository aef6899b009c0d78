"""Hounsfield units at a scanner's effective energy, and the true calibration that follows from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.calibration import Material
from bonedensity.drr.attenuation import linear_attenuation, mass_attenuation
from bonedensity.virtual.painted import CRYSTAL_MG_CM3

TUBE_KV = (70.0, 90.0, 120.0, 140.0)
EFFECTIVE_KEV = (50.7, 59.6, 70.3, 75.7)
"""Mean energy behind 20 cm of water (SpekPy, 3 mm Al); that of 140 kV is carried on from the others."""

PAINTED_KEV = 70.3
"""Soft tissue is painted in HU at 120 kVp."""

DENSE_HU = 150.0
"""Soft tissue above this (calcified plaque, metal) gains contrast at low energies as bone mineral does."""

PLATE_KEV = (60.0, 65.0, 70.0, 75.0, 80.0)
PLATE_K2HPO4 = (0.676, 0.772, 0.867, 0.959, 1.046)
PLATE_CHA = (0.603, 0.685, 0.765, 0.842, 0.915)
"""mg/cm³ per HU of dipotassium phosphate and of CHA by energy (XrayDB); their ratio is used."""


def effective_kev(kvp: float) -> float:
    """Effective energy (keV) of a CT's beam behind a body, by tube voltage (kV)."""
    return float(np.interp(kvp, TUBE_KV, EFFECTIVE_KEV))


def hu_per_mineral(kev: float) -> float:
    """HU that 1 mg/cm³ of CHA adds to water whose place it takes."""
    return mass_attenuation("hydroxyapatite", kev) / mass_attenuation("water", kev) - 1000.0 / CRYSTAL_MG_CM3


def true_slope(kev: float, material: Material = "CHA") -> float:
    """mg/cm³ per HU of a phantom's material in water."""
    slope = 1.0 / hu_per_mineral(kev)
    return slope if material == "CHA" else slope * k2hpo4_over_cha(kev)


def k2hpo4_over_cha(kev: float) -> float:
    """mg/cm³ of dipotassium phosphate that attenuate as 1 mg/cm³ of CHA."""
    return float(np.interp(kev, PLATE_KEV, np.divide(PLATE_K2HPO4, PLATE_CHA)))


def soft_hu_at(painted_hu: NDArray[np.float32], kev: float) -> NDArray[np.float32]:
    """Soft tissue's HU at another energy than the one it is painted at: fat grows darker at low energies.

    Args:
        painted_hu: At 120 kVp.
        kev: Effective energy.
    """
    fat, muscle = _shift("adipose", kev), _shift("soft_tissue", kev)
    gain = hu_per_mineral(kev) / hu_per_mineral(PAINTED_KEV)
    brightest = 30000.0
    at = [-1000.0, -100.0, 50.0, DENSE_HU, brightest]
    shown = [-1000.0, -100.0 + fat, 50.0 + muscle, DENSE_HU + muscle, DENSE_HU + muscle + gain * (brightest - DENSE_HU)]
    return np.interp(painted_hu, at, shown).astype(np.float32)


def hu_of(soft_hu: NDArray[np.float32], mineral: NDArray[np.float32], kev: float) -> NDArray[np.float32]:
    """HU of voxels of soft tissue and mineral (mg/cm³), which takes the place of some soft tissue."""
    crystal = np.float32(mass_attenuation("hydroxyapatite", kev) / mass_attenuation("water", kev))
    free = 1 - mineral / np.float32(CRYSTAL_MG_CM3)
    return (soft_hu + np.float32(1000)) * free + crystal * mineral - np.float32(1000)


def _shift(tissue: str, kev: float) -> float:
    """Change of a tissue's HU from the energy it is painted at."""
    ratios = [linear_attenuation(tissue, e) / linear_attenuation("water", e) for e in (kev, PAINTED_KEV)]
    return 1000.0 * (ratios[0] - ratios[1])
