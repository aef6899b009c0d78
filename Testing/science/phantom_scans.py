"""Small CTs of a phantom under a body, drawn from numbers; for tests alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bonedensity.densitometry.phantoms import Phantom
from bonedensity.imaging import Volume
from bonedensity.imaging.grid import index_to_patient

AIR, MUSCLE, SPONGY, TABLE = -1000.0, 45.0, 220.0, -120.0
FINER = np.array([-0.375, -0.125, 0.125, 0.375])
"""Places within a pixel at which a rod's edge is sampled."""


@dataclass(frozen=True)
class Scan:
    """How a phantom was scanned; lengths in mm.

    Attributes:
        slope: True mg/cm³ per HU.
        intercept: True mg/cm³ at 0 HU.
        noise: HU.
        tilt_deg: Of the rods, sideways and up.
        pitch: Between rods.
        diameter: Of rods.
        shift: Of the phantom to the patient's left.
        base: HU around the rods.
        covered: Part of the scan's length that the phantom has.
        turned: Rods in the opposite order.
        spacing: Voxels, i, j, k.
        length: Of the scan.
        width: Of the image.
    """

    slope: float = 0.78
    intercept: float = -3.0
    noise: float = 20.0
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    pitch: float = 28.0
    diameter: float = 17.0
    shift: float = 0.0
    base: float = -60.0
    covered: tuple[float, float] = (0.0, 1.0)
    turned: bool = False
    spacing: tuple[float, float, float] = (1.0, 1.0, 2.5)
    length: float = 60.0
    width: float = 230.0


def rod_hu(phantom: Phantom, scan: Scan) -> list[float]:
    """What the rods measure under the scan's true line."""
    if phantom.water_equivalents is None:
        return [(density - scan.intercept) / scan.slope for density in phantom.densities]
    sigma, beta = 1 / scan.slope - phantom.sigma, -scan.intercept / scan.slope - phantom.beta
    pairs = zip(phantom.densities, phantom.water_equivalents, strict=True)
    return [water + sigma * density + beta for density, water in pairs]


def phantom_scan(rng: np.random.Generator, phantom: Phantom | None, scan: Scan = Scan()) -> Volume:
    """A body with a spine, a table, and between them the phantom; LPS, patient on the back."""
    columns, rows, slices = (
        round(mm / s) for mm, s in zip((scan.width, 130.0, scan.length), scan.spacing, strict=True)
    )
    x = (np.arange(columns) - (columns - 1) / 2) * scan.spacing[0]
    y, z = np.arange(rows) * scan.spacing[1], np.arange(slices) * scan.spacing[2]
    plane = np.full((rows, columns), AIR)
    plane[(x[None] / 105) ** 2 + ((y[:, None] - 20) / 55) ** 2 < 1] = MUSCLE
    plane[(x[None] / 20) ** 2 + ((y[:, None] - 45) / 18) ** 2 < 1] = SPONGY
    plane[np.abs(y - 122) < 2] = TABLE
    hu = np.repeat(plane[None], slices, axis=0)
    if phantom is not None:
        low, high = (share * z[-1] for share in scan.covered)
        for k in np.flatnonzero((z >= low) & (z <= high)):
            _draw(hu[k], x, y, float(z[k] - z[-1] / 2), rod_hu(phantom, scan), scan)
    hu += scan.noise * rng.standard_normal(hu.shape)
    grid = index_to_patient(spacing=scan.spacing, origin=(x[0], y[0] - 60, 0))
    return Volume(np.rint(hu).astype(np.int16), grid, name="test CT")


def _draw(plane: np.ndarray, x: np.ndarray, y: np.ndarray, height: float, rods: Sequence[float], scan: Scan) -> None:
    away = np.tan(np.radians(scan.tilt_deg)) * height
    count, middle = len(rods), 100.0 + away[1]
    half = count * scan.pitch / 2 + 4
    plane[np.ix_(np.abs(y - middle) < 0.5 * scan.diameter + 4, np.abs(x - scan.shift - away[0]) < half)] = scan.base
    for number, hu in enumerate(rods[::-1] if scan.turned else rods):
        centre = scan.shift + away[0] + (number - (count - 1) / 2) * scan.pitch
        box = np.ix_(np.abs(y - middle) < scan.diameter, np.abs(x - centre) < scan.diameter)
        down, right = y[np.abs(y - middle) < scan.diameter], x[np.abs(x - centre) < scan.diameter]
        share = np.mean(
            [
                np.hypot(down[:, None] + a * scan.spacing[1] - middle, right + b * scan.spacing[0] - centre)
                < scan.diameter / 2
                for a in FINER
                for b in FINER
            ],
            axis=0,
        )
        plane[box] += share * (hu - plane[box])
