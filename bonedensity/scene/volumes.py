"""Volume and scalar volume node."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

from bonedensity.imaging.volume import Volume
from bonedensity.scene.attributes import fact, put_fact
from bonedensity.scene.frames import flipped_grid, from_vtk_matrix, to_vtk_matrix
from bonedensity.scene.images import array_of, new_image, restored
from bonedensity.scene.parents import world_from_node

UCUM = {
    "HU": ("[hnsf'U]", "Hounsfield unit"),
    "mg/cm³": ("mg/cm3", "milligram per cubic centimetre"),
    "g/cm²": ("g/cm2", "gram per square centimetre"),
}
"""Unit as printed to UCUM code and meaning, which Slicer shows beside the value under the mouse."""


def volume_to_node(scene: Any, volume: Volume, name: str | None = None) -> Any:
    """A new vtkMRMLScalarVolumeNode with a copy of the volume.

    Args:
        scene: The scene.
        volume: Array (K, J, I), LPS grid, unit; any rotation, spacing and flip.
        name: Node name; the volume's own where None.
    """
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name or volume.name)
    put_image(node, volume.array, volume.index_to_patient)
    put_unit(node, volume.unit)
    put_fact(node, "Name", volume.name)
    put_fact(node, "Notes", list(volume.notes))
    node.CreateDefaultDisplayNodes()
    return node


def node_to_volume(node: Any, *, unit: str = "HU", in_world: bool = True) -> Volume:
    """A copy of a scalar or label volume node's content as a volume in LPS.

    Args:
        node: vtkMRMLScalarVolumeNode.
        unit: What its numbers mean where the node does not say.
        in_world: Linear parent transforms are applied to the grid; False leaves the node's own coordinates.

    Raises:
        GeometryError: No image, colour image, or a parent transform that is not linear or shears.
    """
    array = stored_array(node)
    world = world_from_node(node) if in_world else np.eye(4)
    return Volume(
        array,
        world @ own_grid(node),
        unit=unit_of(node, unit),
        name=fact(node, "Name") or node.GetName(),
        notes=tuple(fact(node, "Notes", ())),
    )


def put_image(node: Any, array: NDArray[np.generic], index_to_patient: NDArray[np.float64]) -> None:
    """Set a volume node's voxels (K, J, I) and grid (4x4 to LPS mm), and the storage that keeps both as they are."""
    node.SetIJKToRASMatrix(to_vtk_matrix(flipped_grid(index_to_patient)))
    node.SetAndObserveImageData(new_image(array))
    put_fact(node, "Type", array.dtype.name)
    if node.GetStorageNode() is None:
        node.AddDefaultStorageNode()
    node.GetStorageNode().SetForceRightHandedIJKCoordinateSystem(False)  # else a mirrored grid is turned on reloading


def stored_array(node: Any) -> NDArray[np.generic]:
    """A copy of a volume node's voxels, (K, J, I), in the number type that `put_image` was given.

    Raises:
        GeometryError: No image, or a colour image.
    """
    return restored(array_of(node.GetImageData(), name=node.GetName()), fact(node, "Type"))


def own_grid(node: Any) -> NDArray[np.float64]:
    """4x4 from voxel indices to LPS mm of the node's own coordinates, parent transforms left out."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return flipped_grid(from_vtk_matrix(matrix))


def put_unit(node: Any, unit: str) -> None:
    """Say what a volume node's numbers mean, as printed and, where there is a code, in UCUM."""
    put_fact(node, "Unit", unit)
    if unit in UCUM:
        code, meaning = UCUM[unit]
        entry = slicer.vtkCodedEntry()
        entry.SetValueSchemeMeaning(code, "UCUM", meaning)
        node.SetVoxelValueUnits(entry)


def unit_of(node: Any, default: str) -> str:
    """What a volume node's numbers mean: our own note, else the UCUM code that Slicer's DICOM reader sets."""
    said = fact(node, "Unit")
    if said is not None:
        return str(said)
    entry = node.GetVoxelValueUnits()
    code = entry.GetCodeValue() if entry is not None else None
    return next((unit for unit, (value, _) in UCUM.items() if value == code), default)
