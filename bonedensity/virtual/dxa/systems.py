"""DXA systems: energies, beam, pixels and scale (anatomy sheet 7.2, models sheet 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Beam = Literal["narrow", "wide"]
"""narrow: sweeps stitched in the plane of the bone, so nothing is magnified. wide: one fan across the patient."""


@dataclass(frozen=True, slots=True)
class DxaSystem:
    """One model of scanner.

    Attributes:
        name: As on the machine.
        manufacturer: "GE Lunar" or "Hologic"; numbers of the two must not be mixed.
        low_kev: Effective energy of the low beam.
        high_kev: Of the high one.
        beam: How rays run.
        pixel_mm: (row, column) of the raw image.
        photons_per_mm2: Open beam, of each energy, per mm² of the raw image.
        blur_mm: Standard deviation of the point spread.
        spine_scale: Reported over true areal density: manufacturers calibrate to phantoms of their own.
        hip_scale: The same for the hip.
    """

    name: str
    manufacturer: str
    low_kev: float
    high_kev: float
    beam: Beam
    pixel_mm: tuple[float, float]
    photons_per_mm2: float
    blur_mm: float
    spine_scale: float
    hip_scale: float


LUNAR_SPINE, LUNAR_HIP = 1.0755 / 0.952, 1.07
"""Over Hologic: lumbar by way of the standardised density; total hip at 0.9 g/cm² likewise."""

SYSTEMS: dict[str, DxaSystem] = {
    "lunar": DxaSystem("Lunar iDXA", "GE Lunar", 38.0, 70.0, "narrow", (0.6, 0.5), 5e5, 0.35, LUNAR_SPINE, LUNAR_HIP),
    "hologic": DxaSystem("Discovery A", "Hologic", 44.0, 100.0, "wide", (1.0, 0.5), 4e5, 0.5, 1.0, 1.0),
}
"""By manufacturer. The Hologic scale is taken as true hydroxyapatite; photons are set so that noise is as seen."""
