"""Pictures of agreement: scatter with the line of identity, and Bland and Altman's plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.densitometry.agreement.pairs import Estimate, paired
from bonedensity.densitometry.agreement.summary import Agreement, agreement
from bonedensity.densitometry.figures import new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOT, LINE, BAND = "#2b6ca3", "#333333", "#d98c3f"
"""Colors of points, of lines and of the limits; told apart by the colour-blind."""


def save_agreement_plot(
    path: Path, reference: ArrayLike, estimate: ArrayLike, *, names: tuple[str, str], unit: str, note: str = ""
) -> Agreement:
    """Write `agreement_figure` to PNG, PDF or SVG, and give back what it shows.

    Raises:
        StatisticsError: Not pairs.
        UnwritableFileError: The picture cannot be written there.
    """
    figure, found = agreement_figure(reference, estimate, names=names, unit=unit, note=note)
    save_figure(figure, path)
    return found


def agreement_figure(
    reference: ArrayLike, estimate: ArrayLike, *, names: tuple[str, str], unit: str, note: str = ""
) -> tuple[Figure, Agreement]:
    """Scatter and Bland-Altman plot side by side, and what they show.

    Args:
        reference: (n) values.
        estimate: (n) values, same order and unit.
        names: Of both methods, reference first.
        unit: As printed.
        note: Printed above, such as "synthetic patients".

    Raises:
        StatisticsError: Not pairs.
    """
    x, y = paired(reference, estimate)
    found = agreement(x, y, unit=unit)
    figure = new_figure(10, 4.6)
    left, right = figure.subplots(1, 2)
    _draw_scatter(left, x, y, found, names)
    _draw_bland_altman(right, x, y, found, names)
    if note:
        figure.suptitle(note, fontsize=10)
    return figure, found


def _draw_scatter(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], found: Agreement, names: tuple[str, str]
) -> None:
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    border = 0.05 * (high - low)
    ends = (low - border, high + border)
    axes.plot(ends, ends, color=LINE, linewidth=1, linestyle="--", label="identity")
    axes.scatter(x, y, s=18, color=DOT, alpha=0.75, edgecolors="none")
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.set_xlabel(f"{names[0]} ({found.unit})")
    axes.set_ylabel(f"{names[1]} ({found.unit})")
    text = f"n = {found.differences.count}\nPCC {found.pearson.value:.3f}\nICC(A,1) {found.intraclass.value:.3f}\n"
    text += f"MAE {found.errors.mae:.3g} {found.unit}"
    axes.text(0.04, 0.96, text, transform=axes.transAxes, va="top", fontsize=9)
    axes.legend(loc="lower right", frameon=False, fontsize=9)


def _draw_bland_altman(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], found: Agreement, names: tuple[str, str]
) -> None:
    d = found.differences
    axes.scatter((x + y) / 2, y - x, s=18, color=DOT, alpha=0.75, edgecolors="none")
    axes.axhline(0, color="#bbbbbb", linewidth=0.8)
    _draw_line(axes, d.bias, LINE, "bias")
    _draw_line(axes, d.upper_limit, BAND, "+1.96 SD")
    _draw_line(axes, d.lower_limit, BAND, "-1.96 SD")
    axes.margins(x=0.05, y=0.18)
    axes.set_xlabel(f"mean of both ({found.unit})")
    axes.set_ylabel(f"{names[1]} - {names[0]} ({found.unit})")


def _draw_line(axes: Axes, at: Estimate, color: str, name: str) -> None:
    """A level with the band of its confidence interval and its value at the right edge."""
    axes.axhline(at.value, color=color, linewidth=1.2, linestyle="-" if name == "bias" else "--")
    axes.axhspan(at.low, at.high, color=color, alpha=0.12, linewidth=0)
    label = f"{name} {at.value:.3g}"
    axes.text(0.99, at.value, label, transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=9)
