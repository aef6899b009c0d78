"""How far what is measured on counterfactuals follows what was asked for: by age, and by each size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose

import numpy as np

from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.evaluation.axioms import effectiveness

YEARS = 20.0
"""Of the interventions on age by which effectiveness is judged."""

SPREADS = 5.0
"""Standard deviations that the middle 99 % of the training data are wide, about."""

BY_AGE = "_by_age"
"""Ends the names of figures of a size under an intervention on age."""


def effect_figures(people: Sequence[Abducted], *, residual: bool | None = None) -> dict[str, float]:
    """Slopes of what is measured on counterfactuals against what was asked for.

    Every other person is made 20 years older, and those between them 20 years younger: the age that is then read off
    the image against that asked for, and each size against that which the causal model says this person would have
    (`…_by_age`). And each size is set a standard deviation higher or lower itself.

    Args:
        people: Abducted.
        residual: See `Intervention.predict`.
    """
    model = people[0].model
    aged, found = _interventions(people, "age", YEARS), dict[str, float]()
    for name in (name for name in ("age", *MORPHOMETRY) if name in model.predicted):
        if name == "age":
            found |= _figures(people, aged, name, name, residual)
            continue
        place = model.causal.graph.names.index(name)
        spread = float(np.ptp(model.causal.support[place].numpy())) / SPREADS
        found |= _figures(people, _interventions(people, name, spread), name, name, residual)
        if _moved(people[0], aged[0], name):
            found |= _figures(people, aged, name, name + BY_AGE, residual)
    return found


def _interventions(people: Sequence[Abducted], name: str, step: float) -> list[dict[str, float]]:
    """Down for the first, up for the second and so on, as far as such a value can be."""
    node = people[0].model.causal.graph.node(name)
    return [
        {name: float(np.clip(person.attributes[name] + (step if number % 2 else -step), node.low, node.high))}
        for number, person in enumerate(people)
    ]


def _moved(person: Abducted, do: Mapping[str, float], name: str) -> bool:
    """Whether the graph lets an intervention move an attribute at all."""
    return not isclose(person.attributes_under(do)[name], person.attributes[name], rel_tol=1e-6)


def _figures(
    people: Sequence[Abducted], dos: Sequence[Mapping[str, float]], attribute: str, called: str, residual: bool | None
) -> dict[str, float]:
    effect = effectiveness(people, dos, attribute, residual=residual)
    return {
        f"effectiveness_slope_{called}": effect.slope,
        f"effectiveness_mae_{called}": effect.mae,
        f"effectiveness_sign_{called}": effect.sign,
    }
