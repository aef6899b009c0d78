"""Whether a spine lies on its own level: vertebrae look alike one higher or lower, but fit less well there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap
from bonedensity.registration.result import RegistrationResult, best_of


def spine_step(labels: LabelMap, vertebrae: Sequence[str]) -> NDArray[np.float64]:
    """From one vertebra's middle to the next one's, the mean of all: (3,), LPS mm; zero where there is but one."""
    middles = [labels.volume.points_where(labels.mask([name])).mean(axis=0) for name in (vertebrae[0], vertebrae[-1])]
    return np.asarray((middles[1] - middles[0]) / max(len(vertebrae) - 1, 1))


def on_best_level(
    found: RegistrationResult,
    step: NDArray[np.float64],
    search: Callable[[RigidTransform, int], RegistrationResult],
) -> RegistrationResult:
    """A doubtful registration again from one level higher and one lower, and the best of the three.

    Args:
        found: Of the whole spine.
        step: From one vertebra to the next in the CT (LPS mm).
        search: Searches from a pose; told 0 for the first of these searches, 1 for the second.

    Returns:
        The accepted one, or that of the highest similarity, with the effort of all.
    """
    tries = [found]
    for number, sign in enumerate((1.0, -1.0) if step.any() else ()):
        if any(one.quality.accepted or one.stopped_early for one in tries):
            break
        shifted = found.world_from_ct @ RigidTransform.from_translation(sign * step)
        tries.append(search(shifted, number))
    return replace(best_of(tries, sum(one.seconds for one in tries)), initial=found.initial)
