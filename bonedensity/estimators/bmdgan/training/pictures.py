"""Pictures of how a training goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bonedensity.imaging.write import write_array_image

MOST = 4
"""Exposures in a grid."""

GAP, GAP_GREY = 2, 0.5


def save_pictures(path: Path, columns: Sequence[Tensor]) -> None:
    """Write a grid as PNG: an exposure a row, with radiograph, generated and true projection side by side.

    Args:
        path: PNG; its folder is made.
        columns: Each (B, 1, rows, columns) in [-1, 1]; at most four of B are shown.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    framed = [torch.nn.functional.pad((each[:MOST, 0] + 1) / 2, (0, GAP, 0, GAP), value=GAP_GREY) for each in columns]
    rows = torch.cat(framed, dim=2).flatten(0, 1)
    write_array_image(np.rint(rows.clamp(0, 1).numpy() * 65535), path)
