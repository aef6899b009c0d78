"""Picture of an internal calibration: the tissues' HU against their attenuation, and the line to density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonedensity.densitometry.figures import new_figure
from bonedensity.densitometry.internal.calibrate import InternalCalibration
from bonedensity.densitometry.internal.tissues import BONE_POROSITY, attenuation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOT, LINE = "#e0862a", "#2b6ca3"


def internal_figure(found: InternalCalibration, *, width_in: float = 11.0) -> Figure:
    """Tissues on their line at the effective energy, beside HU against bone density."""
    figure = new_figure(width_in, 0.4 * width_in)
    left, right = figure.subplots(1, 2)
    _draw_tissues(left, found)
    _draw_line(right, found)
    return figure


def _draw_tissues(axes: Axes, found: InternalCalibration) -> None:
    names = list(found.references)
    mu = np.array([attenuation(name, found.effective_kev, porosity=BONE_POROSITY) for name in names])
    hu = np.array([found.references[name] for name in names])
    slope, at_zero = np.polyfit(mu, hu, 1)
    ends = np.array([mu.min(), mu.max()])
    axes.plot(ends, slope * ends + at_zero, color=LINE, linewidth=1.2)
    axes.scatter(mu, hu, color=DOT, zorder=3)
    for name, x, y in zip(names, mu, hu, strict=True):
        beyond = x > ends.mean()
        place = (-6, -4) if beyond else (6, -10)
        axes.annotate(
            name.replace("_", " "), (x, y), xytext=place, textcoords="offset points", fontsize=9,
            ha="right" if beyond else "left",
        )  # fmt: skip
    axes.margins(x=0.2)
    axes.set(xlabel="linear attenuation (1/cm)", ylabel="HU")
    axes.tick_params(labelsize=8)
    axes.set_title(f"Tissues at {found.effective_kev:g} keV, R² {found.r_squared:.4f}", fontsize=10)


def _draw_line(axes: Axes, found: InternalCalibration) -> None:
    line = found.calibration
    hu = np.array([-100.0, 1500.0])
    density = line.slope * hu + line.intercept
    reach = np.abs(density) * line.slope_uncertainty + line.intercept_uncertainty
    axes.fill_between(hu, density - reach, density + reach, color=LINE, alpha=0.15, linewidth=0)
    axes.plot(hu, density, color=LINE, linewidth=1.2)
    axes.set(xlabel="HU", ylabel=f"mg/cm³ {line.material}")
    axes.tick_params(labelsize=8)
    axes.set_title(f"{line.slope:.3f} · HU {line.intercept:+.1f} mg/cm³; band ± 1 SD", fontsize=10)
