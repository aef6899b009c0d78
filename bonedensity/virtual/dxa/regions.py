"""Regions on a bone image: edges found in it, and lines laid by the body's known landmarks; mass, area, density."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, binary_opening, gaussian_filter, label, median_filter

from bonedensity.anatomy.labels import LUMBAR_L1_L4, Side, femur_name
from bonedensity.errors import AnatomyError

SPINE_EDGE, HIP_EDGE = 0.4, 0.25
"""A pixel is bone from this share of the region's own middle level: the spine leaves out the transverse processes, the
hip keeps a thin trochanter."""

SPINE_CORE_MM, SPINE_REACH_MM = 8.0, 34.0
"""Half widths around a vertebra's middle: where its level is taken, and where its edge is looked for."""

SIDE_MM = 25.0
"""Length of the running median along a vertebra's sides: transverse processes are less than half as high."""

NECK_BOX_MM = 15.0
"""Width of the femoral neck's box along its axis."""

NECK_REACH_MM, MEDIAL_REACH_MM = 26.0, 32.0
"""The neck's box across its axis, and the total hip on the inner side of the shaft's."""

EDGE_SMOOTH_MM = 1.0


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


def spine_regions(
    image: NDArray[np.float64], landmarks: Landmarks, pixel_mm: tuple[float, float]
) -> tuple[DxaRegion, ...]:
    """L1, L2, L3, L4 and L1-L4: cut in the middle of the discs, square to the spine.

    Args:
        image: g/cm², manufacturer's scale.
        landmarks: `vertebrae_<level>_centre` of L1 to L4; T12 and L5 where there are.
        pixel_mm: (row, column).

    Raises:
        AnatomyError: A vertebra's landmark is missing, or no bone is there.
    """
    keys = [f"{name}_centre" for name in LUMBAR_L1_L4]
    if missing := [key for key in keys if key not in landmarks]:
        raise AnatomyError(f"The virtual spine lacks the landmark {missing[0]}, which its DXA regions need.")
    middles = np.array([landmarks[key] for key in keys])
    above = landmarks.get("vertebrae_T12_centre", 2 * middles[0] - middles[1])
    below = landmarks.get("vertebrae_L5_centre", 2 * middles[3] - middles[2])
    chain = np.vstack([above, middles, below])
    x, y = _coordinates(image.shape, pixel_mm)
    smooth = gaussian_filter(image, [EDGE_SMOOTH_MM / p for p in pixel_mm])
    regions = []
    for n, name in enumerate(LUMBAR_L1_L4, start=1):
        upper, lower = (chain[n - 1] + chain[n]) / 2, (chain[n] + chain[n + 1]) / 2
        axis = (lower - upper) / np.linalg.norm(lower - upper)
        along = (x - chain[n, 0]) * axis[0] + (y - chain[n, 1]) * axis[1]
        across = (x - chain[n, 0]) * axis[1] - (y - chain[n, 1]) * axis[0]
        start, end = float((upper - chain[n]) @ axis), float((lower - chain[n]) @ axis)
        band = (along >= start) & (along < end) & (np.abs(across) <= SPINE_REACH_MM)
        mask = _within_edge(smooth, band, band & (np.abs(across) <= SPINE_CORE_MM), SPINE_EDGE, name)
        mask = band & _with_even_sides(mask, pixel_mm)
        regions.append(_region(name, mask, image, pixel_mm, end - start))
    whole = np.any([r.mask for r in regions], axis=0)
    return (*regions, _region("L1-L4", whole, image, pixel_mm, sum(r.height_mm for r in regions)))


def hip_regions(
    image: NDArray[np.float64], landmarks: Landmarks, pixel_mm: tuple[float, float], side: Side
) -> tuple[DxaRegion, ...]:
    """Femoral neck (a box 15 mm wide about the narrowest section) and total hip (from there to below the trochanter).

    Args:
        image: g/cm², manufacturer's scale.
        landmarks: `<femur>_head_centre`, `_neck_centre`, `_shaft_20mm`, `_shaft_50mm`.
        pixel_mm: (row, column).
        side: Which hip.

    Raises:
        AnatomyError: A landmark is missing, or no bone is there.
    """
    names = [f"{femur_name(side)}_{point}" for point in ("head_centre", "neck_centre", "shaft_20mm", "shaft_50mm")]
    if missing := [name for name in names if name not in landmarks]:
        raise AnatomyError(f"The virtual hip lacks the landmark {missing[0]}, which its DXA regions need.")
    head, neck, low, lower = (np.asarray(landmarks[name]) for name in names)
    x, y = _coordinates(image.shape, pixel_mm)
    axis = (neck - head) / np.linalg.norm(neck - head)
    along = (x - neck[0]) * axis[0] + (y - neck[1]) * axis[1]
    across = (x - neck[0]) * axis[1] - (y - neck[1]) * axis[0]
    smooth = gaussian_filter(image, [EDGE_SMOOTH_MM / p for p in pixel_mm])
    box = (np.abs(along) <= NECK_BOX_MM / 2) & (np.abs(across) <= NECK_REACH_MM)
    in_neck = _within_edge(smooth, box, box & (np.abs(across) <= 8.0), HIP_EDGE, "femoral neck")
    down = (lower - low) / np.linalg.norm(lower - low)
    below = (x - low[0]) * down[0] + (y - low[1]) * down[1]
    aside = (x - low[0]) * down[1] - (y - low[1]) * down[0]
    head_aside = float((head - low)[0] * down[1] - (head - low)[1] * down[0])
    inner = aside * np.sign(head_aside)
    outer = (along > NECK_BOX_MM / 2) & (below <= 0) & (inner <= MEDIAL_REACH_MM)
    core = outer & (np.abs(inner) <= 12.0) & (below > -60.0)
    rest = _within_edge(smooth, outer, core, HIP_EDGE, "total hip")
    return (
        _region("femoral-neck", in_neck, image, pixel_mm),
        _region("total-hip", in_neck | rest, image, pixel_mm),
    )


def _within_edge(
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


def _with_even_sides(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """The mask between sides that follow a running median: what sticks out over less than half of it is a process."""
    rows = np.flatnonzero(mask.any(axis=1))
    size = 2 * round(SIDE_MM / pixel_mm[0] / 2) + 1
    first = median_filter(mask[rows].argmax(axis=1), size, mode="nearest")
    last = mask.shape[1] - 1 - median_filter(mask[rows, ::-1].argmax(axis=1), size, mode="nearest")
    columns, even = np.arange(mask.shape[1]), np.zeros_like(mask)
    even[rows] = (columns >= first[:, None]) & (columns <= last[:, None])
    return even


def _region(
    name: str,
    mask: NDArray[np.bool_],
    image: NDArray[np.float64],
    pixel_mm: tuple[float, float],
    height_mm: float = 0.0,
) -> DxaRegion:
    pixel_cm2 = pixel_mm[0] * pixel_mm[1] / 100
    return DxaRegion(name, mask, float(mask.sum() * pixel_cm2), float(image[mask].sum() * pixel_cm2), height_mm)


def _coordinates(shape: tuple[int, ...], pixel_mm: tuple[float, float]) -> tuple[NDArray[np.float64], ...]:
    """Column and row of every pixel in mm."""
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    return column * pixel_mm[1], row * pixel_mm[0]
