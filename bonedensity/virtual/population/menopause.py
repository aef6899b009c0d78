"""The loss around a woman's own last period, beyond what all women of her age lose on average."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from bonedensity.virtual.population.graph import Column, Columns
from bonedensity.virtual.population.scales import Scale

MENOPAUSE_AGE = Scale(50.5, 4.0)
"""Years. Age at the last period (general knowledge, to be confirmed)."""

LOSS_SD = 0.585
"""Lumbar density lost in the window beyond the average of women of that age (SD): with the average this gives -7.4 % in
three years (SWAN12, PMC3378821)."""

HIP_SHARE = 0.67
"""Hip's loss for a loss of 1 SD of the spine: -5.8 % in three years at the femoral neck (same source)."""

BEFORE_YEARS, AFTER_YEARS = 1.0, 2.0
"""The window around the last period in which the extra loss takes place."""


def menopause_shift(parents: Columns) -> Column:
    """Lumbar density against other women of that age from the distance to the own last period (SD); 0 in men.

    Zero on average over women of one age, so that the reference tables stay true.
    """
    age, own = parents["age"], parents["menopause_age"]
    window = BEFORE_YEARS + AFTER_YEARS
    lost = np.clip((age - own + BEFORE_YEARS) / window, 0.0, 1.0)
    steps = (np.arange(24) + 0.5) / 24 * window
    average = ndtr(MENOPAUSE_AGE.z(age[:, None] + BEFORE_YEARS - steps)).mean(axis=1)
    shift: Column = LOSS_SD * (average - lost)
    return np.where(parents["sex"] == 0, shift, 0.0)
