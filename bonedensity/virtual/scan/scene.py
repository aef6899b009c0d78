"""What lies in the scanner: the body at the beam's energy, the calibration phantom under it, the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Lattice
from bonedensity.virtual.painted import PaintedBody
from bonedensity.virtual.scan.energy import k2hpo4_over_cha, soft_hu_at
from bonedensity.virtual.scan.phantom import PHANTOMS, PlacedPhantom, paint_phantom, place_phantom
from bonedensity.virtual.scan.scanner import ScannerSettings

PAD_MM = 14.0
"""From the skin to the phantom or the table: cloth and foam."""

SCENE_BELOW_MM = 30.0
"""Room under the phantom for the table."""

AIR_HU = -1000.0
TABLE_HU, TABLE_MM, TABLE_RADIUS_MM = -350.0, 3.0, 420.0
"""Carbon shell of a curved table top."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The painted grid with room below.

    Attributes:
        lattice: The grid.
        soft: HU of all but mineral at the scanner's energy.
        mineral: mg/cm³ CHA, or what attenuates alike.
    """

    lattice: Lattice
    soft: NDArray[np.float32]
    mineral: NDArray[np.float32]


def make_scene(painted: PaintedBody, settings: ScannerSettings, kev: float) -> tuple[Scene, PlacedPhantom | None]:
    """Put a body into the scanner; the phantom is told where it came to lie.

    Args:
        painted: The body.
        settings: Table and phantom.
        kev: Effective energy.
    """
    lattice = painted.bones.lattice
    phantom = PHANTOMS[settings.phantom] if settings.phantom else None
    back = lattice.origin[1] + lattice.voxel_mm * _last_row_of_body(painted)
    need = back + PAD_MM + (phantom.thickness_mm if phantom else 0.0) + (SCENE_BELOW_MM if settings.table else 2.0)
    more = 0
    if phantom or settings.table:
        more = max(0, int(np.ceil((need - lattice.origin[1]) / lattice.voxel_mm)) + 1 - lattice.shape[1])
    room = ((0, 0), (0, more), (0, 0))
    soft = np.pad(soft_hu_at(np.asarray(painted.soft.array, np.float32), kev), room, constant_values=AIR_HU)
    mineral = np.pad(np.asarray(painted.bones.mineral.array, np.float32), room)
    wide = Lattice(soft.shape, lattice.origin, lattice.voxel_mm)
    top, placed = back + PAD_MM, None
    middle = lattice.origin + lattice.voxel_mm * (np.array(lattice.shape[::-1]) - 1) / 2
    if phantom is not None:
        placed = place_phantom(phantom, top_mm=top, middle=middle, tilt_deg=settings.phantom_tilt_deg)
        paint_phantom(placed, wide, soft, mineral, k2hpo4_over_cha(kev) if phantom.material == "K2HPO4" else 1.0)
        top += phantom.thickness_mm + 4.0
    if settings.table:
        _paint_table(soft, wide, top + 6.0, float(middle[0]))
    return Scene(wide, soft, mineral), placed


def _last_row_of_body(painted: PaintedBody) -> int:
    """Lowest row of skin in the middle of the body."""
    soft = np.asarray(painted.soft.array)
    columns = soft.shape[2]
    rows = np.flatnonzero((soft[:, :, columns // 4 : max(columns * 3 // 4, 1)] > -500).any(axis=(0, 2)))
    return int(rows[-1]) if rows.size else soft.shape[1] - 1


def _paint_table(soft: NDArray[np.float32], lattice: Lattice, lowest_mm: float, middle_mm: float) -> None:
    """A curved shell whose lowest point is given, only where there is air."""
    x, y = (lattice.origin[a] + lattice.voxel_mm * np.arange(n) for a, n in ((0, soft.shape[2]), (1, soft.shape[1])))
    radius = np.hypot(x[None, :] - middle_mm, y[:, None] - (lowest_mm - TABLE_RADIUS_MM))
    share = np.clip((TABLE_MM / 2 - np.abs(radius - TABLE_RADIUS_MM)) / lattice.voxel_mm + 0.5, 0, 1)
    share = np.where(y[:, None] > lowest_mm - TABLE_RADIUS_MM, share, 0).astype(np.float32)
    soft += np.where(soft < -500, share * (TABLE_HU - soft), 0)
