"""A counterfactual's change in size carried to the same person's CT: vertebrae in space, and their projected DXA.

A DXA sees width and height, not depth: each of L1 to L4 is stretched across and along the spine as the attributes say,
the column as a whole grows or shrinks with them, and nothing moves along the direction of view. Hence surfaces in space
and the projection tell the same story, to the pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.densitometry import Calibration
from bonedensity.errors import AnatomyError, PopulationError
from bonedensity.geometry.rays import RayGrid, parallel_rays
from bonedensity.imaging import LabelMap, Volume

if TYPE_CHECKING:
    from bonedensity.drr.projector import Projector

Affine = NDArray[np.float64]
"""4x4, LPS mm to LPS mm."""

PIXEL_MM = 1.0
"""Of the projection; Lunar's raw pixels are coarser."""

BORDER_MM = 20.0

VIEW = np.array([0.0, 1.0, 0.0])
"""From front to back (LPS)."""


@dataclass(frozen=True, slots=True, eq=False)
class CtChange:
    """What a counterfactual means for a CT.

    Attributes:
        affines: By vertebra, where its points go (LPS mm).
        factual: The CT's projected bone mineral of L1 to L4 (rows, columns), g/cm² on the nominal calibration.
        counterfactual: The same, of the stretched vertebrae.
        grid: 4x4 from (column, row, 0) to LPS mm, the plane through the vertebrae's middle.
    """

    affines: dict[str, Affine]
    factual: NDArray[np.float32]
    counterfactual: NDArray[np.float32]
    grid: NDArray[np.float64]


def ct_change(ct: Volume, labels: LabelMap, before: Mapping[str, float], after: Mapping[str, float]) -> CtChange:
    """Carry a change to a CT.

    Args:
        ct: In HU.
        labels: With vertebrae_L1 to vertebrae_L4, on the CT's grid.
        before: Attributes as observed.
        after: As they would be.

    Raises:
        AnatomyError: The segmentation lacks a lumbar vertebra.
        PopulationError: The attributes hold neither width nor height.
    """
    stretch = _ratio("l1_l4_width", before, after), _ratio("l1_l4_height", before, after)
    points = {name: _points(labels, name) for name in LUMBAR_L1_L4}
    affines = stretched({name: at.mean(axis=0) for name, at in points.items()}, *stretch)
    rays, grid = _rays(np.concatenate(list(points.values())))
    density = Calibration.nominal().apply(ct)
    first, then = np.zeros((2, rays.rows, rays.columns), np.float32)
    for name, affine in affines.items():
        project = _projector(density, labels, name)
        first += project(rays)
        then += project(rays.moved(np.asarray(np.linalg.inv(affine), dtype=np.float64)))
    return CtChange(affines, first, then, grid)


def stretched(centres: Mapping[str, NDArray[np.float64]], width: float, height: float) -> dict[str, Affine]:
    """Where each vertebra's points go.

    Args:
        centres: By vertebra (3,) LPS mm, from above to below.
        width: Ratio across.
        height: Ratio along the column; the gaps between vertebrae change alike.
    """
    ends = list(centres.values())
    along = ends[0] - ends[-1]
    along = along - (along @ VIEW) * VIEW
    along /= np.linalg.norm(along)
    across = np.cross(along, VIEW)
    middle = np.mean(ends, axis=0)
    taller = np.eye(3) + (height - 1) * np.outer(along, along)
    linear = taller + (width - 1) * np.outer(across, across)
    found = {}
    for name, centre in centres.items():
        affine = np.eye(4)
        affine[:3, :3] = linear
        affine[:3, 3] = middle + taller @ (centre - middle) - linear @ centre
        found[name] = affine
    return found


def _ratio(name: str, before: Mapping[str, float], after: Mapping[str, float]) -> float:
    if name not in before or name not in after:
        raise PopulationError(f"The model's graph has no {name}, so its change cannot be carried to a CT.")
    return after[name] / before[name]


def _points(labels: LabelMap, name: str) -> NDArray[np.float64]:
    if name not in labels.values:
        raise AnatomyError(f"The segmentation lacks {name}: all of L1 to L4 are needed to carry the change to the CT.")
    return labels.volume.points_where(labels.mask([name]))


def _rays(points: NDArray[np.float64]) -> tuple[RayGrid, NDArray[np.float64]]:
    """Parallel rays from front to back, and the image plane's grid."""
    low, high = points.min(axis=0) - BORDER_MM, points.max(axis=0) + BORDER_MM
    right, down = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, -1.0])
    columns, rows = (int(np.ceil((high[axis] - low[axis]) / PIXEL_MM)) for axis in (0, 2))
    middle = (low + high) / 2
    rays = parallel_rays(
        centre=middle, right=right, down=down, rows=rows, columns=columns, pixel_spacing_mm=(PIXEL_MM, PIXEL_MM),
        reach_mm=float(high[1] - low[1]),
    )  # fmt: skip
    grid = np.eye(4)
    grid[:3, 0], grid[:3, 1], grid[:3, 2] = PIXEL_MM * right, PIXEL_MM * down, VIEW
    grid[:3, 3] = middle - PIXEL_MM * ((columns - 1) / 2 * right + (rows - 1) / 2 * down)
    return rays, grid


def _projector(density: Volume, labels: LabelMap, name: str) -> Projector:
    from bonedensity.drr.projector import Projector, measuring_backend
    from bonedensity.drr.quantity import MG_PER_CM3_MM_IN_G_PER_CM2

    masked = np.where(labels.mask([name]), np.asarray(density.array, dtype=np.float32), np.float32(0))
    return Projector(masked, density.index_to_patient, factor=MG_PER_CM3_MM_IN_G_PER_CM2, backend=measuring_backend())
