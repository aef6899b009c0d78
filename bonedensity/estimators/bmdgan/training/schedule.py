"""SGDR: a learning rate that falls along a cosine and starts anew, each time twice as long (Loshchilov 2017)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

FIRST_CYCLE = 10
"""Epochs. The paper's 70, 150, 310 and 630 epochs are 3, 4, 5 and 6 whole cycles, each twice as long as the last."""

GROWTH = 2


def epochs_of_cycles(cycles: int) -> int:
    """Epochs at whose end that many cycles are whole."""
    return FIRST_CYCLE * (GROWTH**cycles - 1) // (GROWTH - 1)


def adamw_with_restarts(
    parameters: Iterable[nn.Parameter],
    rate: float,
    decay: float,
    betas: tuple[float, float] = (0.9, 0.999),
    cycle: int = FIRST_CYCLE,
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.CosineAnnealingWarmRestarts]:
    """The paper's optimiser and schedule; the schedule steps once an epoch.

    Args:
        parameters: To be trained.
        rate: At the start of each cycle.
        decay: Of weights.
        betas: Of Adam's means.
        cycle: Epochs of the first cycle.
    """
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, betas=betas)
    return optimiser, torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, cycle, GROWTH)
