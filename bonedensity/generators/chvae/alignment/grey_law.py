"""How the brightness of bodies depends on a person's attributes, in the people that are learnt from.

It is a mechanism of the causal model like those of the sizes: of a person, all but what the attributes say stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.alignment.body_grey import log_body_grey

RIDGE = 1.0
"""People's worth of evidence against every slope, since sizes hang together."""


@dataclass(frozen=True, slots=True, eq=False)
class GreyLaw:
    """Straight lines, apart for both values of each attribute of two values.

    Attributes:
        slopes: Of `_features`.
        pairs: Places of attributes of two values in the context.
    """

    slopes: Tensor
    pairs: tuple[int, ...]

    def __call__(self, context: Tensor) -> Tensor:
        """Logarithm of the mean grey that is usual (B,) under contexts (B, attributes)."""
        return _features(context.double(), self.pairs) @ self.slopes.to(context.device)

    def obeyed(self, changed: Tensor, context: Tensor, first: Tensor, before: Tensor) -> Tensor:
        """Decoded images whose bodies are as much brighter than before as this law says (B, 1, P, P).

        Args:
            changed: Decoded under another context (B, 1, P, P).
            context: That other one (B, attributes).
            first: Decoded under the person's own (B, 1, P, P).
            before: The person's own (B, attributes).
        """
        missing = (self(context) - self(before)).float() - (log_body_grey(changed) - log_body_grey(first))
        return (changed * torch.exp(missing)[:, None, None, None]).clamp(0, 1)

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a card."""
        return {"slopes": self.slopes.tolist(), "pairs": list(self.pairs)}


def law_of(values: Mapping[str, Any] | None, attributes: int) -> GreyLaw | None:
    """The law of a card's plain values, if it has one.

    Args:
        values: As `GreyLaw.to_json` gives them.
        attributes: Of the context.

    Raises:
        ModelError: They describe no law of so many attributes.
    """
    if values is None:
        return None
    try:
        law = GreyLaw(torch.tensor(values["slopes"], dtype=torch.float64), tuple(map(int, values["pairs"])))
        law(torch.zeros(1, attributes))
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
        raise ModelError(f"The card's law of brightness cannot be used: {error}.") from None
    return law


def grey_law(context: Tensor, log_grey: Tensor, pairs: tuple[int, ...]) -> GreyLaw:
    """By least squares.

    Args:
        context: On the causal model's scale (n, attributes).
        log_grey: Of the same people (n,).
        pairs: Places of attributes of two values.
    """
    features, wanted = _features(context.double(), pairs), log_grey.double()
    against = RIDGE * torch.eye(features.shape[1], dtype=torch.float64)
    against[0, 0] = 0
    return GreyLaw(torch.linalg.solve(features.T @ features + against, features.T @ wanted), pairs)


def _features(context: Tensor, pairs: tuple[int, ...]) -> Tensor:
    """1, the context, and its products with each attribute of two values (B, features)."""
    products = [context * context[:, [place]] for place in pairs]
    return torch.cat([torch.ones_like(context[:, :1]), context, *products], dim=1)
