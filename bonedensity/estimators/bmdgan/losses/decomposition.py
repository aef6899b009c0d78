"""The generator's whole loss, with the paper's weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import l1_loss

from bonedensity.estimators.bmdgan.losses.adversarial import GameName, Seen, deceiving_loss, feature_matching_loss
from bonedensity.estimators.bmdgan.losses.gradient_correlation import gradient_correlation_loss


@dataclass(frozen=True, slots=True)
class LossWeights:
    """What each term counts (the paper's section 2.4).

    Attributes:
        l1: Of the mean absolute difference, images in [-1, 1].
        gradient: Of one less the gradient correlation.
        features: Of feature matching.
        game: Of deceiving the critics; 0 leaves the critics out, feature matching with them.
        kind: Of the game.
    """

    l1: float = 100.0
    gradient: float = 1.0
    features: float = 10.0
    game: float = 1.0
    kind: GameName = "least-squares"


class Terms(NamedTuple):
    """Each term, not weighted; scalars."""

    l1: Tensor
    gradient: Tensor
    features: Tensor
    game: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """Their weighted sum."""
        return (
            weights.l1 * self.l1
            + weights.gradient * self.gradient
            + weights.features * self.features
            + weights.game * self.game
        )


def decomposition_terms(found: Tensor, truth: Tensor, seen_true: Seen, seen_found: Seen, kind: GameName) -> Terms:
    """Of one batch.

    Args:
        found: Generated projections (B, 1, H, W) in [-1, 1].
        truth: True ones.
        seen_true: By the critics.
        seen_found: By the critics; empty where there are none.
        kind: Of the game.
    """
    l1, gradient = l1_loss(found, truth), gradient_correlation_loss(found, truth)
    if not seen_found:
        return Terms(l1, gradient, 0 * l1, 0 * l1)
    return Terms(l1, gradient, feature_matching_loss(seen_true, seen_found), deceiving_loss(seen_found, kind))
