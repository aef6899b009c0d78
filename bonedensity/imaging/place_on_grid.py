"""Labels of one grid on another."""

from __future__ import annotations

import numpy as np
import SimpleITK

from bonedensity.errors import AnatomyError
from bonedensity.imaging.labelmap import LabelMap
from bonedensity.imaging.sitk_bridge import to_sitk
from bonedensity.imaging.volume import Volume, same_grid

WHOLE_SHARE = 0.995
"""Labelled voxels inside the other grid, as a share, from which nothing is said about those outside."""


def place_on_grid(labels: LabelMap, volume: Volume) -> LabelMap:
    """The labels on the volume's grid: the same object on the same grid, else each voxel takes the nearest label.

    What was done, and how much of the labels lies outside, is in `notes` of the result's volume.

    Raises:
        AnatomyError: No label lies inside the volume.
    """
    if same_grid(labels.volume, volume):
        return labels
    inside = _share_inside(labels, volume)
    resampled = SimpleITK.Resample(
        to_sitk(labels.volume),
        to_sitk(volume.with_array(np.zeros(volume.array.shape, dtype=np.uint8))),
        SimpleITK.Transform(),
        SimpleITK.sitkNearestNeighbor,
        0.0,
    )
    array = SimpleITK.GetArrayFromImage(resampled)
    if not array.any():
        raise AnatomyError(
            f"No label of “{labels.volume.name}” lies inside “{volume.name}”: they are of different scans, or one of "
            "them was moved."
        )
    notes = [f"The labels were brought onto the grid of “{volume.name}” by nearest neighbour."]
    if inside < WHOLE_SHARE:
        notes.append(f"{100 * (1 - inside):.1f} % of the labelled voxels lie outside “{volume.name}” and were cut off.")
    placed = Volume(
        array, volume.index_to_patient, unit="1", name=labels.volume.name, notes=(*labels.volume.notes, *notes)
    )
    return LabelMap(placed, labels.names)


def _share_inside(labels: LabelMap, volume: Volume) -> float:
    """Share of labelled voxels whose centres lie inside the volume, its outer half voxels included."""
    kji = np.argwhere(labels.volume.array)
    if not len(kji):
        return 1.0
    index = volume.to_index(labels.volume.to_patient(kji[:, ::-1]))
    high = np.array(volume.array.shape[::-1]) - 0.5
    return float(((index >= -0.5) & (index < high)).all(axis=1).mean())
