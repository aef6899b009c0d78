"""The plot of a running registration: the best similarity against the number of projections compared."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.workflows.search_trace import SearchTrace, limits, placed

MARGINS = (38, 8, 10, 30)
"""Left, top, right, bottom, for the axes' numbers (pixels)."""

LINE, AXIS, TEXT = "#2a7fbf", "#9aa5ad", "#6b7680"
"""Readable on light and dark backgrounds."""


def draw_plot(label: Any, trace: SearchTrace) -> None:
    """Draw the trace into a QLabel, as large as it is."""
    width, height = max(int(label.width), 200), max(int(label.height), 100)
    pixmap = qt.QPixmap(width, height)
    pixmap.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter(pixmap)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    _axes(painter, width, height, trace)
    _curves(painter, width, height, trace)
    painter.end()
    label.setPixmap(pixmap)


def _axes(painter: Any, width: int, height: int, trace: SearchTrace) -> None:
    left, top, right, bottom = MARGINS
    low, high = limits(trace.curves())
    painter.setPen(qt.QPen(qt.QColor(AXIS), 1))
    painter.drawLine(left, height - bottom, width - right, height - bottom)
    painter.drawLine(left, top, left, height - bottom)
    painter.setPen(qt.QColor(TEXT))
    font = painter.font()
    font.setPointSize(8)
    painter.setFont(font)
    painter.drawText(2, top + 8, f"{high:.2f}")
    painter.drawText(2, height - bottom + 2, f"{low:.2f}")
    painter.drawText(left, height - bottom + 12, "0")
    count = f"{trace.evaluations:,}".replace(",", "\u2009")
    end = painter.fontMetrics().boundingRect(count).width()
    painter.drawText(width - right - end, height - bottom + 12, count)
    painter.drawText(left, height - 4, _("Similarity against projections compared"))


def _curves(painter: Any, width: int, height: int, trace: SearchTrace) -> None:
    left, top, right, bottom = MARGINS
    curves = trace.curves()
    sizes = sorted({curve.size_px for curve in curves})
    for curve, points in zip(curves, placed(curves, width - left - right, height - top - bottom), strict=True):
        painter.setPen(qt.QPen(qt.QColor(LINE), 1.0 + sizes.index(curve.size_px)))
        steps = [(left + float(x), top + float(y)) for x, y in points]
        for (x0, y0), (x1, y1) in pairwise(steps):
            painter.drawLine(qt.QPointF(x0, y0), qt.QPointF(x1, y1))
        if len(steps) == 1:
            painter.drawPoint(qt.QPointF(*steps[0]))
