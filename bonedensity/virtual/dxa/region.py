"""A region on a bone image, and how its edge is found in the image; mass, area, density."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, binary_opening, label

from bonedensity.errors import AnatomyError

EDGE_SMOOTH_MM = 1.0
"""Gaussian of the image in which edges are sought."""


@dataclass(frozen=True, slots=True, eq=False)
class DxaRegion:
    """One region.

    Attributes:
        name: "vertebrae_L1" ..., "L1-L4", "femoral-neck" or "total-hip".
        mask: (rows, columns).
        area_cm2: Of the mask.
        bmc_g: Mineral in it, on the manufacturer's scale.
        height_mm: Mean height; 0 for the hip.
    """

    name: str
    mask: NDArray[np.bool_]
    area_cm2: float
    bmc_g: float
    height_mm: float = 0.0

    @property
    def abmd(self) -> float:
        """Areal density (g/cm²), on the manufacturer's scale."""
        return self.bmc_g / self.area_cm2 if self.area_cm2 > 0 else float("nan")

    @property
    def width_mm(self) -> float:
        """Mean width; NaN for the hip."""
        return 100 * self.area_cm2 / self.height_mm if self.height_mm > 0 else float("nan")


Landmarks = Mapping[str, NDArray[np.float64]]
"""Name to (column, row) in mm from the image's upper left pixel."""


def within_edge(
    smooth: NDArray[np.float64], allowed: NDArray[np.bool_], core: NDArray[np.bool_], share: float, what: str
) -> NDArray[np.bool_]:
    """Pixels above a share of the core's level that hang together with it, and holes in them."""
    if not core.any():
        raise AnatomyError(f"The {what} does not lie on the DXA image: centre the scan on it.")
    level = float(np.median(smooth[core]))
    bone = binary_opening(allowed & (smooth > share * level), iterations=1)
    pieces, _ = label(bone)
    own = np.bincount(pieces[core], minlength=2)
    own[0] = 0
    if not own.any():
        raise AnatomyError(f"There is no bone where the {what} should be on the DXA image.")
    return np.asarray(allowed & binary_fill_holes(pieces == own.argmax()))


def region(
    name: str,
    mask: NDArray[np.bool_],
    image: NDArray[np.float64],
    pixel_mm: tuple[float, float],
    height_mm: float = 0.0,
) -> DxaRegion:
    """Area and mass (in g where the image is in g/cm²) of a mask."""
    pixel_cm2 = pixel_mm[0] * pixel_mm[1] / 100
    return DxaRegion(name, mask, float(mask.sum() * pixel_cm2), float(image[mask].sum() * pixel_cm2), height_mm)


def coordinates(shape: tuple[int, ...], pixel_mm: tuple[float, float]) -> tuple[NDArray[np.float64], ...]:
    """Column and row of every pixel in mm."""
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    return column * pixel_mm[1], row * pixel_mm[0]
