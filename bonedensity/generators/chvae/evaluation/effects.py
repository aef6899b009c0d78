"""How far what is measured on counterfactuals follows what was asked for, for age and each size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.evaluation.axioms import effectiveness

YEARS = 20.0
"""Of the interventions on age by which effectiveness is judged."""


def effect_figures(people: Sequence[Abducted]) -> dict[str, float]:
    """Slopes of what is measured on counterfactuals against what was asked for."""
    model = people[0].model
    found: dict[str, float] = {}
    for name in (name for name in ("age", *MORPHOMETRY) if name in model.predicted):
        place = model.causal.graph.names.index(name)
        spread = YEARS if name == "age" else float(np.ptp(model.causal.support[place].numpy())) / 5
        signs = [1.0 if number % 2 else -1.0 for number in range(len(people))]
        node = model.causal.graph.node(name)
        dos = [
            {name: float(np.clip(p.attributes[name] + sign * spread, node.low, node.high))}
            for p, sign in zip(people, signs, strict=True)
        ]
        effect = effectiveness(people, dos, name)
        found |= {
            f"effectiveness_slope_{name}": effect.slope,
            f"effectiveness_mae_{name}": effect.mae,
            f"effectiveness_sign_{name}": effect.sign,
        }
    return found
