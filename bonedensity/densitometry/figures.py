"""Figures drawn without a window: as a file, or as pixels that a window shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnwritableFileError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAVED_DPI = 150

SHOWN_DPI = 110
"""Of pixels in a panel, which is some 450 wide: text stays readable when it is made smaller."""


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure to PNG, PDF or SVG.

    Raises:
        UnwritableFileError: It cannot be written there.
    """
    try:
        figure.savefig(path, dpi=SAVED_DPI)
    except (OSError, ValueError) as error:
        raise UnwritableFileError(f"The picture cannot be written to {path}: {error}.") from error


def pixels_of(figure: Figure, *, dpi: float = SHOWN_DPI) -> NDArray[np.uint8]:
    """A figure as (rows, columns, 3)."""
    figure.set_dpi(dpi)
    figure.canvas.draw()
    drawn = np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]  # of the Agg canvas
    return np.ascontiguousarray(drawn[..., :3])
