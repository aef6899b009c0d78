"""What a spine session knows. Plain data, no computation beyond turning an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.reading.dxa_image import Crop
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.imaging import LabelMap, Volume
from bonedensity.workflows.spine.model import SpineModel

Greys = NDArray[np.float32]
"""(rows, columns), 0 to 255 for an image; differences have signs."""

Outline = NDArray[np.float64]
"""Corners (4 levels, 4 corners, 2), column and row in pixels of the export as read."""


@dataclass(frozen=True, slots=True, eq=False)
class Dxa:
    """An export as it was read.

    Attributes:
        array: Greys (rows, columns), never changed.
        pixel_mm: (row, column) where it is known.
        spacing_source: Where from.
        name: For messages.
        notes: What the reader did or doubted.
        seed: Of a virtual person; None for any other.
        origin: Where the window has it from, such as a node's id.
    """

    array: Greys
    pixel_mm: tuple[float, float] | None = None
    spacing_source: str = ""
    name: str = "DXA"
    notes: tuple[str, ...] = ()
    seed: int | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """How an export is set upright, and which part of it the network sees.

    Attributes:
        orientation: To be done first.
        crop: Of the upright image.
        reasons: Why, where it is a proposal.
    """

    orientation: Orientation
    crop: Crop
    reasons: tuple[str, ...] = ()

    @classmethod
    def whole(cls, array: Greys, orientation: Orientation | None = None) -> View:
        """All of an export."""
        turned = orientation or Orientation()
        rows, columns = array.shape if turned.quarter_turns % 2 == 0 else array.shape[::-1]
        return cls(turned, (0, rows, 0, columns))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> View:
        """From JSON."""
        top, bottom, left, right = (int(edge) for edge in values["crop"])
        return cls(Orientation.of(values["orientation"]), (top, bottom, left, right), tuple(values.get("reasons", ())))

    def to_json(self) -> dict[str, Any]:
        """As `of` reads it."""
        return {"orientation": self.orientation.to_json(), "crop": list(self.crop), "reasons": list(self.reasons)}


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


@dataclass(slots=True)
class SpineState:
    """Everything of one session.

    Attributes:
        model: In use; None while there is none, and `problem` says why.
        dxa: As read.
        view: How the network sees it.
        proposal: How it probably should, or None.
        attributes: Given so far.
        outline: Corners on the factual image, found or dragged; `marked` where a person dragged them.
        found: Those that were found, to go back to.
        do: What is set.
        samples: Of the latents, once the sliders rest.
        ct: The person's CT, with labelled bones.
        volume: What `spine_volume` returned.
    """

    model: SpineModel | None = None
    problem: str = "Choose a model first."
    folder: str = ""
    dxa: Dxa | None = None
    view: View | None = None
    proposal: View | None = None
    attributes: dict[str, float] = field(default_factory=dict)
    outline: Outline | None = None
    marked: bool = False
    found: Outline | None = None
    abduction: Abduction | None = None
    do: dict[str, float] = field(default_factory=dict)
    answer: Answer | None = None
    sweep: Sweep | None = None
    kept: list[Kept] = field(default_factory=list)
    samples: int = 4
    ct: Volume | None = None
    labels: LabelMap | None = None
    volume: Mapping[str, Any] | None = None

    def image(self) -> Greys | None:
        """The counterfactual on the export's own grid; the factual image where nothing is asked yet."""
        if self.dxa is None or self.answer is None:
            return None if self.dxa is None else self.dxa.array
        return shown(self.dxa.array, self.answer.difference)


def shown(factual: Greys, difference: Greys) -> Greys:
    """The counterfactual: the factual image with the change added, kept to its range."""
    return np.asarray(np.where(difference == 0, factual, np.clip(factual + difference, 0, 255)), dtype=np.float32)
