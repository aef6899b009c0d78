"""Calibration by internal references: the energy at which the tissues' HU fit their known attenuation best.

After Michalski et al. (Med Eng Phys 2020;78:55), with two differences. HU are regressed on the linear attenuation
coefficient, with which they are linear by definition, not on the mass coefficient. And mineral is hydroxyapatite that
displaces water, so that the result is a straight line on the scale of CHA phantoms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.checks import check_hounsfield
from bonedensity.densitometry.internal.references import Reference, tissue_references
from bonedensity.densitometry.internal.tissues import BONE_POROSITY, attenuation, energies, mineral_attenuation
from bonedensity.errors import CalibrationError
from bonedensity.imaging import LabelMap, Volume

STEP_KEV = 0.5
"""Of the search for the effective energy."""

BONE_SPREAD = 0.05
"""Standard uncertainty of the compact bone's content, relative: porosity, mineralisation, and blur of the cortex."""

INTERCEPT_UNCERTAINTY_MG_CM3 = 10.0
"""The tissue between the mineral is taken for water; fatty marrow differs by some -80 to 0 HU."""

CONTRAST_BLOOD_HU = 90.0
"""Blood above holds contrast medium."""


@dataclass(frozen=True, slots=True, eq=False)
class InternalCalibration:
    """A calibration by the patient's own tissues.

    Attributes:
        calibration: The line, with its uncertainty.
        effective_kev: Effective energy of the scan.
        r_squared: Of HU on attenuation at that energy.
        references: Tissue to HU.
        notes: Doubts, one sentence each.
    """

    calibration: Calibration
    effective_kev: float
    r_squared: float
    references: Mapping[str, float]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "effective_kev": self.effective_kev,
            "r_squared": self.r_squared,
            "references_hu": dict(self.references),
            "notes": list(self.notes),
        }


def calibrate_internally(ct: Volume, labels: LabelMap | None = None) -> InternalCalibration:
    """Calibrate a CT by its air, fat, muscle, compact bone and, where labelled, blood.

    Args:
        ct: In HU.
        labels: On the same grid, for blood.

    Raises:
        CalibrationError: Not in HU, a tissue is missing, or the tissues fit no diagnostic energy.
        GeometryError: Voxels that are not finite.
    """
    check_hounsfield(ct)
    return calibrate_by_references(tissue_references(ct, labels))


def calibrate_by_references(references: Reference) -> InternalCalibration:
    """The same from tissues' HU that were measured elsewhere.

    Args:
        references: Tissue ("air", "adipose", "muscle", "blood", "cortical_bone") to HU; at least three.

    Raises:
        CalibrationError: The tissues fit no diagnostic energy.
    """
    notes = []
    used = dict(references)
    if used.get("blood", 0.0) > CONTRAST_BLOOD_HU:
        notes.append(
            f"The blood has {used.pop('blood'):.0f} HU, so the scan holds contrast medium: densities come out too high."
        )
    energy, r_squared = _effective_energy(used, BONE_POROSITY)
    slope, intercept = _line(used, energy, BONE_POROSITY)
    apart = [_line(used, _effective_energy(used, porosity)[0], porosity)[0] for porosity in _porosities(energy)]
    calibration = Calibration(
        slope,
        intercept,
        source="internal",
        slope_uncertainty=abs(apart[1] - apart[0]) / 2 / slope,
        intercept_uncertainty=INTERCEPT_UNCERTAINTY_MG_CM3,
    )
    return InternalCalibration(calibration, energy, r_squared, dict(references), tuple(notes))


def _porosities(energy: float) -> tuple[float, float]:
    """Porosities at which the compact bone attenuates one standard uncertainty more and less."""
    at = attenuation("cortical_bone", energy)

    def away(porosity: float, share: float) -> float:
        return attenuation("cortical_bone", energy, porosity=porosity) / at - share

    return (
        float(brentq(away, -0.3, 0.5, args=(1 + BONE_SPREAD,))),
        float(brentq(away, -0.3, 0.5, args=(1 - BONE_SPREAD,))),
    )


def _effective_energy(references: Reference, porosity: float) -> tuple[float, float]:
    """Energy (keV) of the greatest R² between HU and attenuation, and that R²."""
    low, high = energies()
    grid = np.arange(low, high + STEP_KEV / 2, STEP_KEV)
    fits = np.array([_r_squared(references, energy, porosity) for energy in grid])
    best = int(np.argmax(fits))
    if best in (0, len(grid) - 1):
        raise CalibrationError(
            f"The tissues' HU ({', '.join(f'{k} {v:.0f}' for k, v in references.items())}) fit no energy between "
            f"{low:.0f} and {high:.0f} keV: the scan is not in HU, or holds no compact bone."
        )
    return float(grid[best]), float(fits[best])


def _r_squared(references: Reference, energy: float, porosity: float) -> float:
    mu, hu = _points(references, energy, porosity)
    return float(np.corrcoef(mu, hu)[0, 1] ** 2)


def _points(references: Reference, energy: float, porosity: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mu = [attenuation(tissue, energy, porosity=porosity) for tissue in references]
    return np.array(mu), np.array(list(references.values()))


def _line(references: Reference, energy: float, porosity: float) -> tuple[float, float]:
    """Slope and intercept from HU to mg/cm³."""
    per_attenuation, at_zero = np.polyfit(*_points(references, energy, porosity), 1)
    slope = 1 / (per_attenuation * mineral_attenuation(energy))
    water_hu = per_attenuation * attenuation("water", energy) + at_zero
    return float(slope), float(-slope * water_hu)
