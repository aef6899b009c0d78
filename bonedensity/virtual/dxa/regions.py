"""L1 to L4 on a bone image: cut in the middle of the discs, with sides as even as an operator draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, median_filter

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.errors import AnatomyError
from bonedensity.virtual.dxa.region import EDGE_SMOOTH_MM, DxaRegion, Landmarks, coordinates, region, within_edge

__all__ = ["DxaRegion", "spine_regions"]

SPINE_EDGE = 0.4
"""A pixel is bone from this share of the vertebra's own middle level: the transverse processes are left out."""

SPINE_CORE_MM, SPINE_REACH_MM = 8.0, 34.0
"""Half widths around a vertebra's middle: where its level is taken, and where its edge is looked for."""

WIDER = 1.25
"""No vertebra's side lies farther out than this many times the four's usual half width: a rib there is cut off, as an
operator does."""

SIDE_MM = 25.0
"""Length of the running median along a vertebra's sides: transverse processes are less than half as high."""


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
    x, y = coordinates(image.shape, pixel_mm)
    smooth = gaussian_filter(image, [EDGE_SMOOTH_MM / p for p in pixel_mm])
    levels = [_Level.of(x, y, chain, n, name) for n, name in enumerate(LUMBAR_L1_L4, start=1)]
    first = [_vertebra_mask(level, smooth, SPINE_REACH_MM, pixel_mm) for level in levels]
    reach = WIDER * float(np.median([level.half_width_mm(mask) for level, mask in zip(levels, first, strict=True)]))
    regions = [
        region(
            level.name, _vertebra_mask(level, smooth, reach, pixel_mm), image, pixel_mm, level.end_mm - level.start_mm
        )
        for level in levels
    ]
    whole = np.any([r.mask for r in regions], axis=0)
    return (*regions, region("L1-L4", whole, image, pixel_mm, sum(r.height_mm for r in regions)))


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """One vertebra's own axes: position along and across the spine (mm) of every pixel, and where discs cut it."""

    name: str
    along: NDArray[np.float64]
    across: NDArray[np.float64]
    start_mm: float
    end_mm: float

    @classmethod
    def of(
        cls, x: NDArray[np.float64], y: NDArray[np.float64], chain: NDArray[np.float64], n: int, name: str
    ) -> _Level:
        """The n-th of a chain of middles (mm)."""
        upper, lower = (chain[n - 1] + chain[n]) / 2, (chain[n] + chain[n + 1]) / 2
        axis = (lower - upper) / np.linalg.norm(lower - upper)
        along = (x - chain[n, 0]) * axis[0] + (y - chain[n, 1]) * axis[1]
        across = (x - chain[n, 0]) * axis[1] - (y - chain[n, 1]) * axis[0]
        return cls(name, along, across, float((upper - chain[n]) @ axis), float((lower - chain[n]) @ axis))

    def half_width_mm(self, mask: NDArray[np.bool_]) -> float:
        """Mean distance of the mask's sides from the middle line."""
        return 2 * float(np.abs(self.across[mask]).mean())


def _vertebra_mask(
    level: _Level, smooth: NDArray[np.float64], reach_mm: float, pixel_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    band = (level.along >= level.start_mm) & (level.along < level.end_mm) & (np.abs(level.across) <= reach_mm)
    core = band & (np.abs(level.across) <= SPINE_CORE_MM)
    return band & _with_even_sides(within_edge(smooth, band, core, SPINE_EDGE, level.name), pixel_mm)


def _with_even_sides(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """The mask between sides that follow a running median: what sticks out over less than half of it is a process."""
    rows = np.flatnonzero(mask.any(axis=1))
    size = 2 * round(SIDE_MM / pixel_mm[0] / 2) + 1
    first = median_filter(mask[rows].argmax(axis=1), size, mode="nearest")
    last = mask.shape[1] - 1 - median_filter(mask[rows, ::-1].argmax(axis=1), size, mode="nearest")
    columns, even = np.arange(mask.shape[1]), np.zeros_like(mask)
    even[rows] = (columns >= first[:, None]) & (columns <= last[:, None])
    return even
