"""What is usual in the cohort at each age, as the causal model has learnt it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from bonedensity.generators.chvae.causal.model import CausalModel

PERCENTILES = (5.0, 50.0, 95.0)
"""Low end, middle and high end of a band."""

PEOPLE = 400
"""Drawn at each value; the ends of the band are then good to about a tenth of a standard deviation."""


def cohort_band(
    causal: CausalModel, name: str, values: Sequence[float], held: Mapping[str, float], *, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Percentiles of every attribute among people in whom one attribute is set to each of some values.

    Args:
        causal: Fitted.
        name: The attribute on the axis, such as age.
        values: Of it.
        held: Further attributes that are set, such as sex.
        seed: Of the people, the same at every value, so that the band is smooth.

    Returns:
        By attribute (values, 3): the 5th, 50th and 95th percentile.
    """
    noise = _noise(causal, seed)
    fixed = {other: torch.full((PEOPLE,), float(value), dtype=torch.float64) for other, value in held.items()}
    bands: dict[str, list[NDArray[np.float64]]] = {other: [] for other in causal.graph.names}
    for value in values:
        do = {**fixed, name: torch.full((PEOPLE,), float(value), dtype=torch.float64)}
        for other, column in causal.predict(noise, do).items():
            bands[other].append(np.percentile(column.numpy(), PERCENTILES))
    return {other: np.array(rows) for other, rows in bands.items()}


def _noise(causal: CausalModel, seed: int) -> dict[str, torch.Tensor]:
    drawn = causal.sample(PEOPLE, torch.Generator().manual_seed(seed))
    return causal.abduct(drawn)
