"""Sizes and brightness-derived density against age, painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import qt
from slicer.i18n import tr as _

from bonedensity.workflows.spine.age_curves import AgeCurve
from SpineDXAGenLib.painting import painting

HEIGHT_PX, GAP_PX, FOOT_PX, HEAD_PX, LEFT_PX, AXIS_PX = 110, 10, 34, 20, 34, 16
ACROSS = 2
BAND, PATH, INK = "#d5def0", "#b2182b", "#404040"
MARKS = {"observed": "#16a34a", "now": "#f59e0b"}


def plot_pixmap(curves: Sequence[AgeCurve], width: int) -> Any:
    """Small plots, two a row; age runs to the right."""
    foot = -(-len(curves) // ACROSS) * (HEIGHT_PX + AXIS_PX)
    pixmap = qt.QPixmap(width, foot + FOOT_PX)
    pixmap.fill(qt.QColor("white"))
    with painting(pixmap) as painter:
        for place, curve in enumerate(curves):
            _axes(painter, _place(place, width), curve)
        painter.setPen(qt.QColor(INK))
        painter.drawText(6, foot + 14, _("By age (years). Blue: cohort, 5 to 95 %. Red: this person."))
        painter.drawText(6, foot + 29, _("Green: observed. Orange: now. Synthetic."))
    return pixmap


def _place(place: int, width: int) -> tuple[int, int, int]:
    """Left edge, top edge and width of a plot."""
    each = width // ACROSS
    return place % ACROSS * each, place // ACROSS * (HEIGHT_PX + AXIS_PX), each


def _axes(painter: Any, where: tuple[int, int, int], curve: AgeCurve) -> None:
    left, top, width = where
    ages, (low, high) = curve.ages, curve.limits()

    def x(age: Any) -> Any:
        share = np.clip((age - ages[0]) / ((ages[-1] - ages[0]) or 1.0), 0.0, 1.0)
        return np.rint(left + LEFT_PX + share * (width - LEFT_PX - GAP_PX)).astype(int).tolist()

    def y(value: Any) -> Any:
        return np.rint(top + HEIGHT_PX - (value - low) / (high - low) * (HEIGHT_PX - HEAD_PX)).astype(int).tolist()

    if curve.band is not None:
        across = range(x(ages[0]), x(ages[-1]))
        at, color = np.linspace(ages[0], ages[-1], len(across)), qt.QColor(BAND)
        floors, roofs = (y(np.interp(at, ages, curve.band[:, column])) for column in (0, 1))
        for place, floor, roof in zip(across, floors, roofs, strict=True):
            painter.fillRect(place, roof, 1, max(1, floor - roof), color)
    painter.setPen(qt.QPen(qt.QBrush(qt.QColor(PATH)), 2.0))
    known = np.isfinite(curve.path)
    xs, ys = x(ages[known]), y(curve.path[known])
    for place in range(len(xs) - 1):
        painter.drawLine(xs[place], ys[place], xs[place + 1], ys[place + 1])
    for mark in curve.marks:
        painter.fillRect(x(mark.age) - 3, y(mark.value) - 3, 7, 7, qt.QColor(MARKS[mark.kind]))
    painter.setPen(qt.QColor(INK))
    painter.drawText(left + 4, top + 13, _(curve.title))
    painter.drawText(left + 2, y(high) + 14, f"{high:.3g}")
    painter.drawText(left + 2, y(low) - 2, f"{low:.3g}")
    painter.drawText(x(ages[0]), top + HEIGHT_PX + 12, f"{ages[0]:.0f}")
    painter.drawText(x(ages[-1]) - 14, top + HEIGHT_PX + 12, f"{ages[-1]:.0f}")
