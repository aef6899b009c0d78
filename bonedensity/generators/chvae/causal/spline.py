"""A monotone map of the real line by rational quadratic pieces, with its exact inverse.

Durkan et al., “Neural Spline Flows”, 2019: between knots the map is a quotient of two quadratics, beyond the outer
knots the identity.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

REACH = 5.0
"""Outer knots lie at ± this many standard deviations."""

LEAST_SHARE = 1e-3
"""Of the reach, for a piece's width and height."""

LEAST_SLOPE = 1e-2


class MonotoneSpline(nn.Module):
    """u = spline(y), strictly rising; at first the identity. Float64.

    Args:
        pieces: Between the outer knots.
    """

    def __init__(self, pieces: int = 8) -> None:
        super().__init__()
        self.widths = nn.Parameter(torch.zeros(pieces, dtype=torch.float64))
        self.heights = nn.Parameter(torch.zeros(pieces, dtype=torch.float64))
        one = float(torch.log(torch.expm1(torch.tensor(1.0 - LEAST_SLOPE, dtype=torch.float64))))
        self.slopes = nn.Parameter(torch.full((pieces - 1,), one, dtype=torch.float64))

    def forward(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """(n,) to u and log du/dy, both (n,)."""
        x, h, d = self._knots()
        k = _piece(x, y)
        width, height = x[k + 1] - x[k], h[k + 1] - h[k]
        slope, inside = height / width, (y > -REACH) & (y < REACH)
        t = torch.where(inside, (y - x[k]) / width, torch.zeros_like(y))
        rest = t * (1 - t)
        below = slope + (d[k + 1] + d[k] - 2 * slope) * rest
        u = h[k] + height * (slope * t**2 + d[k] * rest) / below
        steep = slope**2 * (d[k + 1] * t**2 + 2 * slope * rest + d[k] * (1 - t) ** 2) / below**2
        return torch.where(inside, u, y), torch.where(inside, torch.log(steep), torch.zeros_like(y))

    def inverse(self, u: Tensor) -> Tensor:
        """The y (n,) whose spline is u, by the root of a quadratic."""
        x, h, d = self._knots()
        k = _piece(h, u)
        width, height = x[k + 1] - x[k], h[k + 1] - h[k]
        slope, inside = height / width, (u > -REACH) & (u < REACH)
        risen = torch.where(inside, u - h[k], torch.zeros_like(u))
        bend = d[k + 1] + d[k] - 2 * slope
        a = height * (slope - d[k]) + risen * bend
        b = height * d[k] - risen * bend
        c = -slope * risen
        t = 2 * c / (-b - torch.sqrt((b**2 - 4 * a * c).clamp_min(0)))
        return torch.where(inside, x[k] + t * width, u)

    def _knots(self) -> tuple[Tensor, Tensor, Tensor]:
        """Places and values of the knots, and slopes there, (pieces + 1,) each."""
        slopes = functional.pad(functional.softplus(self.slopes) + LEAST_SLOPE, (1, 1), value=1.0)
        return _ends(self.widths), _ends(self.heights), slopes


def _ends(raw: Tensor) -> Tensor:
    share = LEAST_SHARE + (1 - LEAST_SHARE * len(raw)) * functional.softmax(raw, dim=0)
    inner = 2 * REACH * torch.cumsum(share, dim=0)[:-1] - REACH
    return functional.pad(functional.pad(inner, (1, 0), value=-REACH), (0, 1), value=REACH)


def _piece(knots: Tensor, at: Tensor) -> Tensor:
    """Number of the piece that holds each value; the nearest one for values beyond the ends."""
    found: Tensor = torch.searchsorted(knots.detach(), at.detach(), right=True) - 1
    return found.clamp(0, len(knots) - 2)
