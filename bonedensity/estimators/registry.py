"""The estimators by name: each registers itself with what it needs, so that a window can offer it unseen.

    register_estimator(Estimator("mine", "My estimator", "What it does.", load=load_mine, fields=(…)))

A new one that comes with the package is one module that does so, and its name in `BUILT_IN`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.device import DeviceName
from bonedensity.errors import ModelError
from bonedensity.estimators.form import MetadataField
from bonedensity.imaging import Radiograph
from bonedensity.learning.card import ModelCard, read_card
from bonedensity.learning.weights import SHIPPED
from bonedensity.measurement import Measurement
from bonedensity.progress import OnProgress, ShouldStop, never, silent

BUILT_IN = ("bonedensity.estimators.bmdgan.estimator",)
"""Modules that register the estimators of this package; imported when somebody first asks for one."""

_known: dict[str, Estimator] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """An image on a radiograph's own pixels.

    Attributes:
        title: As shown to people.
        array: (rows, columns).
        unit: What the numbers mean, such as "g/cm²".
    """

    title: str
    array: NDArray[np.float32]
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What an estimator says of one radiograph.

    Attributes:
        measurements: That may be quoted; empty where it abstains.
        reasons: Why it abstains, one sentence each.
        overlays: By name; the first is the one to show.
        side: Which side, "L" or "R"; "" where that means nothing.
        notes: What was done or assumed, and on which device.
    """

    measurements: tuple[Measurement, ...]
    reasons: tuple[str, ...] = ()
    overlays: Mapping[str, Overlay] = field(default_factory=dict)
    side: str = ""
    notes: tuple[str, ...] = ()


class Predictor(Protocol):
    """An estimator with its weights in memory."""

    @property
    def card(self) -> ModelCard:
        """Of the weights."""

    def predict(
        self,
        radiograph: Radiograph,
        metadata: Mapping[str, Any] | None = None,
        *,
        device: DeviceName = "auto",
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> Estimate:
        """Estimate; what is left out of the metadata takes its default."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """One way from a radiograph to bone density.

    Attributes:
        name: By which it is asked for; also that of its card and its shipped weights.
        title: As shown to people.
        summary: What it does, one sentence.
        load: From the folder of the weights (None: the shipped ones) to a predictor.
        fields: Of its metadata form.
    """

    name: str
    title: str
    summary: str
    load: Callable[[Path | None], Predictor]
    fields: tuple[MetadataField, ...] = ()

    def shipped(self) -> bool:
        """Whether weights come with this version."""
        return (SHIPPED / self.name).is_dir()

    def card(self, folder: Path | None = None) -> ModelCard:
        """The card of a folder's weights, or of the shipped ones; no network is loaded.

        Raises:
            UnreadableFileError: There is no card.
            ModelError: It is another model's, or none come with this version.
        """
        if folder is None and not self.shipped():
            raise ModelError(
                f"{self.title} has no weights in this version: train it, or choose the folder of its weights."
            )
        card = read_card(folder or SHIPPED / self.name)
        if card.name != self.name:
            raise ModelError(f"“{folder}” holds the model {card.name or 'without a name'}, not {self.title}.")
        return card

    def checked(self, metadata: Mapping[str, Any] | None) -> dict[str, Any]:
        """Metadata with defaults.

        Raises:
            ModelError: An entry that this estimator does not know, or a value that cannot be.
        """
        given, known = dict(metadata or {}), {each.name for each in self.fields}
        if unknown := sorted(set(given) - known):
            raise ModelError(
                f"{self.title} knows no {', '.join(unknown)}; it takes {', '.join(sorted(known)) or 'nothing'}."
            )
        return {each.name: each.checked(given.get(each.name)) for each in self.fields}


def register_estimator(estimator: Estimator) -> None:
    """Make an estimator known; one of the same name is replaced."""
    _known[estimator.name] = estimator


def estimators() -> dict[str, Estimator]:
    """All known estimators by name."""
    for module in BUILT_IN:
        importlib.import_module(module)
    return dict(_known)


def estimator_named(name: str) -> Estimator:
    """A known estimator.

    Raises:
        ModelError: No such estimator.
    """
    known = estimators()
    if name not in known:
        raise ModelError(f"There is no estimator “{name}”; there are {', '.join(known)}.")
    return known[name]


def load(name: str, folder: Path | None = None) -> Predictor:
    """An estimator with its weights in memory, such as `load("bmdgan").predict(radiograph)`.

    Raises:
        ModelError: No such estimator, or weights that do not fit.
        UnreadableFileError: Weights or card are missing or damaged.
    """
    return estimator_named(name).load(folder)
