"""Whether counterfactuals grow brighter or darker as the truth does, and how often that can be known at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CLEAR = 0.01
"""Share of the brightness: a true change below it is hardly one."""


class BrightnessChange(NamedTuple):
    """Of one person's mean grey in the spine's columns, as a share of what it was.

    Attributes:
        true: Of the true counterfactual.
        shown: Of the shown one.
        forward: 1 where the person became older, -1 where younger.
        group: People of one group might all be told the same, such as those of one sex.
    """

    true: float
    shown: float
    forward: float
    group: float


def brightness_figures(changes: Sequence[BrightnessChange]) -> dict[str, float]:
    """How often the side is the true one.

    Returns:
        `true_brightness`, the median of shown over true change; `true_brightness_sign`, the share of people on the true
        side; `…_clear`, of those who truly change by more than 1 %; `…_at_best`, the share that would be right if every
        group were told the side which most of it truly take, which nobody can know before.
    """
    true, shown, forward, group = np.array(changes).T
    right = true * shown > 0
    found = {
        "true_brightness": float(np.median(shown[true != 0] / true[true != 0])),
        "true_brightness_sign": float(right.mean()),
        "true_brightness_sign_at_best": float(_most_frequent(true * forward, group) / len(true)),
    }
    clear = np.abs(true) > CLEAR
    return found | ({"true_brightness_sign_clear": float(right[clear].mean())} if clear.any() else {})


def _most_frequent(signs: NDArray[np.float64], group: NDArray[np.float64]) -> int:
    """People who take their group's most frequent side."""
    sides = [signs[group == each] for each in np.unique(group)]
    return sum(max(int((side > 0).sum()), int((side < 0).sum())) for side in sides)
