"""Drawings of lines and words as Qt pictures, in the colours of the window."""

from __future__ import annotations

from typing import Any

import qt

from bonedensity.workflows.setup_drawing import Drawing, Words

COLORS = {
    "beam": "#d98200",
    "axis": "#b7a27a",
    "source": "#d98200",
    "detector": "#2b7fbf",
    "patient": "#8a7a6a",
    "measure": "",
}
"""By kind, readable on light and dark backgrounds; an empty one is that of the window's text."""

WIDE = ("detector", "patient", "source")
"""Kinds that are drawn with a thicker line."""

LETTER_PX, LINE_PX = 9, 16
"""Room for a letter: wide enough for every font that Slicer uses in its panels."""


def show_drawing(label: Any, drawing: Drawing) -> None:
    """Show a drawing in a QLabel, which takes its height."""
    text = label.palette.color(qt.QPalette.WindowText)
    pixmap = qt.QPixmap(drawing.width, drawing.height)
    pixmap.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter()
    painter.begin(pixmap)
    painter.setRenderHint(qt.QPainter.Antialiasing, True)
    for stroke in drawing.strokes:
        painter.setPen(_pen(stroke.kind, text))
        for (x0, y0), (x1, y1) in zip(stroke.points, stroke.points[1:], strict=False):
            painter.drawLine(round(x0), round(y0), round(x1), round(y1))
    for words in drawing.words:
        painter.setPen(_pen(words.kind, text))
        painter.drawText(_room(words, drawing.width), qt.Qt.AlignCenter, words.text)
    painter.end()
    label.minimumHeight = drawing.height
    label.setPixmap(pixmap)


def _pen(kind: str, text: Any) -> Any:
    pen = qt.QPen(qt.QColor(COLORS[kind]) if COLORS[kind] else text)
    pen.setWidth(2 if kind in WIDE else 1)
    return pen


def _room(words: Words, width: int) -> Any:
    """Rectangle about the words' middle, moved into the picture where it would stand out."""
    wide = min(LETTER_PX * (len(words.text) + 1), width)
    left = min(max(round(words.x - wide / 2), 0), width - wide)
    return qt.QRect(left, round(words.y - LINE_PX / 2), wide, LINE_PX)
