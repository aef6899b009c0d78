"""People divided, never images: all radiographs of one person, at every visit, are on one side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import StatisticsError
from bonedensity.estimators.bmdgan.data.exposures import Exposure

CALIBRATION_SHARE, TEST_SHARE = 0.15, 0.2
"""Of people: those on whom intervals and limits are set, and those on whom all is judged."""


class Split(NamedTuple):
    """Exposures by what they are for; no person is in two parts."""

    training: list[Exposure]
    calibration: list[Exposure]
    test: list[Exposure]


def patient_folds(identifiers: Sequence[str], count: int, seed: int) -> NDArray[np.int64]:
    """Fold of each item; a person's items share one, and folds differ by at most one person.

    Args:
        identifiers: (n) of each item's person.
        count: Of folds.
        seed: Same seed, same folds, whatever the order of the items.

    Raises:
        StatisticsError: Fewer people than folds.
    """
    people = sorted(set(identifiers))
    if not 2 <= count <= len(people):
        raise StatisticsError(f"{len(people)} people cannot be divided into {count} folds: give 2 to {len(people)}.")
    order = np.random.default_rng(seed).permutation(len(people))
    fold = {people[person]: place % count for place, person in enumerate(order)}
    return np.array([fold[each] for each in identifiers], dtype=np.int64)


def split_people(exposures: Sequence[Exposure], seed: int) -> Split:
    """Training, calibration and test people: about 65, 15 and 20 of 100, at least one each.

    A person's part follows from identifier and seed alone, as far as there are enough people: test people stay test
    people when the cohort grows, or when some of it is left out.

    Raises:
        StatisticsError: Fewer than three people.
    """
    place = {each.identifier: _place(each.identifier, seed) for each in exposures}
    people = sorted(place, key=place.__getitem__)
    if len(people) < 3:
        raise StatisticsError(f"{len(people)} people are too few: training, calibration and test need one each.")
    below = [sum(place[person] < share for person in people) for share in (TEST_SHARE, TEST_SHARE + CALIBRATION_SHARE)]
    tested = min(max(1, below[0]), len(people) - 2)
    calibrated = min(max(tested + 1, below[1]), len(people) - 1)
    test, calibration = set(people[:tested]), set(people[tested:calibrated])
    return Split(
        [each for each in exposures if each.identifier not in test | calibration],
        [each for each in exposures if each.identifier in calibration],
        [each for each in exposures if each.identifier in test],
    )


def _place(identifier: str, seed: int) -> float:
    """A number in [0, 1) that looks random and is always the same."""
    return int.from_bytes(hashlib.sha256(f"{seed} {identifier}".encode()).digest()[:8], "big") / 2**64
