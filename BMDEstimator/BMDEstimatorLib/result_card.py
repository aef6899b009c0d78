"""The result of a registration as a few lines of HTML that a QLabel shows."""

from __future__ import annotations

from html import escape
from typing import Any

from slicer.i18n import tr as _

from bonedensity.anatomy.labels import title_of

GOOD, BAD = "#2a9d6f", "#d98200"
"""Readable on light and dark backgrounds; the words say the same."""


def card_html(values: dict[str, Any]) -> str:
    """Verdict, reasons and figures.

    Args:
        values: What `scene_results.facts_of` gives, and as "moved" whether the bones were moved since.
    """
    accepted = values["accepted"]
    verdict = _("Accepted") if accepted else _("Doubtful")
    lines = [f'<b style="color:{GOOD if accepted else BAD}; font-size:large">{verdict}</b>']
    if values.get("moving"):
        lines[0] += f" · {escape(title_of(values['moving']))}"
    if values.get("moved"):
        lines.append(f"<b>{_('The bones were moved since: this is about the pose before.')}</b>")
    lines += [f"• {escape(reason, quote=False)}" for reason in values["reasons"]]
    lines.append(_figures(values))
    lines += _uncertainty(values)
    if values.get("error_mm") is not None:
        text = _("Against the hidden truth: {error} mm in plane (start {start} mm), {depth} mm in depth.")
        error, start, depth = (f"{values[key]:.1f}" for key in ("error_mm", "start_error_mm", "depth_error_mm"))
        lines.append(escape(text.format(error=error, start=start, depth=depth)))
    lines.append(f"<i>{_('Judge it by eye as well: move through the modes above.')}</i>")
    return "<br>".join(lines)


def _uncertainty(values: dict[str, Any]) -> list[str]:
    """The score, and how surely each of the six parameters is known."""
    lines = []
    if values.get("chance") is not None:
        lines.append(_("Score of the edges’ signs: {score} of 1.").format(score=f"{values['chance']:.2f}"))
    if values.get("deviations"):
        tilt, twist, spin, right, down, depth = (f"{value:.2g}" for value in values["deviations"])
        text = _(
            "Standard deviations: right {right}, down {down}, away {depth} mm, tilt {tilt}, twist {twist}, spin {spin}°"
        )
        lines.append(text.format(right=right, down=down, depth=depth, tilt=tilt, twist=twist, spin=spin))
    return lines


def _figures(values: dict[str, Any]) -> str:
    text = _("Similarity {end} (start {start}); {count} projections compared in {seconds} s.")
    said = text.format(
        end=f"{values['similarity']:.2f}",
        start=f"{values['start_similarity']:.2f}",
        count=values["evaluations"],
        seconds=f"{values['seconds']:.1f}",
    )
    if values.get("agreement_mm") is not None:
        apart = _("Two searches ended {apart} mm apart in plane.").format(apart=f"{values['agreement_mm']:.2f}")
        said = f"{said} {apart}"
    return escape(said)
