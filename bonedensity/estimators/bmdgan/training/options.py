"""What a training of BMD-GAN is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bonedensity.estimators.bmdgan.config import SIZES, BmdganConfig, SizeName
from bonedensity.estimators.bmdgan.data.augment import AugmentationName
from bonedensity.estimators.bmdgan.losses.decomposition import LossWeights
from bonedensity.estimators.bmdgan.losses.sample_weights import WeightName


class Epochs(NamedTuple):
    """Passes through the training data.

    Attributes:
        bones: Stage one.
        proximal: Stage two.
        frozen: Stage three, head alone.
        tuned: Stage three, end to end; 0 leaves it out.
    """

    bones: int
    proximal: int
    frozen: int
    tuned: int


EPOCHS: dict[SizeName, Epochs] = {
    "tiny": Epochs(10, 10, 10, 10),
    "small": Epochs(5, 35, 5, 15),
    "T": Epochs(630, 630, 310, 70),
    "S": Epochs(630, 630, 310, 70),
    "B": Epochs(630, 630, 310, 70),
}
"""Whole SGDR cycles; those of T, S and B are the paper's."""

RATES: dict[SizeName, tuple[float, float]] = {
    "tiny": (1e-3, 2e-4),
    "small": (1e-3, 5e-4),
    "T": (6e-5, 8e-6),
    "S": (6e-5, 8e-6),
    "B": (6e-5, 8e-6),
}
"""Highest learning rate of all stages but the last, and of the last; those of T, S and B are the paper's."""


CYCLES: dict[SizeName, int] = {"tiny": 10, "small": 5, "T": 10, "S": 10, "B": 10}
"""Epochs of SGDR's first cycle."""

QUIET: dict[SizeName, int] = {"tiny": 0, "small": 5, "T": 0, "S": 0, "B": 0}
"""Epochs before the critics join. `small` learns its first cycle by difference and edges alone: a third quicker, and
critics say little of a generator that knows nothing yet."""

AUGMENTED: dict[SizeName, AugmentationName] = {
    "tiny": "published",
    "small": "steady",
    "T": "published",
    "S": "published",
    "B": "published",
}
"""How images are changed; the published changes need the published length."""


STEADINESS: dict[SizeName, float] = {"tiny": 0.0, "small": 1.0, "T": 0.0, "S": 0.0, "B": 0.0}
"""Weight of `unsteadiness` where the regressor is tuned. The paper has none; `small` differs between postures by a
quarter less for it, and its correlation to DXA is lower by 0.009."""


@dataclass(frozen=True, slots=True)
class BmdganTraining:
    """What a training is made of.

    Attributes:
        size: Name of the configuration, for the card.
        config: The configuration; None for the named one.
        epochs: Of each stage; None for those of the size.
        batch: Images a step.
        rates: Highest learning rates before the last stage and in it; None for those of the size.
        cycle: Epochs of SGDR's first cycle; None for those of the size.
        decay: Of weights.
        hierarchical: Stage one learns all bones; else it learns the proximal femur as stage two does.
        decomposition: Learn to decompose at all; else densities are regressed directly, from nothing.
        losses: Weights of the decomposition's losses.
        quiet: Epochs of stages one and two before the critics join; None for those of the size.
        augmentation: How images are changed; None for the size's way.
        weighting: Of people in stage three.
        steadiness: Weight, in the last stage, of how much the answers to the images of one hip differ; None for that
            of the size.
        start: Folder of a trained BMD-GAN that is learnt further: stage two begins with its generator and the last
            stage with its regressor, stage one and the frozen one are left out. None begins with fresh weights.
        training: Manifest of further people, who are learnt from alone; whom all is judged on stays the same.
        calibration: Manifest of further people, who set intervals and limits alone: few tell them badly.
        doubtful: Take exposures whose registration is doubtful too.
        seed: Of the division of people, initialisation, order and changes.
        devices: Cards or processes on each node.
        nodes: Machines.
        precision: Lightning's name, such as "16-mixed".
        workers: Processes that read images.
        data: In words, for the card.
        cohort: Version of the virtual cohort; "" for `cohort_version` where all people are virtual.
        command: For the card.
        revision: Of the code, for the card.
    """

    size: SizeName = "small"
    config: BmdganConfig | None = None
    epochs: Epochs | None = None
    batch: int = 4
    rates: tuple[float, float] | None = None
    cycle: int | None = None
    decay: float = 1e-2
    hierarchical: bool = True
    decomposition: bool = True
    losses: LossWeights = field(default_factory=LossWeights)
    quiet: int | None = None
    augmentation: AugmentationName | None = None
    weighting: WeightName = "paper"
    steadiness: float | None = None
    start: Path | None = None
    training: Path | None = None
    calibration: Path | None = None
    doubtful: bool = False
    seed: int = 0
    devices: int = 1
    nodes: int = 1
    precision: str = "32-true"
    workers: int = 0
    data: str = "a user's own cohort"
    cohort: str = ""
    command: str = ""
    revision: str = ""

    @property
    def network(self) -> BmdganConfig:
        """The configuration."""
        return self.config or SIZES[self.size]

    @property
    def length(self) -> Epochs:
        """Epochs of each stage."""
        return self.epochs or EPOCHS[self.size]

    @property
    def rate_pair(self) -> tuple[float, float]:
        """Highest learning rates."""
        return self.rates or RATES[self.size]

    @property
    def first_cycle(self) -> int:
        """Epochs of the first cycle."""
        return self.cycle or CYCLES[self.size]

    @property
    def quiet_epochs(self) -> int:
        """Epochs before the critics join."""
        return QUIET[self.size] if self.quiet is None else self.quiet

    @property
    def changes(self) -> AugmentationName:
        """How images are changed."""
        return self.augmentation or AUGMENTED[self.size]

    @property
    def steadiness_weight(self) -> float:
        """Of how much the answers to the images of one hip differ."""
        return STEADINESS[self.size] if self.steadiness is None else self.steadiness
