"""What BMD-GAN says of one radiograph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side
from bonedensity.estimators.bmdgan.data.crop import Crop
from bonedensity.estimators.bmdgan.data.exposures import Target
from bonedensity.estimators.bmdgan.inference.judgement import Judgement, Reading
from bonedensity.measurement import Measurement


@dataclass(frozen=True, slots=True, eq=False)
class BmdganResult:
    """Images are (rows, columns) on the radiograph's pixels, zero outside the crop.

    Attributes:
        proximal_femur: Areal density (g/cm²), decomposed from the radiograph.
        bones: Likewise of all bones; None where the model has no generator for them.
        attention: What the regression looked at, 0 to 1.
        side: Which hip.
        crop: What was looked at.
        readings: Densities by target, in both ways, whether to be trusted or not.
        measurements: Densities and T-score that may be quoted; empty where it abstains.
        judgement: Signs of trust, and reasons to abstain.
        notes: What was done or assumed, a sentence each.
    """

    proximal_femur: NDArray[np.float32]
    bones: NDArray[np.float32] | None
    attention: NDArray[np.float32]
    side: Side
    crop: Crop
    readings: Mapping[Target, Reading]
    measurements: tuple[Measurement, ...]
    judgement: Judgement
    notes: tuple[str, ...]

    @property
    def abstains(self) -> bool:
        """Whether no number should be quoted."""
        return bool(self.judgement.reasons)

    def to_json(self) -> dict[str, Any]:
        """All but the images, as a JSON object."""
        return {
            "side": self.side,
            "abstains": self.abstains,
            "reasons": list(self.judgement.reasons),
            "score": _finite(self.judgement.score),
            "measurements": [each.to_json() for each in self.measurements],
            "notes": list(self.notes),
        }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
