"""Everything that a simulated exposure and its display depend on, beside the patient and the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bonedensity.errors import GeometryError

Response = Literal["log", "gamma", "s-curve"]
"""How -log of the exposure becomes grey: as it is, raised to a power, or along an S."""


@dataclass(frozen=True, slots=True)
class XraySettings:
    """How the exposure is made and shown. Effects that are not part of every image are off by default.

    Attributes:
        kvp: Tube voltage (kV), 50 to 120.
        energy_kev: One energy (keV), 20 to 120, in place of the tube's spectrum; None for the spectrum.
        photons_per_mm2: Photons of the open beam that the detector counts, per mm²; a patient lets one in fifty to 300
            through. Infinite for an image without quantum noise.
        electronic_noise_photons: Standard deviation of the read-out noise of a pixel, in photons.
        scatter_fraction: Share of the signal behind the body that is scatter, 0 to 0.9.
        scatter_widths_mm: Standard deviations of the narrow and the wide part of the scatter's spread on the detector.
        scatter_wide_share: Share of the wide part, 0 to 1.
        heel: Share of the open beam lost from the cathode's to the anode's edge of the image, 0 to 0.6.
        anode_direction_deg: Where the anode is in the image: 0 right, 90 down, 180 left, 270 up.
        detector_blur_mm: Standard deviation of the detector's point spread (mm).
        collimation: Share of the image's width or height covered by the left, right, upper and lower blade.
        collimation_tilt_deg: Rotation of all blades about the image's centre, from right towards down.
        response: Shape of the display curve.
        contrast: Exponent of the response "gamma"; 1 shows -log of the exposure linearly.
        steepness: Of the response "s-curve": its slope in the middle is about a quarter of this.
        window_percentiles: Of -log of the exposure behind the body: what is shown black and white.
    """

    kvp: float = 76.0
    energy_kev: float | None = None
    photons_per_mm2: float = 3e6
    electronic_noise_photons: float = 0.0
    scatter_fraction: float = 0.2
    scatter_widths_mm: tuple[float, float] = (30.0, 80.0)
    scatter_wide_share: float = 0.5
    heel: float = 0.0
    anode_direction_deg: float = 90.0
    detector_blur_mm: float = 0.15
    collimation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    collimation_tilt_deg: float = 0.0
    response: Response = "gamma"
    contrast: float = 0.9
    steepness: float = 5.0
    window_percentiles: tuple[float, float] = (5.0, 99.8)

    def __post_init__(self) -> None:
        if self.energy_kev is not None:
            _within("energy_kev", self.energy_kev, 20, 120)
        _within("photons_per_mm2", self.photons_per_mm2, 1e-9, float("inf"))
        _within("electronic_noise_photons", self.electronic_noise_photons, 0, float("inf"))
        _within("scatter_fraction", self.scatter_fraction, 0, 0.9)
        for width in self.scatter_widths_mm:
            _within("scatter_widths_mm", width, 0, 1000)
        _within("scatter_wide_share", self.scatter_wide_share, 0, 1)
        _within("heel", self.heel, 0, 0.6)
        _within("detector_blur_mm", self.detector_blur_mm, 0, 100)
        for share in self.collimation:
            _within("collimation", share, 0, 0.49)
        _within("contrast", self.contrast, 0.05, 20)
        _within("steepness", self.steepness, 0.01, 50)
        low, high = self.window_percentiles
        _within("window_percentiles", low, 0, 100)
        _within("window_percentiles", high, low, 100)
        if self.response not in ("log", "gamma", "s-curve"):
            raise GeometryError(f"The X-ray response “{self.response}” is not known: choose log, gamma or s-curve.")


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also where it is not a number
        raise GeometryError(f"The X-ray setting {name} is {value:g}, outside {low:g} to {high:g}.")
