"""Named points from a file: what `bonedensity landmarks --json` prints, or a point list that 3D Slicer saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.workflows.inputs import read_json_object

LPS = "LPS"
FLIPPED = {LPS: np.ones(3), "0": np.array([-1.0, -1.0, 1.0]), "RAS": np.array([-1.0, -1.0, 1.0])}
"""A point list's coordinate system to LPS; 0 is the old name of RAS."""


def read_landmarks(path: Path) -> dict[str, NDArray[np.float64]]:
    """Name to (3,) LPS mm.

    Raises:
        UnreadableFileError: Not there, or no JSON object.
        GeometryError: Neither of the two kinds, an unknown coordinate system, or a point that is not three numbers.
    """
    values = read_json_object(path, "landmark")
    try:
        points = _of_slicer(values) if "markups" in values else dict(values["landmarks"])
        found = {name: np.array(point, dtype=np.float64) for name, point in points.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise GeometryError(
            f"“{path}” holds no landmarks: give what `bonedensity landmarks --json` prints, or a point list of 3D "
            "Slicer (.mrk.json) in LPS or RAS."
        ) from None
    wrong = next((name for name, point in found.items() if point.shape != (3,) or not np.isfinite(point).all()), None)
    if wrong is not None or not found:
        raise GeometryError(f"The landmark “{wrong or 'list'}” of “{path}” is not three finite numbers (LPS mm).")
    return found


def _of_slicer(values: dict[str, Any]) -> dict[str, NDArray[np.float64]]:
    return {
        point["label"]: FLIPPED[markup.get("coordinateSystem", LPS)] * np.array(point["position"], dtype=np.float64)
        for markup in values["markups"]
        for point in markup["controlPoints"]
        if point.get("positionStatus", "defined") == "defined"
    }
