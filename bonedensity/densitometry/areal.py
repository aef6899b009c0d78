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

MOSTLY = 0.75
"""Share of a bone along a ray that must be the region for its pixel to count in an X-ray's view."""

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
    density: Volume,
    bone: NDArray[np.bool_],
    region: NDArray[np.bool_],
    rays: RayGrid,
    *,
    edge_g_cm2: float = 0.0,
) -> ArealImage:
    """Project a whole bone with an X-ray camera's rays, and count the pixels where most of it is the region.

    A ray's integral of density is mass per area across the ray, whatever the magnification. Rays may cross a
    region's cut faces obliquely, so a pixel counts where at least three quarters of the bone along its ray is the region.

    Args:
        density: mg/cm³.
        bone: (K, J, I) the whole bone.
        region: (K, J, I) the region within it.
        rays: In the CT's frame (LPS mm).
        edge_g_cm2: Areal density from which a pixel counts.
    """
    image, covered = _project(density, bone, rays, edge_g_cm2)
    whole, part = (_lengths(density, mask, rays) for mask in (bone, region))
    return ArealImage(image, covered & (part >= MOSTLY * whole))


def _project(
    density: Volume, mask: NDArray[np.bool_], rays: RayGrid, edge_g_cm2: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    backend = measuring_backend()
    masked = np.where(mask, np.asarray(density.array, dtype=np.float32), np.float32(0))
    image = Projector(masked, density.index_to_patient, factor=MG_PER_CM3_MM_IN_G_PER_CM2, backend=backend)(rays)
    lengths = _lengths(density, mask, rays)
    covered = lengths >= COVERED_MM
    return image, covered & (image >= edge_g_cm2) if edge_g_cm2 > 0 else covered


def _lengths(volume: Volume, mask: NDArray[np.bool_], rays: RayGrid) -> NDArray[np.float32]:
    """Length (mm) of each ray inside a mask."""
    inside: NDArray[np.float32] = mask.astype(np.float32)
    return Projector(inside, volume.index_to_patient, backend=measuring_backend())(rays)
