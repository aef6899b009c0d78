"""What a model said of one person: abduction, counterfactuals, sweeps, pictures kept for comparison. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonedensity.workflows.spine.images import Greys, Outline


@dataclass(frozen=True, slots=True, eq=False)
class Abduction:
    """What is known of a person once the noise behind image and attributes is.

    Attributes:
        effects: By cause and effect, in standard deviations.
        band: {"values", "band": {name: (n, 3)}, "path": {name: (n,)}} by age, or None.
        seconds: It took.
    """

    effects: Mapping[tuple[str, str], float]
    band: Mapping[str, Any] | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One counterfactual on the export's own grid.

    Attributes:
        do: What was set.
        attributes: As they would be.
        difference: Greys, with signs.
        notes: What lies outside the training data, and what else is doubted.
        full: Whether the rest is known; while a slider moves it is not.
        uncertainty: Standard deviation of the change over samples, or None.
        outline: Corners on the counterfactual.
        rows: Morphometry, as `judgement.SizeRow`s' values.
        density: Brightness-derived, factual and counterfactual; synthetic.
        identity: Cosine of both images' latents.
        seconds: It took in the worker.
    """

    do: Mapping[str, float]
    attributes: Mapping[str, float]
    difference: Greys
    notes: tuple[str, ...] = ()
    full: bool = False
    uncertainty: Greys | None = None
    outline: Outline | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    density: tuple[float, float] | None = None
    identity: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """One attribute over values.

    Attributes:
        name: Attribute.
        unit: Of it.
        values: Rising.
        also: What else was set.
        frames: One counterfactual a value.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    also: Mapping[str, float]
    frames: tuple[Answer, ...]

    def nearest(self, value: float) -> int:
        """Place of the frame nearest to a value."""
        return int(np.argmin(np.abs(np.array(self.values) - value)))


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A counterfactual kept for comparison.

    Attributes:
        person: Whose.
        title: What was set.
        image: Greys as shown.
    """

    person: str
    title: str
    image: Greys
