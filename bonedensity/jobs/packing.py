"""What goes through the exchange, taken apart into arrays and JSON, and put together again without loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume

Packable = Volume | LabelMap | Radiograph | NDArray[Any] | PinholeCamera | RigidTransform
"""The kinds of objects that a window and its worker exchange."""

Write = Callable[[NDArray[np.generic]], str]
"""Stores an array and returns its name."""

Read = Callable[[object], NDArray[np.generic]]
"""The array of a name."""


class BadReferenceError(BoneDensityError):
    """A parameter that should stand for data in the exchange, but does not."""


def pack(value: Packable, write: Write) -> dict[str, Any]:
    """The object's JSON; its arrays are written.

    Raises:
        TypeError: Another kind of object.
    """
    for kind, (of, packed, _) in KINDS.items():
        if isinstance(value, of):
            return {"kind": kind} | packed(value, write)
    raise TypeError(f"A {type(value).__name__} cannot be exchanged; there are {', '.join(KINDS)}.")


def unpack(reference: object, read: Read) -> Any:
    """The object of a reference.

    Raises:
        BadReferenceError: No reference, or a damaged one.
    """
    kind = reference.get("kind") if isinstance(reference, dict) else None
    if not isinstance(reference, dict) or not isinstance(kind, str) or kind not in KINDS:
        raise BadReferenceError("A reference to data in the exchange is needed here; put the data there first.")
    try:
        return KINDS[kind][2](reference, read)
    except (KeyError, TypeError, ValueError) as error:
        raise BadReferenceError(f"The reference to a {kind} is damaged; put the data there again.") from error


def _pack_volume(volume: Volume, write: Write) -> dict[str, Any]:
    return {
        "array": write(volume.array),
        "index_to_patient": volume.index_to_patient.ravel().tolist(),
        "unit": volume.unit,
        "name": volume.name,
        "notes": list(volume.notes),
    }


def _unpack_volume(values: dict[str, Any], read: Read) -> Volume:
    affine = np.array(values["index_to_patient"], dtype=np.float64).reshape(4, 4)
    return Volume(read(values["array"]), affine, values["unit"], values["name"], tuple(values["notes"]))


def _pack_labels(labels: LabelMap, write: Write) -> dict[str, Any]:
    return {
        "volume": pack(labels.volume, write),
        "names": {str(value): name for value, name in labels.names.items()},
    }


def _unpack_labels(values: dict[str, Any], read: Read) -> LabelMap:
    return LabelMap(
        _unpack_volume(values["volume"], read), {int(value): name for value, name in values["names"].items()}
    )


def _pack_radiograph(radiograph: Radiograph, write: Write) -> dict[str, Any]:
    return {"array": write(radiograph.array), **radiograph.facts()}


def _unpack_radiograph(values: dict[str, Any], read: Read) -> Radiograph:
    return Radiograph.from_facts(read(values["array"]), values)


def _pack_camera(camera: PinholeCamera, _: Write) -> dict[str, Any]:
    return {
        "intrinsics": camera.intrinsics.ravel().tolist(),
        "camera_from_world": camera.camera_from_world.matrix.ravel().tolist(),
        "rows": camera.rows,
        "columns": camera.columns,
        "pixel_spacing_mm": None if camera.pixel_spacing_mm is None else list(camera.pixel_spacing_mm),
    }


def _unpack_camera(values: dict[str, Any], _: Read) -> PinholeCamera:
    spacing = values["pixel_spacing_mm"]
    return PinholeCamera(
        np.array(values["intrinsics"], dtype=np.float64),
        RigidTransform(np.array(values["camera_from_world"], dtype=np.float64)),
        int(values["rows"]),
        int(values["columns"]),
        None if spacing is None else (float(spacing[0]), float(spacing[1])),
    )


def _pack_transform(transform: RigidTransform, _: Write) -> dict[str, Any]:
    return {"matrix": transform.matrix.ravel().tolist()}


def _unpack_transform(values: dict[str, Any], _: Read) -> RigidTransform:
    return RigidTransform(np.array(values["matrix"], dtype=np.float64))


def _pack_array(array: NDArray[np.generic], write: Write) -> dict[str, Any]:
    return {"array": write(array)}


def _unpack_array(values: dict[str, Any], read: Read) -> NDArray[np.generic]:
    return read(values["array"])


KINDS: dict[str, tuple[type, Callable[[Any, Write], dict[str, Any]], Callable[[dict[str, Any], Read], Any]]] = {
    "volume": (Volume, _pack_volume, _unpack_volume),
    "labels": (LabelMap, _pack_labels, _unpack_labels),
    "radiograph": (Radiograph, _pack_radiograph, _unpack_radiograph),
    "camera": (PinholeCamera, _pack_camera, _unpack_camera),
    "transform": (RigidTransform, _pack_transform, _unpack_transform),
    "array": (np.ndarray, _pack_array, _unpack_array),
}
"""Kind to its class, and how it is taken apart and put together."""
