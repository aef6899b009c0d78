"""A tube spectrum in a few energy bins: enough for beam hardening."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.errors import GeometryError

FILTRATION_MM_AL = 4.0
"""Filtration of a diagnostic tube (mm aluminium): 3 mm inherent and added, and about 1 mm for the anode itself."""

LOWEST_KEV = 20.0
HIGHEST_KVP = 120.0


def tube_spectrum(kvp: float, *, bins: int = 5) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies (keV) and the share of photons in each bin, sum 1.

    Bremsstrahlung by Kramers' law behind 4 mm of aluminium, without characteristic lines.

    Args:
        kvp: Tube voltage (kV), 50 to 120.
        bins: Number of energy bins.

    Raises:
        GeometryError: A voltage outside the tabulated attenuation.
    """
    if not 50 <= kvp <= HIGHEST_KVP:
        raise GeometryError(
            f"The tube voltage {kvp} kV is outside 50 to {HIGHEST_KVP:.0f} kV, for which tables are held."
        )
    edges = np.linspace(LOWEST_KEV, kvp, bins * 20 + 1)
    energy = (edges[:-1] + edges[1:]) / 2
    filtered = [np.exp(-FILTRATION_MM_AL * linear_attenuation("aluminium", e)) for e in energy]
    photons = ((kvp - energy) / energy * filtered).reshape(bins, -1)
    mean_energy = (photons * energy.reshape(bins, -1)).sum(axis=1) / photons.sum(axis=1)
    return mean_energy, photons.sum(axis=1) / photons.sum()
