"""How large a study is, so that it fits the machine at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.config import SIZES, BmdganConfig
from bonedensity.estimators.bmdgan.studies.names import SCALES
from bonedensity.estimators.bmdgan.training.options import BmdganTraining, Epochs


@dataclass(frozen=True, slots=True)
class Scale:
    """Of a study.

    Attributes:
        training: Options of every training in it.
        folds: People are tested in so many parts, each by a model that did not see them; 1 divides them once.
    """

    training: BmdganTraining
    folds: int


def scale_named(name: str, *, seed: int = 0, config: BmdganConfig | None = None, epochs: Epochs | None = None) -> Scale:
    """A scale.

    Args:
        name: Of `SCALES`.
        seed: Of everything.
        config: In place of the scale's own network.
        epochs: In place of the scale's own length.

    Raises:
        ModelError: There is none of that name.
    """
    if name == "tiny":
        scale = Scale(BmdganTraining("tiny", batch=8, augmentation="mild"), folds=1)
    elif name == "small":
        scale = Scale(BmdganTraining("small", batch=8, weighting="none"), folds=1)
    elif name == "paper":
        scale = Scale(BmdganTraining("B", batch=4), folds=5)
    else:
        raise ModelError(f"There is no scale “{name}”: choose {', '.join(SCALES)}.")
    own = config or SIZES[scale.training.size]
    return replace(scale, training=replace(scale.training, config=own, epochs=epochs, seed=seed))
