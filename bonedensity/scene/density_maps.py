"""Areal density over an X-ray in the scene, in colours that all can read, with a colour bar in g/cm²."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from bonedensity.scene.color_tables import STEPS, Color, color_table
from bonedensity.scene.overlays import overlay_to_node

COLORS = "Areal density (cividis)"
"""Name of the colour node; one a scene."""

CIVIDIS = (
    (0.0, 0.135, 0.305), (0.103, 0.22, 0.436), (0.264, 0.308, 0.423), (0.381, 0.395, 0.436), (0.489, 0.485, 0.471),
    (0.609, 0.58, 0.464), (0.736, 0.681, 0.424), (0.871, 0.79, 0.343), (0.996, 0.909, 0.218),
)  # fmt: skip
"""Evenly spaced colours of matplotlib's map (Nunez 2018), made for every kind of colour vision."""

LEAST_TOP_G_CM2 = 1.0
"""Upper end of the scale for thin bone."""

SEEN_G_CM2 = 0.02
"""Less is transparent."""


def density_map_to_node(scene: Any, density: NDArray[np.generic], xray: Any, name: str) -> Any:
    """A new volume node on the X-ray's grid, with its colour bar.

    Args:
        scene: The scene.
        density: (rows, columns) in g/cm²; 0 where there is none.
        xray: The X-ray's volume node.
        name: Node name.

    Raises:
        GeometryError: The map has another size than the X-ray.
    """
    node = overlay_to_node(scene, density, xray, name, unit="g/cm²")
    top = max(LEAST_TOP_G_CM2, float(np.ceil(10 * float(np.max(density))) / 10))
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(density_colors(scene).GetID())
    display.SetWindowLevelMinMax(0.0, top)
    display.SetThreshold(SEEN_G_CM2, max(top, 10.0))
    _add_color_bar(scene, node, top)
    return node


def density_colors(scene: Any) -> Any:
    """The colour node of areal densities."""
    given = np.array(CIVIDIS)
    at = np.linspace(0, 1, len(given))

    def color_at(share: float) -> Color:
        red, green, blue = (float(np.interp(share, at, given[:, part])) for part in range(3))
        return red, green, blue

    return color_table(scene, COLORS, color_at)


def _add_color_bar(scene: Any, node: Any, top: float) -> None:
    """Slicer's own colour legend beside the views that show the map."""
    legend = slicer.vtkMRMLColorLegendDisplayNode()
    legend.SetName(f"{node.GetName()}: scale")
    legend.SetTitleText("g/cm²")
    legend.SetLabelFormat("%.1f")
    legend.SetNumberOfLabels(6)
    legend.SetMaxNumberOfColors(STEPS)
    legend.SetScalarRange(0.0, top)
    scene.AddNode(legend)
    legend.SetAndObserveColorNodeID(density_colors(scene).GetID())
    legend.SetAndObservePrimaryDisplayNode(node.GetDisplayNode())
    node.AddAndObserveDisplayNodeID(legend.GetID())
