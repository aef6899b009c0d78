"""The scan: a painted body, its table and phantom, seen through the beam, the kernel, the slices and the noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.bone import Lattice
from bonedensity.virtual.painted import CRYSTAL_MG_CM3, PaintedBody
from bonedensity.virtual.scan.energy import effective_kev, hu_of, true_slope
from bonedensity.virtual.scan.hardening import beam_errors
from bonedensity.virtual.scan.noise import correlated_noise
from bonedensity.virtual.scan.phantom import PlacedPhantom
from bonedensity.virtual.scan.sampling import Weights, blur_weights, box_weights, sampled
from bonedensity.virtual.scan.scanner import ScannerSettings
from bonedensity.virtual.scan.scene import Scene, make_scene
from bonedensity.virtual.upsampled import upsampled

COARSE_MM = 6.0
"""Grid of the beam's errors."""

LOWEST_HU, HIGHEST_HU = -1024, 3071
"""12 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class VirtualCT:
    """A scan and what is true of it; all on one grid.

    Attributes:
        ct: HU, int16.
        labels: True bones.
        density: True mineral (mg/cm³ CHA) of the body averaged over each voxel, float32.
        truth: JSON values: true slope and intercept (mg/cm³ CHA per HU, in water), energy, protocol, phantom.
    """

    ct: Volume
    labels: LabelMap
    density: Volume
    truth: dict[str, Any]


def scan_body(painted: PaintedBody, settings: ScannerSettings, rng: np.random.Generator) -> VirtualCT:
    """Scan a person lying on the back.

    Args:
        painted: Finer than the scan or as fine.
        settings: Protocol.
        rng: For the noise alone.
    """
    kev = effective_kev(settings.kvp)
    scene, phantom = make_scene(painted, settings, kev)
    grid = _scan_axes(scene.lattice, settings)
    hu = hu_of(scene.soft, scene.mineral, kev) + np.float32(1000)
    image = sampled(hu, _weights(scene.lattice, grid, settings, settings.psf_mm))
    errors, noise = _beam(scene, settings, grid)
    image += errors
    if settings.noise_hu > 0:
        kind = correlated_noise(image.shape, settings.pixel_mm, settings.noise_peak_per_mm, rng)
        image += np.float32(settings.noise_hu) * noise * kind
    stored = np.clip(np.rint(image - 1000), LOWEST_HU, HIGHEST_HU).astype(np.int16)
    affine = index_to_patient(
        spacing=(settings.pixel_mm, settings.pixel_mm, settings.step_mm), origin=[axis[0] for axis in grid[::-1]]
    )
    ct = Volume(stored, affine, "HU", "virtual CT", ("Synthetic: a virtual person, for research use only.",))
    labels = ct.with_array(_nearest(painted, grid), unit="1", name="true bones")
    weights = _weights(painted.bones.lattice, grid, settings, None)
    density = sampled(np.asarray(painted.bones.mineral.array, np.float32), weights)
    return VirtualCT(
        ct,
        LabelMap(labels, painted.bones.labels.names),
        ct.with_array(density, unit="mg/cm³", name="true mineral density"),
        _truth(settings, kev, phantom),
    )


def _scan_axes(lattice: Lattice, settings: ScannerSettings) -> tuple[NDArray[np.float64], ...]:
    """Positions (mm) of slices (z), rows (y) and columns (x)."""
    last = lattice.origin + lattice.voxel_mm * (np.array(lattice.shape[::-1]) - 1)
    low, high = settings.z_range_mm or (lattice.origin[2], last[2])
    low, high = max(low, lattice.origin[2]), min(high, last[2])
    return (
        np.arange(low, max(high, low) + 1e-6, settings.step_mm),
        np.arange(lattice.origin[1], last[1] + 1e-6, settings.pixel_mm),
        np.arange(lattice.origin[0], last[0] + 1e-6, settings.pixel_mm),
    )


def _weights(
    lattice: Lattice, grid: tuple[NDArray[np.float64], ...], settings: ScannerSettings, psf_mm: float | None
) -> Weights:
    """Slices average their thickness; within a slice the point spread, or (None) the pixel itself."""
    h = lattice.voxel_mm
    inner = [lattice.origin[a] + h * np.arange(n) for a, n in zip((2, 1, 0), lattice.shape, strict=True)]
    slices = box_weights(inner[0], grid[0], width_mm=settings.slice_mm, voxel_mm=h)
    if psf_mm is None:
        planes = [box_weights(inner[a], grid[a], width_mm=settings.pixel_mm, voxel_mm=h) for a in (1, 2)]
    else:
        planes = [blur_weights(inner[a], grid[a], fwhm_mm=psf_mm, voxel_mm=h) for a in (1, 2)]
    return slices, planes[0], planes[1]


def _nearest(painted: PaintedBody, grid: tuple[NDArray[np.float64], ...]) -> NDArray[np.uint8]:
    lattice, labels = painted.bones.lattice, np.asarray(painted.bones.labels.volume.array)
    picks = [
        np.rint((axis - lattice.origin[a]) / lattice.voxel_mm).astype(int)
        for a, axis in zip((2, 1, 0), grid, strict=True)
    ]
    inside = [(p >= 0) & (p < n) for p, n in zip(picks, labels.shape, strict=True)]
    found = labels[np.ix_(*(np.clip(p, 0, n - 1) for p, n in zip(picks, labels.shape, strict=True)))]
    return np.asarray(np.where(inside[1][None, :, None], found, 0), dtype=np.uint8)


def _beam(
    scene: Scene, settings: ScannerSettings, grid: tuple[NDArray[np.float64], ...]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Error (HU) and relative noise on the scan's grid."""
    h, origin = scene.lattice.voxel_mm, scene.lattice.origin
    inner = [origin[a] + h * np.arange(n) for a, n in zip((2, 1, 0), scene.lattice.shape, strict=True)]
    outer = [np.arange(axis[0] + COARSE_MM / 2 - h / 2, axis[-1] + COARSE_MM, COARSE_MM) for axis in inner]
    boxes = [box_weights(i, o, width_mm=COARSE_MM, voxel_mm=h) for i, o in zip(inner, outer, strict=True)]
    free = 1 - scene.mineral / np.float32(CRYSTAL_MG_CM3)
    water = sampled((scene.soft / np.float32(1000) + 1) * free, (boxes[0], boxes[1], boxes[2]))
    mineral = sampled(scene.mineral, (boxes[0], boxes[1], boxes[2]))
    found = beam_errors(
        water,
        mineral,
        pixel_mm=COARSE_MM,
        kvp=settings.kvp,
        hardening=settings.hardening,
        cupping=settings.cupping,
    )
    at = [(axis - o[0]) / COARSE_MM for axis, o in zip(grid, outer, strict=True)]
    return upsampled(found.hu, at), upsampled(found.noise, at)


def _truth(settings: ScannerSettings, kev: float, placed: PlacedPhantom | None) -> dict[str, Any]:
    truth: dict[str, Any] = {
        "synthetic": True,
        "kvp": settings.kvp,
        "effective_kev": kev,
        "hu_slope": true_slope(kev),
        "hu_intercept": 0.0,
        "material": "CHA",
        "noise_hu": settings.noise_hu,
        "psf_mm": settings.psf_mm,
        "slice_mm": settings.slice_mm,
        "phantom": None,
    }
    if placed is not None:
        axes = [placed.rod_axis(n) for n in range(len(placed.phantom.rods))]
        truth["phantom"] = {
            "name": settings.phantom,
            "material": placed.phantom.material,
            "slope": true_slope(kev, placed.phantom.material),
            "rods_mg_cm3": list(placed.phantom.rods),
            "water_hu": list(placed.phantom.water),
            "radius_mm": placed.phantom.radius_mm,
            "axis_points_mm": [point.tolist() for point, _ in axes],
            "axis_directions": [direction.tolist() for _, direction in axes],
        }
    return truth
