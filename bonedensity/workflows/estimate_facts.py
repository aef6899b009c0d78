"""What an estimate lacks, what its model's card says, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.estimators.registry import Overlay, estimator_named
from bonedensity.learning.card import ModelCard
from bonedensity.learning.figure_names import figure_lines
from bonedensity.measurement import Measurement


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """What an estimator said of the X-ray.

    Attributes:
        title: The estimator.
        measurements: That may be quoted; empty where it abstains.
        reasons: Why it abstains, one sentence each.
        side: "L", "R" or "".
        overlays: Images on the X-ray's own pixels, by name.
        notes: What was done or assumed, and on which device.
        picture: Areal density over the X-ray with its scale, (rows, columns, 3) of uint8; None without one.
    """

    title: str
    measurements: tuple[Measurement, ...]
    reasons: tuple[str, ...]
    side: str
    overlays: Mapping[str, Overlay] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    picture: NDArray[np.uint8] | None = None


def why_no_estimate(has_xray: bool, name: str, folder: str) -> str:
    """What an estimate lacks, as one sentence; "" when it can begin."""
    if not has_xray:
        return "Load an X-ray, or simulate one from the CT."
    try:
        card_of(name, folder)
    except BoneDensityError as error:
        return str(error)
    return ""


def card_of(name: str, folder: str) -> ModelCard:
    """The card of the weights that would be used.

    Raises:
        BoneDensityError: There is none, or it is another model's.
    """
    return estimator_named(name).card(Path(folder) if folder else None)


def card_facts(card: ModelCard) -> list[tuple[str, str]]:
    """A model's card for people: what each line is about ("" where it says so itself), and the line."""
    facts = [
        (f"{card.name} {card.size}", f"trained on {card.data} (seed {card.seed})."),
        ("", card.intended_use),
        *(("", limit) for limit in card.limits),
    ]
    figures = list(figure_lines(card.metrics).items())
    return [*facts, ("On cases that were not trained on", ""), *figures] if figures else facts


def card_lines(card: ModelCard) -> list[str]:
    """A model's card as plain lines."""
    return [": ".join(part for part in fact if part) for fact in card_facts(card)]
