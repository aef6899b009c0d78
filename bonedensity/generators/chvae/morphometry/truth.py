"""Where the corners of a virtual spine lie on its DXA export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.errors import UnreadableFileError
from bonedensity.generators.chvae.morphometry.corners import CORNERS, Outline
from bonedensity.virtual.dxa.display import EXPORT_MM
from bonedensity.virtual.dxa.scanning import SITES

SCAN = "dxa_spine_lunar"


def truth_beside(image: Path) -> Path | None:
    """The truth of a virtual person beside an image; None for an image of anybody else."""
    path = image.with_name("truth.json")
    return path if path.is_file() else None


def read_corners(path: Path) -> Outline:
    """Corners on the export, in its pixels, of a virtual person's truth.json.

    Raises:
        UnreadableFileError: No such file, or it tells of no spine DXA.
    """
    try:
        return corners_of(json.loads(path.read_text(encoding="utf-8"))["dxa"][SCAN])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFileError(f"“{path}” tells of no corners on a spine DXA: {error}.") from None


def corners_of(truth: Mapping[str, Any]) -> Outline:
    """Corners on the export, from the truth of one scan.

    Landmarks are in mm from the raw image's first pixel; the export has the same middle and other pixels.
    """
    pixel = np.array(truth["pixel_mm"][::-1])
    rows, columns = SITES["spine"]
    raw = np.array([ceil(columns * EXPORT_MM / pixel[0]), ceil(rows * EXPORT_MM / pixel[1])])
    marks = np.array([[truth["landmarks_mm"][f"{name}_{corner}"] for corner in CORNERS] for name in LUMBAR_L1_L4])
    return np.asarray((marks - (raw - 1) / 2 * pixel) / EXPORT_MM + (np.array([columns, rows]) - 1) / 2)
