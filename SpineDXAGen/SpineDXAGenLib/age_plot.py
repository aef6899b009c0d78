"""Sizes and brightness-derived density against age: the person's path within the cohort's band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import qt
from slicer.i18n import tr as _

from bonedensity.workflows.spine.model import graph_for, title_of
from bonedensity.workflows.spine.state import SpineState
from SpineDXAGenLib.painting import painting

SIZES = ("l1_l4_width", "l1_l4_height", "l1_l4_area")
HEIGHT_PX, GAP_PX, FOOT_PX, HEAD_PX, LEFT_PX, AXIS_PX = 110, 10, 34, 20, 34, 16
ACROSS = 2
BAND, PATH, NOW, FACT, INK = "#d5def0", "#b2182b", "#f59e0b", "#16a34a", "#404040"


def plot_pixmap(state: SpineState, band: Mapping[str, Any], width: int) -> Any:
    """One small plot for each size, and one for the density of a sweep over age; age runs to the right."""
    names = [name for name in SIZES if name in band["band"]]
    trend = _density_trend(state)
    rows = -(-(len(names) + (trend is not None)) // ACROSS)
    foot = rows * (HEIGHT_PX + AXIS_PX)
    pixmap = qt.QPixmap(width, foot + FOOT_PX)
    pixmap.fill(qt.QColor("white"))
    with painting(pixmap) as painter:
        for place, name in enumerate(names):
            marks = [(state.attributes.get("age"), state.attributes.get(name), FACT)]
            if state.answer is not None:
                marks.append((state.answer.attributes.get("age"), state.answer.attributes.get(name), NOW))
            title = f"{title_of(name)} ({graph_for(state.model).node(name).unit})"
            usual = np.array(band["band"][name])
            _axes(painter, _place(place, width), title, band["values"], usual, band["path"][name], marks)
        if trend is not None:
            _axes(
                painter, _place(len(names), width), _("Brightness BMD (g/cm², synthetic)"), trend[0], None, trend[1], []
            )
        painter.setPen(qt.QColor(INK))
        painter.drawText(6, foot + 14, _("By age (years). Blue: cohort, 5 to 95 %. Red: this person."))
        painter.drawText(6, foot + 29, _("Green: observed. Orange: now. Synthetic."))
    return pixmap


def _density_trend(state: SpineState) -> tuple[list[float], list[float]] | None:
    """Ages and brightness-derived density of the sweep over age, where there is one."""
    if state.sweep is None or state.sweep.name != "age":
        return None
    known = [
        (age, frame.density[1])
        for age, frame in zip(state.sweep.values, state.sweep.frames, strict=True)
        if frame.density
    ]
    return ([age for age, _value in known], [value for _age, value in known]) if len(known) > 1 else None


def _place(place: int, width: int) -> tuple[int, int, int]:
    """Left edge, top edge and width of a plot."""
    each = width // ACROSS
    return place % ACROSS * each, place // ACROSS * (HEIGHT_PX + AXIS_PX), each


def _axes(
    painter: Any,
    where: tuple[int, int, int],
    title: str,
    ages: Sequence[float],
    band: Any,
    path: Sequence[float],
    marks: Sequence[tuple[float | None, float | None, str]],
) -> None:
    left, top, width = where
    numbers = np.concatenate([np.asarray(path, float), [] if band is None else band[:, [0, 2]].ravel()])
    numbers = np.concatenate([numbers, [value for _age, value, _color in marks if value is not None]])
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    low, high = (low - 0.05 * (high - low or 1.0), high + 0.05 * (high - low or 1.0))

    def x(age: float) -> int:
        share = (age - ages[0]) / ((ages[-1] - ages[0]) or 1.0)
        return round(left + LEFT_PX + min(max(share, 0.0), 1.0) * (width - LEFT_PX - GAP_PX))

    def y(value: float) -> int:
        return round(top + HEIGHT_PX - (value - low) / (high - low) * (HEIGHT_PX - HEAD_PX))

    if band is not None:
        for at in range(x(ages[0]), x(ages[-1])):
            age = float(np.interp(at, [x(a) for a in ages], ages))
            ends = [float(np.interp(age, ages, band[:, column])) for column in (2, 0)]
            painter.fillRect(at, y(ends[0]), 1, max(1, y(ends[1]) - y(ends[0])), qt.QColor(BAND))
    painter.setPen(qt.QPen(qt.QBrush(qt.QColor(PATH)), 2.0))
    for place in range(len(ages) - 1):
        if np.isfinite([path[place], path[place + 1]]).all():
            painter.drawLine(x(ages[place]), y(path[place]), x(ages[place + 1]), y(path[place + 1]))
    for age, value, color in marks:
        if age is not None and value is not None:
            painter.fillRect(x(age) - 3, y(value) - 3, 7, 7, qt.QColor(color))
    painter.setPen(qt.QColor(INK))
    painter.drawText(left + 4, top + 13, title)
    painter.drawText(left + 2, y(high) + 14, f"{high:.3g}")
    painter.drawText(left + 2, y(low) - 2, f"{low:.3g}")
    painter.drawText(x(ages[0]), top + HEIGHT_PX + 12, f"{ages[0]:.0f}")
    painter.drawText(x(ages[-1]) - 14, top + HEIGHT_PX + 12, f"{ages[-1]:.0f}")
