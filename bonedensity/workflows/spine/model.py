"""Which trained model is used, and what its card says; nothing here needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bonedensity.errors import BoneDensityError, ModelError
from bonedensity.generators.chvae.causal.graph import AttributeGraph, graph_of, shipped_graph
from bonedensity.generators.chvae.storage import MODEL_NAME
from bonedensity.learning.card import ModelCard, read_card
from bonedensity.learning.weights import model_folder

TITLES = {
    "sex": "Sex",
    "age": "Age",
    "standing_height": "Standing height",
    "weight": "Weight",
    "l1_l4_width": "L1–L4 width",
    "l1_l4_height": "L1–L4 height",
    "l1_l4_area": "L1–L4 area",
    "physical_activity": "Physical activity",
}
"""Attributes as shown."""

Support = Mapping[str, tuple[float, float]]
"""By attribute the middle 99 % of the training data."""


@dataclass(frozen=True, slots=True)
class SpineModel:
    """A model as its card tells it.

    Attributes:
        folder: As the worker is told: "" for the shipped weights.
        card: What it was trained on and how well it did.
        graph: Its causal graph.
        support: Known once the worker has loaded the weights; empty before.
    """

    folder: str
    card: ModelCard
    graph: AttributeGraph
    support: Support = field(default_factory=dict)


def find_model(folder: str) -> tuple[SpineModel | None, str]:
    """The model of a user's folder, or with "" the shipped one; else None and why not, in one sentence."""
    try:
        path = model_folder(MODEL_NAME, Path(folder).expanduser() if folder else None)
        card = read_card(path)
        if card.name != MODEL_NAME:
            raise ModelError(f"“{path}” holds the model “{card.name}”, not {MODEL_NAME}: choose another folder.")
        return SpineModel(folder, card, graph_of(card.config.get("graph", {}))), ""
    except BoneDensityError as error:
        return None, str(error)


def graph_for(model: SpineModel | None) -> AttributeGraph:
    """Whose variables the form asks for: the model's, or while there is none the published ones."""
    return shipped_graph() if model is None else model.graph


def title_of(name: str) -> str:
    """An attribute as shown."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def said(name: str, value: float, graph: AttributeGraph) -> str:
    """An attribute's value with its unit."""
    if name == "sex":
        return "male" if value else "female"
    return f"{value:.4g} {graph.node(name).unit}".rstrip()


def said_do(do: Mapping[str, float], graph: AttributeGraph) -> str:
    """Interventions in words, such as “Age = 80 years”; “as observed” for none."""
    return ", ".join(f"{title_of(name)} = {said(name, value, graph)}" for name, value in do.items()) or "as observed"
