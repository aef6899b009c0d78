"""How one attribute follows from its causes and from noise of its own; each can be run backwards exactly.

Everything here is on the model's scale: logarithms in standard deviations of the training data for positive attributes,
-0.5 and 0.5 for binary ones. Float64 throughout, because abduction is promised to be exact.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonedensity.generators.chvae.causal.spline import MonotoneSpline

LEAST_SCALE, MOST_SCALE = 1e-3, 1e3
MOST_SHIFT = 50.0
SLOPE_LEFT = 0.1
"""Of the LeakyReLU."""

HIDDEN = (16, 32)
"""Units of the context network's layers."""


def normal_log_density(u: Tensor) -> Tensor:
    """Log density of the standard normal distribution."""
    return -0.5 * u**2 - 0.5 * math.log(2 * math.pi)


class RootMechanism(nn.Module):
    """An attribute without causes: noise, standard normal, through a spline."""

    def __init__(self) -> None:
        super().__init__()
        self.spline = MonotoneSpline()

    def noise(self, value: Tensor, parents: Tensor) -> Tensor:
        """Of values (n,)."""
        u: Tensor = self.spline(value)[0]
        return u

    def value(self, noise: Tensor, parents: Tensor) -> Tensor:
        """From noise (n,)."""
        return self.spline.inverse(noise)

    def log_density(self, value: Tensor, parents: Tensor) -> Tensor:
        """Of values (n,)."""
        u, steep = self.spline(value)
        return normal_log_density(u) + steep


class AffineMechanism(nn.Module):
    """value = shift(causes) + scale(causes) · noise; shift and scale from a network on top of straight lines.

    The straight lines are ours: they begin at the least squares solution, so that the network learns only what bends,
    and an intervention beyond the data is answered by a line and not by chance.

    Args:
        causes: How many.
    """

    def __init__(self, causes: int) -> None:
        super().__init__()
        self.line = nn.Linear(causes, 1, dtype=torch.float64)
        layers: list[nn.Module] = []
        width = causes
        for hidden in HIDDEN:
            layers += [nn.Linear(width, hidden, dtype=torch.float64), nn.LeakyReLU(SLOPE_LEFT)]
            width = hidden
        self.context = nn.Sequential(*layers)
        self.heads = nn.Linear(width, 2, dtype=torch.float64)
        nn.init.zeros_(self.heads.weight)
        nn.init.zeros_(self.heads.bias)

    def start(self, value: Tensor, parents: Tensor) -> None:
        """Set lines and scale to the least squares solution of values (n,) on causes (n, causes)."""
        design = torch.cat([parents, torch.ones_like(parents[:, :1])], dim=1)
        solution = torch.linalg.lstsq(design, value[:, None]).solution[:, 0]
        spread = float((value - design @ solution).std().clamp_min(2 * LEAST_SCALE))
        with torch.no_grad():
            self.line.weight.copy_(solution[None, :-1])
            self.line.bias.copy_(solution[-1:])
            self.heads.bias[1] = math.log(math.expm1(spread - LEAST_SCALE))

    def noise(self, value: Tensor, parents: Tensor) -> Tensor:
        """Of values (n,) under causes (n, causes)."""
        shift, scale = self._shift_and_scale(parents)
        return (value - shift) / scale

    def value(self, noise: Tensor, parents: Tensor) -> Tensor:
        """From noise (n,) under causes (n, causes)."""
        shift, scale = self._shift_and_scale(parents)
        return shift + scale * noise

    def log_density(self, value: Tensor, parents: Tensor) -> Tensor:
        """Of values (n,) under causes (n, causes)."""
        shift, scale = self._shift_and_scale(parents)
        return normal_log_density((value - shift) / scale) - torch.log(scale)

    def _shift_and_scale(self, parents: Tensor) -> tuple[Tensor, Tensor]:
        bent = self.heads(self.context(parents))
        shift = (self.line(parents)[:, 0] + bent[:, 0]).clamp(-MOST_SHIFT, MOST_SHIFT)
        return shift, (functional.softplus(bent[:, 1]) + LEAST_SCALE).clamp_max(MOST_SCALE)


class BinaryMechanism(nn.Module):
    """0 or 1 with a learnt chance. Its noise is the value itself: what was observed stays, unless it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def noise(self, value: Tensor, parents: Tensor) -> Tensor:
        """The value (n,)."""
        return value

    def value(self, noise: Tensor, parents: Tensor) -> Tensor:
        """The noise (n,)."""
        return noise

    def log_density(self, value: Tensor, parents: Tensor) -> Tensor:
        """Of values -0.5 and 0.5 (n,)."""
        return functional.logsigmoid(torch.where(value > 0, self.logit, -self.logit))


Mechanism = RootMechanism | AffineMechanism | BinaryMechanism
