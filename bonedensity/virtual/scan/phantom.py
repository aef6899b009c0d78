"""Calibration phantoms under the patient: rods of known density in a water-like slab."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.calibration import Material
from bonedensity.virtual.bone import Lattice
from bonedensity.virtual.painted import CRYSTAL_MG_CM3
from bonedensity.virtual.solids import coverage


@dataclass(frozen=True, slots=True)
class Phantom:
    """Rods side by side along the patient.

    Attributes:
        material: What the rods hold.
        rods: Density of each (mg/cm³ of the material), from the patient's right to the left.
        water: HU of each rod without its mineral (solid resins are not water), or one for all.
        radius_mm: Of a rod.
        pitch_mm: Between rods' axes.
        thickness_mm: Of the slab.
    """

    material: Material
    rods: tuple[float, ...]
    water: tuple[float, ...]
    radius_mm: float
    pitch_mm: float
    thickness_mm: float

    @property
    def half_width_mm(self) -> float:
        """From the middle to the slab's side."""
        return (len(self.rods) + 0.4) * self.pitch_mm / 2


PHANTOMS: dict[str, Phantom] = {
    "B-MAS200": Phantom("CHA", (0.0, 50.0, 100.0, 150.0, 200.0), (0.0,) * 5, 9.0, 40.0, 26.0),
    "QRM-BDC3": Phantom("CHA", (100.0, 400.0, 800.0), (0.0,) * 3, 9.0, 45.0, 26.0),
    "QRM-BDC6": Phantom("CHA", (0.0, 100.0, 200.0, 400.0, 600.0, 800.0), (0.0,) * 6, 9.0, 36.0, 26.0),
    "Mindways-3": Phantom(
        "K2HPO4",
        (-51.83, -53.40, 58.88, 157.05, 375.83),
        (12.25, 56.95, 103.57, 119.52, -76.80),
        9.0,
        40.0,
        26.0,
    ),
}
"""By name: rods as published (models sheet, 7.4); radius, pitch and thickness are near the real ones, not measured."""

SLAB_HU = 3.0
"""The slab around the rods."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPhantom:
    """A phantom in the scanner.

    Attributes:
        phantom: Which.
        middle: Point on the slab's long axis (LPS mm).
        slopes: Change of (x, y) per mm towards the head: its tilt.
    """

    phantom: Phantom
    middle: NDArray[np.float64]
    slopes: tuple[float, float]

    def rod_axis(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Point and direction (LPS mm) of a rod's axis, counted from 0."""
        aside = (number - (len(self.phantom.rods) - 1) / 2) * self.phantom.pitch_mm
        return self.middle + np.array([aside, 0.0, 0.0]), np.array([*self.slopes, 1.0])


def place_phantom(
    phantom: Phantom, *, top_mm: float, middle: NDArray[np.float64], tilt_deg: tuple[float, float]
) -> PlacedPhantom:
    """Lay a phantom down.

    Args:
        phantom: Which.
        top_mm: Height (LPS y, mm) of its upper face in the middle.
        middle: x and z of the middle (LPS mm); y is not used.
        tilt_deg: About the left-right and front-back axes.
    """
    about_x, about_y = np.tan(np.radians(tilt_deg))
    at = np.array([middle[0], top_mm + phantom.thickness_mm / 2, middle[2]])
    return PlacedPhantom(phantom, at, (float(about_y), float(about_x)))


def paint_phantom(
    placed: PlacedPhantom, lattice: Lattice, soft: NDArray[np.float32], mineral: NDArray[np.float32], per_cha: float
) -> None:
    """Add the slab and its rods, in place.

    Args:
        placed: Where it lies.
        lattice: Grid of the arrays.
        soft: HU of all but mineral.
        mineral: mg/cm³ CHA.
        per_cha: mg/cm³ of the rods' material that attenuate as 1 mg/cm³ of CHA.
    """
    phantom, h = placed.phantom, lattice.voxel_mm
    x, y, z = (lattice.origin[a] + h * np.arange(n) for a, n in enumerate(lattice.shape[::-1]))
    reach = phantom.thickness_mm / 2 + h + abs(placed.slopes[1]) * np.abs(z - placed.middle[2]).max()
    rows = np.abs(y - placed.middle[1]) <= reach
    along = z[:, None, None] - placed.middle[2]
    across = x[None, None, :] - placed.middle[0] - placed.slopes[0] * along
    depth = y[rows][None, :, None] - placed.middle[1] - placed.slopes[1] * along
    outside = np.maximum(np.abs(across) - phantom.half_width_mm, np.abs(depth) - phantom.thickness_mm / 2)
    slab = coverage(outside, h).astype(np.float32)
    part, dense = soft[:, rows], mineral[:, rows]
    part += slab * (SLAB_HU - part)
    for number, (density, water) in enumerate(zip(phantom.rods, phantom.water, strict=True)):
        aside = (number - (len(phantom.rods) - 1) / 2) * phantom.pitch_mm
        rod = coverage(np.hypot(across - aside, depth) - phantom.radius_mm, h).astype(np.float32)
        cha = density / per_cha
        part += rod * (water / (1 - cha / CRYSTAL_MG_CM3) - part)  # the nominal HU hold with the mineral in its place
        dense += rod * (cha - dense)
    soft[:, rows], mineral[:, rows] = part, dense
