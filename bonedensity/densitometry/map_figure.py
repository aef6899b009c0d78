"""Areal density in colour over a radiograph, with its scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_TOP_G_CM2 = 1.0
"""Upper end of the scale for thin bone, so that noise is not drawn as if it were dense."""

COLORS = "cividis"
"""Reads the same for every kind of colour vision."""

LONGEST_PX = 900

SEEN_G_CM2 = 0.02
"""Less is not drawn: there the radiograph shows through."""


def density_map_figure(xray: NDArray[np.float32], density: NDArray[np.float32], title: str) -> Figure:
    """The radiograph in grey, the areal density over it, and the colour bar in g/cm².

    Args:
        xray: (rows, columns), bone bright.
        density: On the same grid, g/cm²; 0 where there is none.
        title: Printed above.
    """
    step = max(1, max(xray.shape) // LONGEST_PX)
    grey, shown = xray[::step, ::step], density[::step, ::step]
    low, high = np.percentile(grey, (1.0, 99.7))
    top = max(LEAST_TOP_G_CM2, float(np.ceil(10 * shown.max()) / 10))
    tall = 4.2 * grey.shape[0] / grey.shape[1]
    figure = new_figure(5.4, min(max(tall, 2.4), 7.0) + 0.4)
    axes = figure.subplots()
    axes.imshow(grey, cmap="gray", vmin=low, vmax=high)
    drawn = axes.imshow(np.ma.masked_less(shown, SEEN_G_CM2), cmap=COLORS, vmin=0.0, vmax=top, alpha=0.85)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)
    figure.colorbar(drawn, ax=axes, label="areal density (g/cm²)", shrink=0.85)
    return figure
