"""How tissue is laid into an image: shares of voxels, coarse tables of smooth distances and of texture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Block, Lattice
from bonedensity.virtual.solids import Field, Solid, coverage
from bonedensity.virtual.upsampled import upsampled

FAT_HU = -105.0
"""At 120 kVp (anatomy sheet, section 5)."""

COARSE_MM = 6.0
"""Step at which smooth fields are computed; between, they are linear."""


def lay(hu: NDArray[np.float32], share: NDArray[np.floating], value: float | NDArray[np.floating]) -> None:
    """Fill a share of every voxel, in place."""
    change = value - hu
    change *= share
    hu += change


def coarse(lattice: Lattice, block: Block, field: Field, step_mm: float = COARSE_MM) -> NDArray[np.float32]:
    """A smooth field over a block of a grid, computed on a coarser one and made linear between."""
    spans = [part.indices(count) for part, count in zip(block, lattice.shape, strict=True)]
    sizes = [max(stop - start, 0) for start, stop, _ in spans]
    if 0 in sizes:
        return np.zeros(sizes, np.float32)
    step = max(round(step_mm / lattice.voxel_mm), 1)
    axes = [np.arange(start, stop + step, step) for start, stop, _ in spans]
    z, y, x = (lattice.origin[axis] + lattice.voxel_mm * at for axis, at in zip((2, 1, 0), axes, strict=True))
    grid = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1).astype(np.float32)
    values = field(grid).astype(np.float32)
    return upsampled(values, [np.arange(size) / step for size in sizes])


def paint_solid(
    hu: NDArray[np.float32],
    lattice: Lattice,
    solid: Solid,
    value: float | Field,
    *,
    step_mm: float = COARSE_MM,
    grain_mm: float = COARSE_MM,
    margin_mm: float = 0.0,
    within: NDArray[np.float32] | None = None,
) -> None:
    """A solid of one HU, or of a field of HU, in place.

    Args:
        hu: (K, J, I), changed.
        lattice: Its grid.
        solid: What to paint.
        value: HU.
        step_mm: Step at which its distance is computed.
        grain_mm: Step at which a field of HU is computed.
        margin_mm: Added around it.
        within: (K, J, I) share of each voxel that it may fill; None is all.
    """
    block = lattice.block(solid.low - margin_mm, solid.high + margin_mm)
    share = coverage(coarse(lattice, block, solid.distance, step_mm) - margin_mm, lattice.voxel_mm)
    share = share if within is None else share * within[block]
    what = value if isinstance(value, float) else coarse(lattice, block, value, grain_mm)
    lay(hu[block], share, what)


def everywhere(lattice: Lattice) -> Block:
    """All of a grid."""
    return slice(0, lattice.shape[0]), slice(0, lattice.shape[1]), slice(0, lattice.shape[2])
