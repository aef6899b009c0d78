"""The published causal graph of spine attributes, and its counterfactuals in closed form.

CHVAE (arXiv 2605.22649, EMBC 2026): a linear graph over sex and six standardised variables, learnt from UK Biobank's AP
spine DXA. The residual deviations are the ones that give every variable a deviation of 1. The scales are ours: UK
Biobank-like means and deviations, one set for all cohorts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.graph import CausalGraph, Mechanism, Table
from bonedensity.virtual.population.mechanisms import Linear, Root, Slope
from bonedensity.virtual.population.scales import SEX, Scale, Share

SCALES: dict[str, Scale] = {
    "sex": SEX,
    "age": Scale(64.0, 7.7),
    "standing_height": Scale(169.5, 9.0),
    "weight": Scale(75.0, 0.191, log=True),
    "l1_l4_width": Scale(4.40, 0.40),
    "l1_l4_height": Scale(13.85, 1.00),
    "l1_l4_area": Scale(61.2, 8.7),
}
"""Years, cm, kg, cm, cm, cm². Height is that of the whole L1–L4 region with its discs, so area ≈ width × height."""

WEIGHTS: dict[str, dict[str, float]] = {
    "standing_height": {"sex": 1.439290},
    "weight": {"sex": 0.336778, "standing_height": 0.460313},
    "l1_l4_width": {"sex": 0.692665, "standing_height": 0.476687, "age": 0.207514},
    "l1_l4_height": {"standing_height": 0.734977, "age": -0.148056},
    "l1_l4_area": {"sex": 0.002031, "l1_l4_width": 0.665397, "l1_l4_height": 0.476317},
}
"""By effect and cause: standard deviations for a standard deviation, or for man instead of woman."""

RESIDUAL_SD: dict[str, float] = {
    "standing_height": 0.694,
    "weight": 0.805,
    "l1_l4_width": 0.61,
    "l1_l4_height": 0.66,
    "l1_l4_area": 0.115,
}

SPINE_VARIABLES = tuple(SCALES)
"""Causes before effects."""


def spine_equation(name: str, *, intercept: float = 0.0, residual_sd: float | None = None) -> Linear:
    """The published equation of a variable; a cohort may shift it or spread it."""
    terms = tuple(Slope(cause, weight, SCALES[cause]) for cause, weight in WEIGHTS[name].items())
    return Linear(terms, residual_sd or RESIDUAL_SD[name], SCALES[name], intercept)


def spine_graph() -> CausalGraph:
    """The seven published variables alone; age normal, sexes equally frequent."""
    roots: dict[str, Mechanism] = {"sex": Root(Share(0.5)), "age": Linear((), 1.0, SCALES["age"])}
    return CausalGraph({**roots, **{name: spine_equation(name) for name in WEIGHTS}})


def spine_counterfactual(row: Mapping[str, ArrayLike], **do: ArrayLike) -> Table:
    """What the seven variables of these people would be, had some been set: in closed form.

    With the weights as a matrix B, whose rows of forced variables are cut, every z changes by (I - B)⁻¹ times the
    change forced: the noise cancels. For people of any cohort, because a cohort's intercepts cancel as well.

    Args:
        row: The seven variables observed, one number or (n,) each; further ones are ignored.
        do: Forced values by name.

    Raises:
        PopulationError: A variable that is missing, or forced but not of the seven.
    """
    if missing := [name for name in SPINE_VARIABLES if name not in row]:
        raise PopulationError(f"The row lacks “{missing[0]}”: a counterfactual needs {', '.join(SPINE_VARIABLES)}.")
    if unknown := [name for name in do if name not in SCALES]:
        raise PopulationError(f"“{unknown[0]}” cannot be set: choose of {', '.join(SPINE_VARIABLES)}.")
    values = np.broadcast_arrays(*(np.atleast_1d(np.asarray(row[n], np.float64)) for n in SPINE_VARIABLES))
    z = np.stack([SCALES[name].z(column) for name, column in zip(SPINE_VARIABLES, values, strict=True)])
    change = np.zeros_like(z)
    for name, value in do.items():
        place = SPINE_VARIABLES.index(name)
        change[place] = SCALES[name].z(np.asarray(value, np.float64)) - z[place]
    after = z + solve_triangular(np.eye(len(z)) - _weight_matrix(cut=do), change, lower=True, unit_diagonal=True)
    return {name: SCALES[name].value(column) for name, column in zip(SPINE_VARIABLES, after, strict=True)}


def _weight_matrix(cut: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    matrix = np.zeros((len(SPINE_VARIABLES), len(SPINE_VARIABLES)))
    for effect, causes in WEIGHTS.items():
        for cause, weight in causes.items():
            if effect not in cut:
                matrix[SPINE_VARIABLES.index(effect), SPINE_VARIABLES.index(cause)] = weight
    return matrix
