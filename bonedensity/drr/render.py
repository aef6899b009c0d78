"""Projections of a volume as a camera sees it: whole, or bone by bone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Backend, Projector
from bonedensity.drr.quantity import Quantity, prepare
from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RayGrid, RigidTransform, pinhole_rays
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.volume import same_grid


def render(
    volume: Volume,
    camera: PinholeCamera,
    pose: RigidTransform,
    *,
    labels: LabelMap | None = None,
    bones: Iterable[str] | None = None,
    quantity: Quantity = "attenuation",
    backend: Backend = "auto",
) -> NDArray[np.float32]:
    """One DRR: the line integral along each detector pixel's ray.

    Args:
        volume: In HU, or in mg/cm³ for `density`.
        camera: Source and detector.
        pose: `world_from_ct`.
        labels: Segmentation on the volume's grid; with `bones`, all other voxels count as nothing.
        bones: Names of the labels to project together; default all bones of `labels`.
        quantity: What to integrate; see `drr.quantity` for units.
        backend: Which renderer; "exact" for an image that carries a number.

    Returns:
        (rows, columns) float32, in the quantity's unit.

    Raises:
        AnatomyError: A bone without voxels.
        CalibrationError: The volume's unit does not fit the quantity.
        GeometryError: The labels lie on another grid, or there is nothing to project.
    """
    projector = projector_of(volume, labels=labels, bones=bones, quantity=quantity, backend=backend)
    return project(projector, camera, pose)


def project(projector: Projector, camera: PinholeCamera, pose: RigidTransform) -> NDArray[np.float32]:
    """The DRR of a prepared volume from a camera at a pose (`world_from_ct`)."""
    return projector(rays_in_patient(camera, pose))


def rays_in_patient(camera: PinholeCamera, pose: RigidTransform) -> RayGrid:
    """The camera's rays in the CT's own frame (LPS mm)."""
    return pinhole_rays(camera).moved(pose.inverse().matrix)


def projector_of(
    volume: Volume,
    *,
    labels: LabelMap | None = None,
    bones: Iterable[str] | None = None,
    quantity: Quantity = "attenuation",
    backend: Backend = "auto",
) -> Projector:
    """A volume, or some of its bones, made ready for many projections; arguments and errors as `render`."""
    array, factor = prepare(volume, quantity)
    if labels is not None:
        if not same_grid(volume, labels.volume):
            raise GeometryError(
                f"The segmentation “{labels.volume.name}” does not lie on the grid of “{volume.name}”: "
                "resample it first."
            )
        array = np.where(labels.mask(labels.present() if bones is None else bones), array, np.float32(0.0))
    return Projector(array, volume.index_to_patient, factor=factor, backend=backend)
