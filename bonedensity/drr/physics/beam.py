"""The primary beam: what of the tube's photons passes the patient unscattered, and where the tube sends them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.drr.physics.materials import MaterialPaths
from bonedensity.drr.physics.settings import XraySettings
from bonedensity.drr.spectrum import tube_spectrum


def primary_transmission(paths: MaterialPaths, settings: XraySettings) -> NDArray[np.float64]:
    """Share of the open beam's energy that arrives unscattered: sum over energies of w(E) exp(-sum over m of mu_m L_m).

    Args:
        paths: Lengths (mm) by material, each (rows, columns); at least one.
        settings: Of these the tube voltage, or the single energy.
    """
    energies, weights = beam_energies(settings)
    lengths = {material: np.asarray(length, dtype=np.float64) for material, length in paths.items()}
    shape = next(iter(lengths.values())).shape
    primary = np.zeros(shape)
    for energy, weight in zip(energies, weights, strict=True):
        path = np.zeros(shape)
        for material, length in lengths.items():
            path += linear_attenuation(material, energy) * length
        primary += weight * np.exp(-path)
    return primary


def beam_energies(settings: XraySettings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies (keV) and the share of the open beam's energy in each, sum 1: the detector integrates energy."""
    if settings.energy_kev is not None:
        return np.array([settings.energy_kev]), np.ones(1)
    energies, share_of_photons = tube_spectrum(settings.kvp)
    weights = share_of_photons * energies
    return energies, weights / weights.sum()


def heel_profile(shape: tuple[int, int], settings: XraySettings) -> NDArray[np.float64]:
    """Open beam relative to the image's centre, (rows, columns): it falls towards the anode (heel effect).

    (1 - h ((1 + s) / 2)²) / (1 - h / 4), with s from -1 at the cathode's edge of the image to 1 at the anode's.
    """
    if settings.heel == 0:
        return np.ones(shape)
    angle = np.deg2rad(settings.anode_direction_deg)
    rows, columns = shape
    v, u = np.meshgrid(np.arange(rows) - (rows - 1) / 2, np.arange(columns) - (columns - 1) / 2, indexing="ij")
    along = u * np.cos(angle) + v * np.sin(angle)
    s = along / max(float(np.abs(along).max()), 1e-9)
    return np.asarray((1 - settings.heel * ((1 + s) / 2) ** 2) / (1 - settings.heel / 4))
