"""AdamW under one cycle of the learning rate, as both networks of the built-in segmentation learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

DECAY = 1e-4
"""Of weights."""


def one_cycle(parameters: Iterable[torch.nn.Parameter], rate: float, steps: int) -> dict[str, Any]:
    """What Lightning's `configure_optimizers` returns.

    Args:
        parameters: That learn.
        rate: Highest learning rate.
        steps: Of the whole training.
    """
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=DECAY)
    length = max(steps, 4)  # two up and two down, which a short run needs
    warm = max(0.05, 2 / length)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=length, pct_start=warm)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
