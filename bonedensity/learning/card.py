"""What a network's weights are, where they come from, and what they may be used for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from bonedensity.errors import ModelError, UnreadableFileError

CARD_FILE = "card.json"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card of one model's weights.

    Attributes:
        name: Of the model, such as "bayesian-unet".
        size: Named configuration, such as "small".
        config: That configuration's plain values.
        data: What it was trained on, in words, and how many.
        cohort: Version of the virtual cohort; "" for other data.
        seed: Of the training.
        command: That made it.
        revision: Of the code (git).
        metrics: Name to value, on cases that were not trained on.
        intended_use: In a sentence.
        limits: In sentences.
    """

    name: str
    size: str
    config: Mapping[str, Any]
    data: str
    cohort: str
    seed: int
    command: str
    revision: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    intended_use: str = "Research on bone density; not for diagnosis."
    limits: tuple[str, ...] = ()


def write_card(card: ModelCard, folder: Path) -> None:
    """Write a model's card beside its weights."""
    (folder / CARD_FILE).write_text(json.dumps(asdict(card), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def put_metrics(metrics: Mapping[str, float], folder: Path) -> None:
    """Put figures into a model's card, in place of those that it held.

    Raises:
        UnreadableFileError: There is no card.
    """
    write_card(replace(read_card(folder), metrics=metrics), folder)


def read_card(folder: Path) -> ModelCard:
    """The card in a model's folder.

    Raises:
        UnreadableFileError: There is none, or it is no JSON.
        ModelError: A field is missing or unknown.
    """
    path = folder / CARD_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnreadableFileError(f"“{path}” cannot be read: a model needs its card beside its weights.") from None
    known = {each.name for each in fields(ModelCard)}
    if not isinstance(values, dict) or not set(values) <= known:
        raise ModelError(f"“{path}” is no model card of BoneDensity.")
    try:
        return ModelCard(**{**values, "limits": tuple(values.get("limits", ()))})
    except TypeError as error:
        raise ModelError(f"“{path}” is not complete: {error}.") from None
