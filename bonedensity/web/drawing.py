"""Line drawings as SVG."""

from __future__ import annotations

from html import escape

from bonedensity.workflows.search_trace import SearchTrace, limits, placed
from bonedensity.workflows.setup_drawing import Drawing

COLORS = {
    "beam": "#ffb000",
    "axis": "#8fa3b5",
    "detector": "#e8ecf0",
    "patient": "#6cb4ee",
    "measure": "#aab4be",
    "source": "#ffb000",
}
"""Of the set-up's shapes, told apart by every kind of colour vision."""

PLOT = (370, 130)
"""Width and height of the search's plot in pixels."""

MARGINS = (40, 8, 10, 32)
"""Left, top, right, bottom, for the axes' numbers."""


def set_up_svg(drawing: Drawing) -> str:
    """Source, patient and detector."""
    parts = [
        f'<polyline points="{_points(stroke.points)}" fill="none" stroke="{COLORS[stroke.kind]}" stroke-width="1.5"/>'
        for stroke in drawing.strokes
    ]
    for words in drawing.words:
        parts.append(_text(words.x, words.y + 4, words.text, color=COLORS[words.kind]))
    return _svg(drawing.width, drawing.height, parts, "Drawing of the X-ray set-up, to scale")


def search_svg(trace: SearchTrace) -> str:
    """The similarity against the number of projections compared; "" before the first."""
    curves = trace.curves()
    if not curves:
        return ""
    (width, height), (left, top, right, bottom) = PLOT, MARGINS
    low, high = limits(curves)
    floor, end = height - bottom, width - right
    parts = [
        f'<path d="M{left} {top}V{floor}H{end}" fill="none" stroke="#8fa3b5"/>',
        _text(left - 4, top + 9, f"{high:.2f}", anchor="end"),
        _text(left - 4, floor, f"{low:.2f}", anchor="end"),
        _text(left, floor + 13, "0", anchor="start"),
        _text(end, floor + 13, f"{trace.evaluations:,}".replace(",", "\u2009"), anchor="end"),
        _text((left + end) / 2, height - 3, "Similarity against projections compared"),
    ]
    for points in placed(curves, end - left, floor - top):
        shown = [(left + float(x), top + float(y)) for x, y in points]
        parts.append(f'<polyline points="{_points(shown)}" fill="none" stroke="#6cb4ee" stroke-width="1.6"/>')
    return _svg(width, height, parts, "How the similarity grew")


def _points(points: tuple[tuple[float, float], ...] | list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(x: float, y: float, text: str, *, color: str = "#aab4be", anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="11" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: int, height: int, parts: list[str], title: str) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">{inside}</svg>'
