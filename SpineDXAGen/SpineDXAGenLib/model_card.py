"""A model's card as a page: what it was trained on, how well it does, what it is not for."""

from __future__ import annotations

from html import escape

from slicer.i18n import tr as _

from bonedensity.learning.card import ModelCard
from bonedensity.learning.figure_names import figure_lines


def card_html(card: ModelCard) -> str:
    """The card as HTML."""
    rows = [
        (_("Intended use"), card.intended_use),
        (_("Trained on"), card.data),
        (_("Size"), card.size),
        (_("Seed"), str(card.seed)),
        (_("Code"), card.revision),
        (_("Command"), card.command),
    ]
    rows += [(about or _("Other figures"), text) for about, text in figure_lines(card.metrics).items()]
    cells = "".join(
        f"<tr><td><b>{escape(name)}</b>&nbsp;</td><td>{escape(text)}</td></tr>" for name, text in rows if text
    )
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in (*LIMITS, *card.limits))
    title = _("Model card")
    return f"<h3>{title}: {escape(card.name)}</h3><table>{cells}</table><h4>{_('Limits')}</h4><ul>{limits}</ul>"


LIMITS = (
    "A counterfactual answers what this model would draw under its causal graph; it is no forecast for a patient.",
    "Brightness of a display export is not calibrated: a density read off it is synthetic, not measured.",
    "Beyond the training data every answer is an extrapolation.",
)
"""Of every such model."""
