"""What an estimate lacks, what its model's card says, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.estimators.registry import Overlay, estimator_named
from bonedensity.learning.card import ModelCard
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


def card_lines(card: ModelCard) -> list[str]:
    """A model's card as lines for people."""
    lines = [f"{card.name} {card.size}, trained on {card.data} (seed {card.seed}).", card.intended_use, *card.limits]
    figures = figure_lines(card.metrics)
    return [*lines, "On cases that were not trained on:", *figures] if figures else lines


def figure_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Figures by what they are about: those whose names begin alike share a line."""
    groups: dict[str, list[str]] = {}
    for name, value in metrics.items():
        if isinstance(value, int | float):
            about = _shared_beginning(name, metrics)
            rest = name.removeprefix(f"{about}_")
            groups.setdefault(about, []).append(f"{rest.replace('_', ' ')} {value:.3g}")
    return [
        f"{about.replace('_', ' ')}: {', '.join(own)}" if about else ", ".join(own) for about, own in groups.items()
    ]


def _shared_beginning(name: str, names: Collection[str]) -> str:
    """The first two words of a name, or the first, that another name begins with too and none consists of, or none."""
    words = name.split("_")
    for count in (2, 1):
        start = "_".join(words[:count])
        alike = sum(other.startswith(f"{start}_") for other in names)
        if len(words) > count and alike > 1 and start not in names:
            return start
    return ""
