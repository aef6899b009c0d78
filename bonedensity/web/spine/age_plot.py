"""Sizes and brightness-derived density against age, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

import numpy as np

from bonedensity.workflows.spine.age_curves import AgeCurve

PLOT = (184.0, 118.0)
LEFT, TOP, RIGHT, BOTTOM = 32.0, 20.0, 8.0, 18.0
ACROSS = 2
BAND, PATH, INK = "#3b4f6b", "#ff8a80", "#cfd6dd"
MARKS = {"observed": "#35c493", "now": "#ffb000"}


def curves_svg(curves: Sequence[AgeCurve]) -> str:
    """Small plots, two a row; "" where there is none."""
    if not curves:
        return ""
    rows = -(-len(curves) // ACROSS)
    plots = [_plot(curve, place % ACROSS * PLOT[0], place // ACROSS * PLOT[1]) for place, curve in enumerate(curves)]
    size = f"0 0 {ACROSS * PLOT[0]:g} {rows * PLOT[1]:g}"
    return f'<svg viewBox="{size}" role="img" aria-label="Sizes by age">{"".join(plots)}</svg>'


def _plot(curve: AgeCurve, left: float, top: float) -> str:
    (low, high), ages = curve.limits(), curve.ages
    floor, end = PLOT[1] - BOTTOM, PLOT[0] - RIGHT

    def at(age: float, value: float) -> str:
        share = float(np.clip((age - ages[0]) / ((ages[-1] - ages[0]) or 1.0), 0, 1))
        return f"{LEFT + share * (end - LEFT):.1f},{floor - (value - low) / (high - low) * (floor - TOP):.1f}"

    parts = [f'<g transform="translate({left:g} {top:g})">', _text(4, 13, curve.title)]
    if curve.band is not None:
        there, back = zip(ages, curve.band[:, 1], strict=True), zip(ages[::-1], curve.band[::-1, 0], strict=True)
        parts.append(f'<polygon points="{_joined(at, [*there, *back])}" fill="{BAND}"/>')
    known = [(age, value) for age, value in zip(ages, curve.path, strict=True) if np.isfinite(value)]
    parts.append(f'<polyline points="{_joined(at, known)}" fill="none" stroke="{PATH}" stroke-width="1.8"/>')
    for mark in curve.marks:
        x, y = at(mark.age, mark.value).split(",")
        parts.append(f'<circle cx="{x}" cy="{y}" r="3.4" fill="{MARKS[mark.kind]}"/>')
    parts.append(f'<path d="M{LEFT} {TOP}V{floor}H{end}" fill="none" stroke="#8fa3b5"/>')
    parts += [_text(2, TOP + 9, f"{high:.3g}"), _text(2, floor, f"{low:.3g}")]
    parts += [_text(LEFT, floor + 12, f"{ages[0]:.0f}"), _text(end - 14, floor + 12, f"{ages[-1]:.0f}")]
    return "".join([*parts, "</g>"])


def _joined(at: Callable[[float, float], str], points: Iterable[tuple[float, float]]) -> str:
    return " ".join(at(float(age), float(value)) for age, value in points)


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{INK}" font-size="10">{escape(text)}</text>'
