"""Areal density images of a region: mineral mass per area on a plane, from parallel or divergent rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Projector, measuring_backend
from bonedensity.drr.quantity import MG_PER_CM3_MM_IN_G_PER_CM2
from bonedensity.geometry import RayGrid, parallel_rays
from bonedensity.imaging import Volume

PIXEL_MM = 0.5
"""Pixel size of a parallel areal image: finer than a DXA scanner's."""

COVERED_MM = 1.0
"""Length of bone along a ray from which its pixel counts as area; thinner is a voxel's corner."""

MARGIN_MM = 10.0
"""Empty border around the region."""


@dataclass(frozen=True, slots=True, eq=False)
class ArealImage:
    """A projection in g/cm², with the pixels that count.

    Attributes:
        density: (rows, columns) g/cm².
        covered: (rows, columns) True where the region projects.
        pixel_area_cm2: Area of one pixel in the patient (cm²); None for divergent rays, where it depends on depth.
        pixel_spacing_mm: (row, column) of a parallel image; None for divergent rays.
    """

    density: NDArray[np.float32]
    covered: NDArray[np.bool_]
    pixel_area_cm2: float | None = None
    pixel_spacing_mm: tuple[float, float] | None = None

    @property
    def abmd(self) -> float:
        """Mean over the covered pixels (g/cm²)."""
        return float(self.density[self.covered].mean())

    @property
    def area_cm2(self) -> float:
        """Projected area (cm²); NaN for divergent rays."""
        return float("nan") if self.pixel_area_cm2 is None else float(self.covered.sum() * self.pixel_area_cm2)

    @property
    def bmc_g(self) -> float:
        """Bone mineral content (g): aBMD times area; NaN for divergent rays."""
        return self.abmd * self.area_cm2


def parallel_areal_image(
    density: Volume,
    mask: NDArray[np.bool_],
    *,
    right: NDArray[np.float64],
    down: NDArray[np.float64],
    edge_g_cm2: float = 0.0,
) -> ArealImage:
    """Project a region with parallel rays, as densitometry does.

    Args:
        density: mg/cm³.
        mask: (K, J, I) the region.
        right: Unit vector (LPS) along columns.
        down: Unit vector (LPS) along rows.
        edge_g_cm2: Areal density from which a pixel counts as area.
    """
    indices = np.argwhere(mask)
    points = density.to_patient(indices[:, ::-1])
    corner = float(np.linalg.norm(density.spacing)) / 2
    u, v = points @ right, points @ down
    along = np.cross(right, down)
    middle = (u.min() + u.max()) / 2 * right + (v.min() + v.max()) / 2 * down + (points @ along).mean() * along
    columns = int(np.ceil((np.ptp(u) + 2 * (corner + MARGIN_MM)) / PIXEL_MM))
    rows = int(np.ceil((np.ptp(v) + 2 * (corner + MARGIN_MM)) / PIXEL_MM))
    rays = parallel_rays(
        centre=middle,
        right=right,
        down=down,
        rows=rows,
        columns=columns,
        pixel_spacing_mm=(PIXEL_MM, PIXEL_MM),
        reach_mm=float(np.ptp(points @ along)) + 2 * corner + 1.0,
    )
    image, covered = _project(density, mask, rays, edge_g_cm2)
    return ArealImage(image, covered, (PIXEL_MM / 10) ** 2, (PIXEL_MM, PIXEL_MM))


def areal_image_in_view(
    density: Volume, mask: NDArray[np.bool_], rays: RayGrid, *, edge_g_cm2: float = 0.0
) -> ArealImage:
    """Project a region with an X-ray camera's rays, given in the CT's frame.

    A ray's integral of density is mass per area across the ray, whatever the magnification.
    """
    image, covered = _project(density, mask, rays, edge_g_cm2)
    return ArealImage(image, covered)


def _project(
    density: Volume, mask: NDArray[np.bool_], rays: RayGrid, edge_g_cm2: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    backend = measuring_backend()
    indices = np.argwhere(mask)[:, ::-1]
    low, high = indices.min(axis=0) - 1, indices.max(axis=0) + 2
    block = density.cropped(low, high)
    cropped_mask = Volume(mask, density.index_to_patient).cropped(low, high)
    inside: NDArray[np.float32] = np.asarray(cropped_mask.array, dtype=np.float32)
    masked = np.asarray(block.array, dtype=np.float32) * inside
    lengths = Projector(inside, block.index_to_patient, backend=backend)(rays)
    image = Projector(masked, block.index_to_patient, factor=MG_PER_CM3_MM_IN_G_PER_CM2, backend=backend)(rays)
    covered = lengths >= COVERED_MM
    return image, covered & (image >= edge_g_cm2) if edge_g_cm2 > 0 else covered
