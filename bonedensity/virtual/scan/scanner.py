"""What a CT depends on beside the body: tube, kernel, slices, noise, table and phantom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonedensity.errors import GeometryError
from bonedensity.virtual.scan.phantom import PHANTOMS

SOFT_KERNEL, BONE_KERNEL = (0.9, 0.2), (0.55, 0.6)
"""Point spread (full width at half maximum, mm) and peak of the noise's power spectrum (1/mm); anatomy sheet, 7.3."""


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """One protocol.

    Attributes:
        kvp: Tube voltage (kV), 80 to 140; it sets the true slope from HU to density.
        pixel_mm: Distance of pixels within a slice (mm).
        slice_mm: Thickness of a slice (mm).
        step_mm: Distance of slices (mm).
        psf_mm: Full width at half maximum of the point spread within a slice (mm).
        noise_hu: Standard deviation of the noise in the middle of the body (HU).
        noise_peak_per_mm: Where the noise's power is greatest (1/mm); at zero frequency there is none.
        hardening: Share of the beam hardening by bone that is left, 0 to 1.
        cupping: Share of the cupping by soft tissue that the scanner leaves uncorrected, 0 to 1.
        table: Whether the patient lies on one.
        phantom: A name in `PHANTOMS`, or none.
        phantom_tilt_deg: Turn of the phantom about the patient's left-right and front-back axes (degrees).
        z_range_mm: Lowest and highest slice (LPS mm) of a scan that covers part of the body; None for all.
    """

    kvp: float = 120.0
    pixel_mm: float = 1.5
    slice_mm: float = 1.5
    step_mm: float = 1.5
    psf_mm: float = SOFT_KERNEL[0]
    noise_hu: float = 12.0
    noise_peak_per_mm: float = SOFT_KERNEL[1]
    hardening: float = 1.0
    cupping: float = 0.1
    table: bool = True
    phantom: str | None = "B-MAS200"
    phantom_tilt_deg: tuple[float, float] = (0.0, 0.0)
    z_range_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not 80 <= self.kvp <= 140:
            raise GeometryError(f"The CT's tube voltage is {self.kvp:g} kV; give 80 to 140 kV.")
        if min(self.pixel_mm, self.slice_mm, self.step_mm) < 0.3 or max(self.pixel_mm, self.step_mm) > 10:
            raise GeometryError("The CT's pixels and slices must measure 0.3 to 10 mm.")
        if self.noise_hu < 0 or self.psf_mm < 0 or self.noise_peak_per_mm <= 0:
            raise GeometryError("The CT's noise and blur must not be negative, and its noise needs a peak above 0/mm.")
        if self.phantom is not None and self.phantom not in PHANTOMS:
            raise GeometryError(f"The phantom “{self.phantom}” is not known; choose {', '.join(PHANTOMS)} or none.")


def random_scanner(
    rng: np.random.Generator, *, bmi: float = 25.0, pixel_mm: float = 1.5, step_mm: float = 1.5
) -> ScannerSettings:
    """A protocol as they vary between departments (anatomy sheet, 7.3): 12 HU of noise at 1.5 mm and BMI 23.

    Args:
        rng: Same state, same protocol.
        bmi: Of the person (kg/m²): noise doubles with 10 cm more of body, about 13 units.
        pixel_mm: Distance of pixels (mm).
        step_mm: Distance and thickness of slices (mm).
    """
    psf, peak = BONE_KERNEL if rng.random() < 0.2 else SOFT_KERNEL
    sharp = 2.5 if psf == BONE_KERNEL[0] else 1.0
    noise = 12.0 * sharp * 2 ** ((bmi - 23.0) / 13.0) * float(np.exp(rng.normal(0.0, 0.2)))
    return ScannerSettings(
        kvp=float(rng.choice([100.0, 120.0, 120.0, 120.0, 140.0])),
        pixel_mm=pixel_mm,
        slice_mm=step_mm,
        step_mm=step_mm,
        psf_mm=psf * float(rng.uniform(0.9, 1.15)),
        noise_hu=float(np.clip(noise, 5.0, 80.0)),
        noise_peak_per_mm=peak * float(rng.uniform(0.8, 1.2)),
        hardening=float(rng.uniform(0.5, 1.0)),
        cupping=float(rng.uniform(0.03, 0.15)),
        phantom_tilt_deg=(float(rng.normal(0.0, 1.0)), float(rng.normal(0.0, 1.0))),
    )
