"""A radiograph simulated from a CT: polychromatic Beer-Lambert, scatter, noise, detector and display.

Models section 7.5: HU at or below zero is a mix of air and soft tissue, bone is mixed in linearly from 150 to
1500 HU. The simulation projects with the exact renderer, so that an optimiser with the fast one is not judged on
its own images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.drr.projector import Backend, Projector, measuring_backend
from bonedensity.drr.render import rays_in_patient
from bonedensity.drr.spectrum import tube_spectrum
from bonedensity.errors import CalibrationError, GeometryError
from bonedensity.geometry import PinholeCamera, RayGrid, RigidTransform
from bonedensity.imaging import PixelSpacing, Radiograph, Volume

BONE_STARTS_HU = 150.0
BONE_IS_CORTICAL_HU = 1500.0
GREY_LEVELS = 4095
"""12-bit display image."""

BODY_ABOVE_LOG = 1.0
"""-log of the relative exposure above which a pixel lies behind the body (about 5 cm of soft tissue)."""

DISPLAY_PERCENTILES = (5.0, 99.8)
"""Of the body's pixels: what is shown black and white."""


@dataclass(frozen=True, slots=True)
class XraySettings:
    """How the exposure is made and shown.

    Attributes:
        kvp: Tube voltage (kV).
        photons_per_mm2: Photons of the open beam per mm² of detector; a patient lets one in fifty to 300 through.
        scatter_fraction: Share of the detected signal that is scatter, 0 to 0.9.
        scatter_width_mm: Standard deviation of the scatter's spread on the detector (mm).
        detector_blur_mm: Standard deviation of the detector's point spread (mm).
        contrast: Exponent of the display curve; 1 shows -log of the exposure linearly.
    """

    kvp: float = 76.0
    photons_per_mm2: float = 3e6
    scatter_fraction: float = 0.2
    scatter_width_mm: float = 50.0
    detector_blur_mm: float = 0.15
    contrast: float = 0.9


def simulate_radiograph(
    volume: Volume,
    camera: PinholeCamera,
    pose: RigidTransform,
    *,
    settings: XraySettings | None = None,
    seed: int | np.random.Generator = 0,
) -> Radiograph:
    """A synthetic radiograph of a CT at a known pose.

    Args:
        volume: CT in HU.
        camera: Source and detector, with pixel spacing.
        pose: `world_from_ct`.
        settings: Exposure and display.
        seed: For the quantum noise; same seed, same bytes.

    Returns:
        Bone bright, 0 to 4095, spacing "imager".

    Raises:
        CalibrationError: The volume is not in HU.
        GeometryError: The camera has no pixel spacing.
    """
    if volume.unit != "HU":
        raise CalibrationError(f"An X-ray is simulated from HU, but “{volume.name}” is in {volume.unit}.")
    if camera.pixel_spacing_mm is None:
        raise GeometryError("The camera has no pixel spacing: give the source-to-detector distance and spacing (mm).")
    chosen = settings or XraySettings()
    soft, bone = material_lengths(volume, rays_in_patient(camera, pose))
    exposure = detected_exposure(soft, bone, camera.pixel_spacing_mm, chosen, np.random.default_rng(seed))
    row, column = camera.pixel_spacing_mm
    return Radiograph(
        _display(exposure, chosen.contrast),
        spacing=PixelSpacing(row, column, "imager"),
        sdd_mm=camera.sdd_mm,
        name="simulated radiograph",
        notes=("Simulated from a CT: synthetic, for research use only.",),
        tags={"kVp": chosen.kvp, "synthetic": True},
    )


def material_lengths(
    volume: Volume, rays: RayGrid, *, backend: Backend | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lengths (mm) of soft tissue and of cortical bone along each ray.

    Args:
        volume: CT in HU.
        rays: In the CT's frame (LPS mm).
        backend: Default: the exact renderer.
    """
    hu = np.asarray(volume.array, dtype=np.float32)
    bone = np.clip((hu - BONE_STARTS_HU) / (BONE_IS_CORTICAL_HU - BONE_STARTS_HU), 0, 1)
    soft = (1 - bone) * np.clip(1 + hu / 1000, 0, 1)
    chosen = backend or measuring_backend()
    soft_mm = Projector(soft, volume.index_to_patient, backend=chosen)(rays)
    if not bone.any():
        return soft_mm, np.zeros_like(soft_mm)
    return soft_mm, Projector(bone, volume.index_to_patient, backend=chosen)(rays)


def detected_exposure(
    soft_mm: NDArray[np.float32],
    bone_mm: NDArray[np.float32],
    pixel_spacing_mm: tuple[float, float],
    settings: XraySettings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Detected energy per pixel, relative to the open beam; with scatter, noise and detector blur.

    Args:
        soft_mm: Soft tissue along each ray (mm).
        bone_mm: Cortical bone along each ray (mm).
        pixel_spacing_mm: (row, column) on the detector.
        settings: Exposure.
        rng: For the quantum noise.

    Scatter is a share of the smoothed primary; it is smoothed as a logarithm, because it comes from the body around
    a pixel and not from the open beam beside the body.
    """
    energies, share_of_photons = tube_spectrum(settings.kvp)
    weights = share_of_photons * energies / (share_of_photons * energies).sum()  # the detector integrates energy
    primary = np.zeros(soft_mm.shape)
    for energy, weight in zip(energies, weights, strict=True):
        path = (
            linear_attenuation("soft_tissue", energy) * soft_mm + linear_attenuation("cortical_bone", energy) * bone_mm
        )
        primary += weight * np.exp(-path)
    share = settings.scatter_fraction
    sigma = [settings.scatter_width_mm / s for s in pixel_spacing_mm]
    smooth = np.exp(gaussian_filter(np.log(np.maximum(primary, 1e-9)), sigma, mode="nearest"))
    total = primary + share / (1 - share) * smooth
    photons = settings.photons_per_mm2 * pixel_spacing_mm[0] * pixel_spacing_mm[1]
    counted = rng.poisson(total * photons) / photons
    return np.asarray(gaussian_filter(counted, [settings.detector_blur_mm / s for s in pixel_spacing_mm]))


def _display(exposure: NDArray[np.float64], contrast: float) -> NDArray[np.float32]:
    """-log of the exposure, windowed on the body as a radiograph's processing does, on 12 bits."""
    shown = -np.log(np.maximum(exposure, 1e-6))
    body = shown[shown > BODY_ABOVE_LOG]
    low, high = np.percentile(body if body.size else shown, DISPLAY_PERCENTILES)
    grey = np.clip((shown - low) / max(float(high - low), 1e-6), 0, 1) ** contrast
    return np.round(grey * GREY_LEVELS).astype(np.float32)
