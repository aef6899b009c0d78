"""What a training of CHVAE is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.config import ChvaeConfig, SizeName

PUBLISHED_RATE = 1e-4


@dataclass(frozen=True, slots=True)
class ChvaeTraining:
    """Lengths, rates and switches.

    Attributes:
        size: Name of the configuration, for the card.
        config: Its values; None for the named one.
        graph: Of attributes; None for the published one.
        epochs: Of the image mechanism; 2000 in the paper.
        predictor_epochs: Of the measuring network.
        start: Folder of a model whose measuring network is learnt on from; None begins anew.
        fine_tune_epochs: Of counterfactual fine-tuning; 0 leaves it out, and so does the spine's frame, which the
            measuring network does not see.
        batch: People a step; 16 in the paper.
        rate: Highest learning rate of the image mechanism; the encoder's trunk has three times it. 1e-4 in the paper.
        published: Whether the image mechanism learns as in the paper, for its 2000 epochs; else by the shorter way of
            `VaeModule`.
        predictor_rate: Highest of the measuring network.
        regions: Losses of edges and region; off for an ablation.
        residual: Whether counterfactuals carry the image's residual; off for an ablation.
        precision: Lightning's name.
        devices: Cards or processes.
        seed: Of everything.
        data: In words, for the card.
        cohort: Version of the virtual cohort, for the card; "" for `cohort_version` where all people are virtual.
        command: For the card.
        revision: Of the code, for the card.
    """

    size: SizeName = "small"
    config: ChvaeConfig | None = None
    graph: AttributeGraph | None = None
    epochs: int = 200
    predictor_epochs: int = 60
    start: Path | None = None
    fine_tune_epochs: int = 10
    batch: int = 16
    rate: float = 6e-4
    published: bool = False
    predictor_rate: float = 2e-3
    regions: bool = True
    residual: bool = True
    precision: str = "32-true"
    devices: int = 1
    seed: int = 42
    data: str = "a user's own cohort"
    cohort: str = ""
    command: str = ""
    revision: str = ""


def training_of(size: SizeName, **values: Any) -> ChvaeTraining:
    """The recipe of a size: the paper's own for `paper`, the shorter one for the others.

    Args:
        size: Name of the configuration.
        values: Other fields.
    """
    recipe = {"rate": PUBLISHED_RATE, "published": True} if size == "paper" else {}
    return ChvaeTraining(size=size, **{**recipe, **values})
