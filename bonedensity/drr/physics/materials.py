"""What a voxel is made of, from its HU, and how much of each material a ray crosses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Backend, Projector, measuring_backend
from bonedensity.errors import GeometryError
from bonedensity.geometry import RayGrid
from bonedensity.imaging import Volume

TISSUES: tuple[tuple[str, float], ...] = (
    ("air", -1000.0),
    ("adipose", -100.0),
    ("soft_tissue", 50.0),
    ("cortical_bone", 1500.0),
)
"""Material and the HU at which a voxel is nothing else; between two of them it is a mixture of both, by volume.

So a mixture attenuates as its HU say (within 3 % at a CT's mean energy), for trabecular bone above all.
"""

BONE_STARTS_HU, BONE_IS_CORTICAL_HU = 150.0, 1500.0
"""For `material_lengths`, which must not take dense soft tissue for bone."""

MATERIALS = ("adipose", "soft_tissue", "cortical_bone")
"""Those that attenuate; names of `data/attenuation.json`. Soft tissue stands for muscle, organs and water."""

MaterialPaths = Mapping[str, NDArray[np.float32]]
"""Length (mm) of each material along each ray, (rows, columns)."""


def tissue_shares(hu: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Volume share of each material in each voxel; together with air they add up to one.

    Args:
        hu: Any shape.

    Returns:
        Of `MATERIALS`, shape of `hu`. Below -1000 HU is air, above 1500 HU (metal too) cortical bone.
    """
    anchors = [at for _, at in TISSUES]
    return {
        material: np.asarray(np.interp(hu, anchors, [float(name == material) for name, _ in TISSUES]), dtype=np.float32)
        for material in MATERIALS
    }


def material_paths(volume: Volume, rays: RayGrid, *, backend: Backend | None = None) -> dict[str, NDArray[np.float32]]:
    """Lengths (mm) of each material along each ray; materials that the CT lacks are left out.

    Args:
        volume: CT in HU.
        rays: In the CT's frame (LPS mm).
        backend: Default: the exact renderer.

    Raises:
        GeometryError: The CT holds voxels that are not finite, or nothing but air.
    """
    hu = np.asarray(volume.array, dtype=np.float32)
    if not np.isfinite(np.sum(hu, dtype=np.float64)):
        raise GeometryError("The volume holds voxels that are not finite (NaN or infinite); replace them first.")
    chosen = backend or measuring_backend()
    paths = {}
    for material, share in tissue_shares(hu).items():
        if share.any():
            paths[material] = Projector(share, volume.index_to_patient, backend=chosen)(rays)
    if not paths:
        raise GeometryError("There is nothing to project: every voxel is air.")
    return paths


def material_lengths(
    volume: Volume, rays: RayGrid, *, backend: Backend | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lengths (mm) of soft tissue and of cortical bone: fat counts as thin soft tissue, bone starts at 150 HU.

    Args:
        volume: CT in HU.
        rays: In the CT's frame (LPS mm).
        backend: Default: the exact renderer.
    """
    hu = np.asarray(volume.array, dtype=np.float32)
    bone = np.clip((hu - BONE_STARTS_HU) / (BONE_IS_CORTICAL_HU - BONE_STARTS_HU), 0, 1)
    soft = (1 - bone) * np.clip(1 + hu / 1000, 0, 1)
    chosen = backend or measuring_backend()
    soft_mm = Projector(soft, volume.index_to_patient, backend=chosen)(rays)
    if not bone.any():
        return soft_mm, np.zeros_like(soft_mm)
    return soft_mm, Projector(bone, volume.index_to_patient, backend=chosen)(rays)
