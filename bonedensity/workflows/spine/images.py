"""What the images and outlines of a spine session are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.float32]
"""(rows, columns), 0 to 255 for an image; differences have signs."""

Outline = NDArray[np.float64]
"""Corners (4 levels, 4 corners, 2), column and row in pixels of the export as read."""
