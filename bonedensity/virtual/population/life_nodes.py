"""How people live and what they have had: habits, menopause, medicines, diabetes."""

from __future__ import annotations

from bonedensity.virtual.population.graph import Column, Columns, Mechanism
from bonedensity.virtual.population.mechanisms import Computed, Curve, Levels, Linear, Slope, by_level, shares
from bonedensity.virtual.population.menopause import MENOPAUSE_AGE
from bonedensity.virtual.population.scales import SEX
from bonedensity.virtual.population.spine_graph import SCALES

NEVER = -8.0
"""A shift of the threshold (SD) that no noise overcomes."""

_AGE = SCALES["age"]


def life_nodes() -> dict[str, Mechanism]:
    """Habits and history, with shares and weights of our own that are to be confirmed.

    Of the habits only activity depends on age, as published: `do(age=…)` makes a person older and does not move it to
    another generation.
    """
    return {
        "age_at_dxa": Linear((Slope("age", 1.0, _AGE),), 0.01, _AGE),
        "physical_activity": Levels((Slope("age", -0.12, _AGE),), (-1.5, -0.9, -0.3, 0.3, 0.9, 1.5)),
        "smoking": Levels((Slope("sex", 0.3, SEX),), shares(0.55, 0.33, 0.12)),
        "alcohol": Levels((Slope("sex", 0.4, SEX),), shares(0.20, 0.45, 0.27, 0.08)),
        "diet_quality": Linear((Slope("sex", -0.25, SEX), by_level("smoking", 0.1, 0.0, -0.4)), 0.96),
        "glucocorticoids": Levels((), shares(0.97, 0.03)),
        "diabetes": Levels(
            (Slope("age", 0.10, _AGE), Curve("bmi", (15, 26.5, 50), (-0.6, 0.0, 1.4))), shares(0.92, 0.08)
        ),
        "menopause_age": Linear((by_level("smoking", 0.03, 0.0, -0.2),), 1.0, MENOPAUSE_AGE),
        "menopause": Computed(("sex", "age", "menopause_age"), _menopause, "woman and age ≥ menopause_age"),
        "hrt": Levels((by_level("menopause", NEVER, 0.0), Slope("age", -0.2, _AGE)), shares(0.92, 0.08)),
    }


def _menopause(parents: Columns) -> Column:
    return ((parents["sex"] == 0) & (parents["age"] >= parents["menopause_age"])).astype(float)
