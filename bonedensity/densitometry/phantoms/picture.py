"""Picture of a phantom calibration: where the rods were found, and the line through them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bonedensity.densitometry.figures import new_figure, save_figure
from bonedensity.densitometry.phantoms.calibrate import PhantomCalibration
from bonedensity.densitometry.phantoms.slabs import Stack
from bonedensity.imaging import Volume

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW_HU = (-200.0, 400.0)
BORDER_MM = 30.0
ROD, LINE = "#e0862a", "#2b6ca3"


def save_phantom_picture(path: Path, ct: Volume, found: PhantomCalibration) -> None:
    """Write `phantom_figure` to PNG, PDF or SVG.

    Args:
        path: Where.
        ct: In which the phantom was found.
        found: What was found.

    Raises:
        UnwritableFileError: The picture cannot be written there.
    """
    save_figure(phantom_figure(ct, found), path)


def phantom_figure(ct: Volume, found: PhantomCalibration, *, width_in: float = 11.0) -> Figure:
    """A slice with the rods ringed and named, beside their HU against density."""
    figure = new_figure(width_in, 0.4 * width_in)
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    _draw_slice(left, ct, found)
    _draw_line(right, found)
    return figure


def _draw_slice(axes: Axes, ct: Volume, found: PhantomCalibration) -> None:
    from matplotlib.patches import Circle

    stack = Stack.of(ct)
    places = np.array([stack.from_patient(rod.centre) for rod in found.rods])
    row_mm, column_mm = float(stack.spacing[1]), float(stack.spacing[2])
    picture = np.asarray(stack.array[round(float(np.median(places[:, 0])))])
    at = places[:, 1:] * (row_mm, column_mm)
    extent = (-column_mm / 2, (picture.shape[1] - 0.5) * column_mm, (picture.shape[0] - 0.5) * row_mm, -row_mm / 2)
    axes.imshow(picture, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], extent=extent)
    for rod, (down, right) in zip(found.rods, at, strict=True):
        style = "-" if rod.seen else ":"
        axes.add_patch(
            Circle((right, down), rod.diameter_mm / 2, fill=False, color=ROD, linewidth=1.5, linestyle=style)
        )
        name = (right, down + 0.75 * rod.diameter_mm)
        axes.annotate(f"{rod.density:g}", name, color=ROD, ha="center", va="top", fontsize=9)
    low, high = at.min(axis=0) - BORDER_MM, at.max(axis=0) + BORDER_MM
    axes.set(xlim=(low[1], high[1]), ylim=(high[0], low[0]), xticks=[], yticks=[])
    axes.set_title(f"{found.phantom.title}: rods found (mg/cm³)", fontsize=10)


def _draw_line(axes: Axes, found: PhantomCalibration) -> None:
    line = found.calibration
    hu = np.array([rod.value.hu for rod in found.rods])
    measured = np.array([rod.density + rod.residual_mg_cm3 for rod in found.rods])
    nominal = np.array([rod.density for rod in found.rods])
    if found.phantom.water_equivalents is None:
        ends = np.array([hu.min(), hu.max()])
        axes.plot(ends, line.slope * ends + line.intercept, color=LINE, linewidth=1.2)
        axes.scatter(hu, nominal, color=ROD, zorder=3)
        axes.set(xlabel="HU", ylabel=f"mg/cm³ {found.phantom.material}")
    else:  # rods of several materials lie on no line of HU
        ends = np.array([nominal.min(), nominal.max()])
        axes.plot(ends, ends, color=LINE, linewidth=1.2)
        axes.scatter(nominal, measured, color=ROD, zorder=3)
        axes.set(xlabel=f"nominal mg/cm³ {found.phantom.material}", ylabel="by the two-parameter fit")
    residual = 0.0 if line.residual_mg_cm3 is None else line.residual_mg_cm3
    title = f"{line.slope:.4f} mg/cm³ per HU, {line.intercept:+.1f} mg/cm³; residual {residual:.2f} mg/cm³"
    axes.set_title(title, fontsize=10)
