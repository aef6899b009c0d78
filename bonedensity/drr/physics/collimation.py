"""The collimator's blades: which part of the detector the beam reaches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.physics.settings import XraySettings


def open_field(shape: tuple[int, int], settings: XraySettings) -> NDArray[np.bool_]:
    """True where the beam passes between the blades, (rows, columns).

    The blades' edges are at shares of the image's width and height, turned together about the image's centre.
    """
    rows, columns = shape
    left, right, top, bottom = settings.collimation
    angle = np.deg2rad(settings.collimation_tilt_deg)
    v, u = np.meshgrid(np.arange(rows) - (rows - 1) / 2, np.arange(columns) - (columns - 1) / 2, indexing="ij")
    x = (u * np.cos(angle) + v * np.sin(angle)) / columns + 0.5
    y = (-u * np.sin(angle) + v * np.cos(angle)) / rows + 0.5
    covered = np.zeros(shape, dtype=np.bool_)
    for share, distance in ((left, x), (right, 1 - x), (top, y), (bottom, 1 - y)):
        if share > 0:
            covered |= distance < share
    return ~covered
