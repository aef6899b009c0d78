"""All numbers that turn a network's images into a result, as they stand on a model's card."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Target
from bonedensity.estimators.bmdgan.readout.conformal import COVERAGE
from bonedensity.estimators.bmdgan.readout.outline import OutlineModel, outline_of
from bonedensity.estimators.bmdgan.readout.readout import ReadOut, readout_of

SYSTEMS = ("hologic", "lunar", "")
"""DXA scanners whose numbers a model may have learnt; "" for none."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one model.

    Attributes:
        readouts: By target; those that the training people had.
        outline: What a proximal femur looks like.
        likeness_limit: Largest distance of features that is usual.
        system: DXA scanner.
        coverage: Of the intervals.
    """

    readouts: Mapping[Target, ReadOut]
    outline: OutlineModel
    likeness_limit: float
    system: str
    coverage: float = COVERAGE

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "readouts": {target: readout.to_json() for target, readout in self.readouts.items()},
            "outline": self.outline.to_json(),
            "likeness_limit": self.likeness_limit,
            "system": self.system,
            "coverage": self.coverage,
        }


def calibration_of(values: object) -> Calibration:
    """A calibration from a card's plain values.

    Raises:
        ModelError: A value is missing, unknown or none that can be.
    """
    broken = ModelError("The card's calibration cannot be read: train the model again, or get its card again.")
    if not isinstance(values, Mapping):
        raise broken
    try:
        given, system = dict(values["readouts"]), values["system"]
        limit, coverage = float(values["likeness_limit"]), float(values["coverage"])
        outline = outline_of(values["outline"])
    except (KeyError, TypeError, ValueError):
        raise broken from None
    if not given or not set(given) <= set(TARGETS) or system not in SYSTEMS or not 0 < coverage < 1:
        raise broken
    if not (math.isfinite(limit) and limit > 0):
        raise broken
    readouts = {name: readout_of(given[name]) for name in TARGETS if name in given}
    return Calibration(readouts, outline, limit, system, coverage)
