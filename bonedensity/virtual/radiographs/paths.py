"""What each ray crosses: mineral of bones painted once, everything else on a coarse grid, where the rays go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.drr.physics import tissue_shares
from bonedensity.drr.projector import Projector, measuring_backend
from bonedensity.geometry import RayGrid
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.body import Body
from bonedensity.virtual.painted import CRYSTAL_MG_CM3, covering_lattice
from bonedensity.virtual.posed import OFF_WALLS_MM, PaintedOnce, PlacedBone, placed_bones, reached_box

SOFT_MM = 2.5
"""Voxels of soft tissue; half of this is the Gaussian that hides them."""

HIDING = 0.4
"""Standard deviation, in voxels, of the Gaussian that hides bones' voxels."""

BEYOND_MM = 90.0
"""Soft tissue is painted this far beyond the body's box where rays go there: a film shows more than a scan covers."""

METAL_HU, CORTICAL_HU = 3000.0, 1500.0
"""Metal counts as cortical bone of the same attenuation: longer than it is."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyPaths:
    """What rays cross; images are (rows, columns).

    Attributes:
        materials: Length (mm) by material of `data/attenuation.json`.
        mineral: Areal mineral density (g/cm²) by bone.
        bones: Where the bones are.
    """

    materials: Mapping[str, NDArray[np.float32]]
    mineral: Mapping[str, NDArray[np.float32]]
    bones: Mapping[str, PlacedBone]

    @property
    def total_mineral(self) -> NDArray[np.float32]:
        """Areal mineral density (g/cm²) of all bones."""
        total = np.zeros_like(self.materials["soft_tissue"])
        for image in self.mineral.values():
            total += image
        return total


def cross_body(once: PaintedOnce, body: Body, rays: RayGrid, *, finer: int = 1) -> BodyPaths:
    """Integrate a body along rays, exactly.

    Args:
        once: Its bones, painted in any posture.
        body: In one posture.
        rays: In the body's frame (LPS mm).
        finer: Rays along each side of a pixel over which bone is averaged.
    """
    bones = {bone.name: bone for bone in placed_bones(once, body, rays)}
    mineral = {name: bone_image(bone, rays, finer) for name, bone in bones.items()}
    whole = BodyPaths(soft_paths(body, rays), mineral, bones)
    crystal = whole.total_mineral * np.float32(1e4 / CRYSTAL_MG_CM3)  # 1 g/cm² is 1000 / 3160 cm, 10 mm each
    displaced = np.maximum(whole.materials["soft_tissue"] - crystal, np.float32(0))
    return replace(whole, materials={**whole.materials, "soft_tissue": displaced, "hydroxyapatite": crystal})


def bone_image(
    bone: PlacedBone, rays: RayGrid, finer: int, mask: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Areal density (g/cm²) averaged over each pixel, and over a Gaussian of 0.4 voxels that hides the voxels' edges.

    Args:
        bone: In its place.
        rays: In the posed body's frame (LPS mm).
        finer: Rays along each side of a pixel.
        mask: (K, J, I) of the painted bone; default all of it.
    """
    image = binned(bone.areal_density(subdivided(rays, finer), mask), finer)
    lattice = bone.painted.lattice
    middle = lattice.origin + lattice.voxel_mm * (np.array(lattice.shape[::-1]) - 1) / 2
    blur = HIDING * lattice.voxel_mm / pixel_in_body(rays, bone.pose.apply(middle))
    return np.asarray(gaussian_filter(image, blur, mode="nearest"))


def soft_paths(body: Body, rays: RayGrid) -> dict[str, NDArray[np.float32]]:
    """Lengths (mm) of fat, soft tissue and (metal, plaque) cortical bone along rays in the body's frame."""
    low, high = reached_box(rays, body.low - BEYOND_MM, body.high + BEYOND_MM)
    lattice = covering_lattice(low + OFF_WALLS_MM, np.maximum(high, low + SOFT_MM), SOFT_MM)
    hu = body.paint_soft_tissue(lattice)
    shares = tissue_shares(hu)
    metal = hu > METAL_HU
    shares["cortical_bone"][metal] = (hu[metal] + 1000) / (CORTICAL_HU + 1000)
    affine = index_to_patient(spacing=(SOFT_MM,) * 3, origin=lattice.origin)
    blank, blur = np.zeros((rays.rows, rays.columns), np.float32), SOFT_MM / 2 / pixel_in_body(rays, (low + high) / 2)
    return {
        name: gaussian_filter(Projector(share, affine, backend=measuring_backend())(rays), blur, mode="nearest")
        if share.any()
        else blank
        for name, share in shares.items()
    }


def pixel_in_body(rays: RayGrid, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of rays between rows and between columns (mm) at the depth of a point."""
    along = rays.end[:, 0] - rays.start[:, 0]
    share = float((point - rays.start[:, 0]) @ along / (along @ along))
    steps = rays.start + share * (rays.end - rays.start)
    return np.linalg.norm(steps[:, [2, 1]], axis=0)


def subdivided(rays: RayGrid, finer: int) -> RayGrid:
    """Rays `finer` times as dense along rows and columns, in the same pixels."""
    first = (1 / finer - 1) / 2
    step = np.array([[1.0, 0.0, 0.0], [first, 1 / finer, 0.0], [first, 0.0, 1 / finer]])
    return RayGrid(rays.start @ step, rays.end @ step, rays.rows * finer, rays.columns * finer)


def binned(image: NDArray[np.float32], finer: int) -> NDArray[np.float32]:
    """Mean over blocks of `finer` by `finer` pixels."""
    rows, columns = image.shape[0] // finer, image.shape[1] // finer
    blocks = image.reshape(rows, finer, columns, finer)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64), dtype=np.float32)
