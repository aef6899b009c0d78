"""Areal density images of a region: mineral mass per area, from parallel or divergent rays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Projector, measuring_backend
from bonedensity.drr.quantity import MG_PER_CM3_MM_IN_G_PER_CM2
from bonedensity.geometry import RayGrid, parallel_rays
from bonedensity.imaging import Volume
from bonedensity.measurement import Measurement
from bonedensity.registration.scale import ScaleUncertainty

PIXEL_MM = 0.5
"""Pixel size of a parallel areal image: finer than a DXA scanner's."""

COVERED_MM = 1.0
"""Length of bone along a ray from which its pixel counts as area; thinner is a voxel's corner."""

MOSTLY = 0.5
"""Share of the bone along a ray that must be the region for its pixel to count: a cut face falls where it lies."""

OFF_WALLS = (0.2137, 0.1571)
"""Shift of the rays in pixels: voxels are often whole pixels wide, and a ray along their outer wall counts half."""

MARGIN_MM = 10.0
"""Empty border around the region."""


@dataclass(frozen=True, slots=True, eq=False)
class ArealImage:
    """A bone's projection in g/cm², with the pixels that count.

    Attributes:
        density: (rows, columns) g/cm², the whole bone.
        covered: (rows, columns) True where the region projects.
        pixel_area_cm2: Area of one pixel in the patient (cm²); None for divergent rays, where it depends on depth.
    """

    density: NDArray[np.float32]
    covered: NDArray[np.bool_]
    pixel_area_cm2: float | None = None

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


def combined_abmd(images: Sequence[ArealImage]) -> float:
    """Mean areal density of several parts (g/cm²): their mass over their area."""
    covered = sum(int(image.covered.sum()) for image in images)
    return float(sum(float(image.density[image.covered].sum()) for image in images) / covered)


def radiograph_area(name: str, pixels: int, scale: ScaleUncertainty) -> Measurement:
    """Area (cm²) at the bone of a region that was outlined on a radiograph, with what distances make uncertain.

    Args:
        name: Of the measurement.
        pixels: Of the region.
        scale: At the bone's depth, from `registration.scale.scale_uncertainty`.
    """
    area = pixels * (scale.mm_per_pixel / 10) ** 2
    return Measurement(name, area, "cm²", area * scale.area, {"scale": scale.to_json()})


def areal_density(density: Volume, rays: RayGrid, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """Areal density (g/cm²) along rays, exact: mass per area across the ray, whatever the magnification.

    Args:
        density: mg/cm³.
        rays: In its frame (LPS mm).
        mask: (K, J, I) voxels that count; None for all.
    """
    array = np.asarray(density.array, dtype=np.float32)
    if mask is not None:
        array = np.where(mask, array, np.float32(0))
    if not array.any():
        return np.zeros((rays.rows, rays.columns), np.float32)
    affine = density.index_to_patient
    return Projector(array, affine, factor=MG_PER_CM3_MM_IN_G_PER_CM2, backend=measuring_backend())(rays)


def areal_image(
    density: Volume,
    bone: NDArray[np.bool_],
    region: NDArray[np.bool_],
    rays: RayGrid,
    *,
    edge_g_cm2: float = 0.0,
    pixel_area_cm2: float | None = None,
) -> ArealImage:
    """Project a bone, and count the pixels where most of it is the region.

    Args:
        density: mg/cm³.
        bone: (K, J, I) the whole bone; nothing else is projected.
        region: (K, J, I) the region within it.
        rays: In the CT's frame (LPS mm).
        edge_g_cm2: Areal density from which a pixel counts; 0 for any.
        pixel_area_cm2: Of parallel rays.
    """
    backend = measuring_backend()
    affine = density.index_to_patient
    image = areal_density(density, rays, bone)
    whole = Projector(bone.astype(np.float32), affine, backend=backend)(rays)
    part = Projector(region.astype(np.float32), affine, backend=backend)(rays)
    covered = (whole >= COVERED_MM) & (part >= MOSTLY * whole)
    if edge_g_cm2 > 0:
        covered &= image >= edge_g_cm2
    return ArealImage(image, covered, pixel_area_cm2)


def parallel_areal_image(
    density: Volume,
    bone: NDArray[np.bool_],
    region: NDArray[np.bool_],
    *,
    right: NDArray[np.float64],
    down: NDArray[np.float64],
    edge_g_cm2: float = 0.0,
) -> ArealImage:
    """The same with parallel rays onto a plane, as densitometry does.

    Args:
        density: mg/cm³.
        bone: (K, J, I) the whole bone.
        region: (K, J, I) the region within it.
        right: Unit vector (LPS) along columns.
        down: Unit vector (LPS) along rows.
        edge_g_cm2: Areal density from which a pixel counts.
    """
    points = density.points_where(region)
    along = np.cross(right, down)
    u, v, w = points @ right, points @ down, points @ along
    middle = (u.min() + u.max()) / 2 * right + (v.min() + v.max()) / 2 * down + w.mean() * along
    middle = middle + PIXEL_MM * (OFF_WALLS[0] * right + OFF_WALLS[1] * down)
    border = float(np.linalg.norm(density.spacing)) / 2 + MARGIN_MM
    rays = parallel_rays(
        centre=middle,
        right=right,
        down=down,
        rows=int(np.ceil((np.ptp(v) + 2 * border) / PIXEL_MM)),
        columns=int(np.ceil((np.ptp(u) + 2 * border) / PIXEL_MM)),
        pixel_spacing_mm=(PIXEL_MM, PIXEL_MM),
        reach_mm=float(np.linalg.norm(density.spacing * density.array.shape[::-1])),
    )
    area = (PIXEL_MM / 10) ** 2
    return areal_image(density, bone, region, rays, edge_g_cm2=edge_g_cm2, pixel_area_cm2=area)
