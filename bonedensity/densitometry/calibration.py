"""The straight line from HU to bone density, and whether it is plausible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bonedensity.errors import CalibrationError
from bonedensity.imaging import Volume

Material = Literal["CHA", "K2HPO4"]
"""What a phantom's rods hold: calcium hydroxyapatite or dipotassium phosphate; their scales differ."""

PLAUSIBLE_SLOPE = (0.55, 0.95)
"""mg/cm³ per HU at effective energies of 55 to 85 keV."""

PLAUSIBLE_INTERCEPT = (-40.0, 40.0)
"""mg/cm³ at 0 HU: water holds no bone mineral, but phantoms' zero rods differ by this much."""

NOMINAL_SLOPE = 0.77
"""mg CHA/cm³ per HU at an effective energy of 70 keV, a 120 kVp scan of a body."""

NOMINAL_UNCERTAINTY = 0.10
"""Relative standard uncertainty of an assumed slope: effective energies of 60-80 keV span 0.60-0.92."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """density = slope x HU + intercept.

    Attributes:
        slope: mg/cm³ per HU.
        intercept: mg/cm³ at 0 HU.
        material: Of the phantom.
        source: "given" (by the user), "assumed" (nominal), or a phantom's name.
        slope_uncertainty: Relative standard uncertainty of the slope.
        intercept_uncertainty: Standard uncertainty of the intercept (mg/cm³).
        residual_mg_cm3: Root mean square distance of the phantom's rods from the line; None without rods.
    """

    slope: float
    intercept: float
    material: Material = "CHA"
    source: str = "given"
    slope_uncertainty: float = 0.02
    intercept_uncertainty: float = 3.0
    residual_mg_cm3: float | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope) and np.isfinite(self.intercept)) or self.slope <= 0:
            raise CalibrationError(
                f"The calibration slope {self.slope} and intercept {self.intercept} cannot be: the slope must be "
                "positive (often 0.6-0.9 mg/cm³ per HU)."
            )

    @classmethod
    def nominal(cls) -> Calibration:
        """What a scan without phantom is assumed to have; its numbers are marked as HU-based."""
        return cls(
            NOMINAL_SLOPE, 0.0, source="assumed", slope_uncertainty=NOMINAL_UNCERTAINTY, intercept_uncertainty=10
        )

    @classmethod
    def parse(cls, text: str) -> Calibration:
        """From "SLOPE,INTERCEPT" as typed on a command line.

        Raises:
            CalibrationError: Not two numbers.
        """
        try:
            slope, intercept = (float(part) for part in text.split(","))
        except ValueError:
            raise CalibrationError(
                f"“{text}” is not a calibration: give slope and intercept with a comma between, such as 0.78,-4.2."
            ) from None
        return cls(slope, intercept)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is not plausible about it, one sentence each; empty when all is well."""
        found = []
        low, high = PLAUSIBLE_SLOPE
        if not low <= self.slope <= high:
            found.append(
                f"The calibration slope {self.slope:.3f} mg/cm³ per HU lies outside {low}-{high}, so tube voltage, "
                "phantom or units may be wrong."
            )
        low, high = PLAUSIBLE_INTERCEPT
        if not low <= self.intercept <= high:
            found.append(f"The calibration intercept {self.intercept:.0f} mg/cm³ lies outside {low:.0f} to {high:.0f}.")
        if self.source == "assumed":
            found.append("No phantom: densities rest on an assumed 120 kVp calibration (HU-based, ±10 %).")
        return tuple(found)

    @property
    def plausible(self) -> bool:
        """Whether slope and intercept lie where physics puts them."""
        return PLAUSIBLE_SLOPE[0] <= self.slope <= PLAUSIBLE_SLOPE[1] and (
            PLAUSIBLE_INTERCEPT[0] <= self.intercept <= PLAUSIBLE_INTERCEPT[1]
        )

    def apply(self, ct: Volume) -> Volume:
        """The CT as density in mg/cm³ of the phantom's material.

        Raises:
            CalibrationError: The volume is not in HU.
        """
        if ct.unit != "HU":
            raise CalibrationError(f"“{ct.name}” is in {ct.unit}, not HU: it is calibrated already.")
        array = np.asarray(ct.array, dtype=np.float32) * np.float32(self.slope) + np.float32(self.intercept)
        return ct.with_array(array, unit="mg/cm³")

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "slope": self.slope,
            "intercept": self.intercept,
            "material": self.material,
            "source": self.source,
            "slope_uncertainty": self.slope_uncertainty,
            "intercept_uncertainty_mg_cm3": self.intercept_uncertainty,
            "residual_mg_cm3": self.residual_mg_cm3,
            "plausible": self.plausible,
            "doubts": list(self.doubts),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Calibration:
        """The inverse of `to_json`."""
        return cls(
            slope=float(values["slope"]),
            intercept=float(values["intercept"]),
            material=values.get("material", "CHA"),
            source=str(values.get("source", "given")),
            slope_uncertainty=float(values.get("slope_uncertainty", 0.02)),
            intercept_uncertainty=float(values.get("intercept_uncertainty_mg_cm3", 3.0)),
            residual_mg_cm3=values.get("residual_mg_cm3"),
        )
