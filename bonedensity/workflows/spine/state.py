"""What a spine session knows. Plain data, no computation beyond turning an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bonedensity.generators.chvae.reading.dxa_image import Crop
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.imaging import LabelMap, Volume
from bonedensity.workflows.spine.images import Greys, Outline
from bonedensity.workflows.spine.model import SpineModel
from bonedensity.workflows.spine.results import Abduction, Answer, Kept, Sweep


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
        volume: What `spine_volume` returned, with what was set ("do").
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
