"""The game between generator and critics: two kinds of its loss, and feature matching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss

GameName = Literal["least-squares", "log"]
"""least-squares: Mao 2017, the default. log: the paper's equation 1, with the generator's non-saturating form."""

Seen = Sequence[Sequence[Tensor]]
"""What each layer of each critic makes of a pair; the last of each critic is its logits."""

FEATURE_SHARE = 4.0
"""Feature matching counts every layer with this over the number of layers, so that depth does not change its sum."""


def critic_loss(true: Seen, false: Seen, game: GameName = "least-squares") -> Tensor:
    """How badly critics tell true pairs from generated ones, mean over critics.

    Args:
        true: What critics see in true pairs.
        false: What they see in generated pairs, without the generator's slope.
        game: Which loss.
    """
    losses = [_verdict(a[-1], 1.0, game) + _verdict(b[-1], 0.0, game) for a, b in zip(true, false, strict=True)]
    return 0.5 * torch.stack(losses).mean()


def deceiving_loss(false: Seen, game: GameName = "least-squares") -> Tensor:
    """How badly the generator deceives the critics, mean over critics."""
    return torch.stack([_verdict(layers[-1], 1.0, game) for layers in false]).mean()


def feature_matching_loss(true: Seen, false: Seen) -> Tensor:
    """Mean difference between what critics see in true and in generated pairs, in all layers but the logits.

    Args:
        true: Taken without a slope.
        false: With the generator's slope.
    """
    total = torch.zeros((), device=false[0][0].device)
    for layers, generated in zip(true, false, strict=True):
        weight = FEATURE_SHARE / (len(layers) - 1) / len(true)
        for a, b in zip(layers[:-1], generated[:-1], strict=True):
            total = total + weight * l1_loss(b, a.detach())
    return total


def _verdict(logits: Tensor, wanted: float, game: GameName) -> Tensor:
    target = torch.full_like(logits, wanted)
    if game == "log":
        return binary_cross_entropy_with_logits(logits, target)
    return (logits - target).square().mean()
