"""`bonedensity inspect`: what a file is, as this package reads it, or the one reason why it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.cli.console import JsonFlag, answer
from bonedensity.errors import UnreadableFileError
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.read_radiograph import read_radiograph


def inspect(
    path: Annotated[Path, typer.Argument(help="CT, radiograph or label map.")],
    kind: Annotated[str, typer.Option("--as", help="ct, radiograph or labels.")] = "ct",
    as_json: JsonFlag = False,
) -> None:
    """Read a file and say what it holds: size, spacing and its source, and every doubt."""
    if kind == "labels":
        values = _labels(read_label_map(path, names=TOTALSEGMENTATOR_NAMES))
    elif kind == "ct":
        values = _volume(read_ct(path))
    elif kind == "radiograph":
        values = _radiograph(read_radiograph(path))
    else:
        raise UnreadableFileError(f"--as {kind} is unknown: choose ct, radiograph or labels.")
    answer(values, as_json, lambda: "\n".join(f"{key}: {value}" for key, value in values.items()))


def _volume(volume: Volume) -> dict[str, Any]:
    array = np.asarray(volume.array)
    return {
        "kind": "ct",
        "voxels": list(array.shape[::-1]),
        "spacing_mm": volume.spacing.tolist(),
        "range_hu": [float(array.min()), float(array.max())],
        "index_to_patient": volume.index_to_patient.ravel().tolist(),
        "notes": list(volume.notes),
    }


def _labels(labels: LabelMap) -> dict[str, Any]:
    array = np.asarray(labels.volume.array)
    counts = {name: int((array == labels.values[name]).sum()) for name in labels.present()}
    return {"kind": "labels", "voxels": list(array.shape[::-1]), "labels": counts, "notes": list(labels.volume.notes)}


def _radiograph(radiograph: Radiograph) -> dict[str, Any]:
    spacing = radiograph.spacing
    return {
        "kind": "radiograph",
        "rows": radiograph.rows,
        "columns": radiograph.columns,
        "pixel_spacing_mm": None if spacing is None else list(spacing.pair),
        "spacing_source": None if spacing is None else spacing.source,
        "sdd_mm": radiograph.sdd_mm,
        "view": radiograph.view,
        "laterality": radiograph.laterality,
        "notes": list(radiograph.notes),
    }
