"""From exposure to grey values, as a radiograph's processing does: -log, window on the body, curve, shutter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.physics.settings import XraySettings

GREY_LEVELS = 4095
"""12-bit display image."""

BODY_ABOVE_LOG = 1.0
"""-log of the relative exposure above which a pixel lies behind the body (about 5 cm of soft tissue)."""

DARKEST = 1e-6
"""Relative exposure below this is shown as this."""


def shown(exposure: NDArray[np.float64], field: NDArray[np.bool_], settings: XraySettings) -> NDArray[np.float32]:
    """Grey values, 0 to 4095, bone bright; black behind the collimator (electronic shutter).

    Args:
        exposure: Relative to the open beam, (rows, columns).
        field: True where the beam passes the collimator.
        settings: Window and response.
    """
    log = -np.log(np.maximum(exposure, DARKEST))
    body = log[field & (log > BODY_ABOVE_LOG)]
    low, high = np.percentile(body if body.size else log[field], settings.window_percentiles)
    position = np.clip((log - low) / max(float(high - low), 1e-6), 0, 1)
    grey = np.where(field, response(position, settings), 0.0)
    return np.round(grey * GREY_LEVELS).astype(np.float32)


def response(position: NDArray[np.float64], settings: XraySettings) -> NDArray[np.float64]:
    """The display curve: from 0 at 0 to 1 at 1, rising.

    Args:
        position: In the window of -log of the exposure, 0 to 1.
        settings: Shape of the curve.
    """
    if settings.response == "log":
        return position
    if settings.response == "gamma":
        return np.asarray(position**settings.contrast)
    slope = settings.steepness
    foot, head = _logistic(-slope / 2), _logistic(slope / 2)
    return np.asarray((_logistic(slope * (position - 0.5)) - foot) / (head - foot))


def _logistic(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x))))
