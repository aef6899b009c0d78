"""What a T-score or a trabecular density is called, and whether a change is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bonedensity.densitometry.agreement.repeats import least_significant_change

WhoClass = Literal["normal", "low bone mass", "osteoporosis"]
AcrClass = Literal["normal", "low", "osteoporosis"]

WHO_NORMAL, WHO_OSTEOPOROSIS = -1.0, -2.5
"""T-scores from which bone is normal, and up to which it is osteoporotic (WHO, ISCD)."""

ACR_NORMAL_MG_CM3, ACR_OSTEOPOROSIS_MG_CM3 = 120.0, 80.0
"""Mean trabecular vBMD of two lumbar vertebrae above which it is normal, below which osteoporotic (ACR)."""

PRECISION_ALLOWED = {"L1-L4": 0.019, "total-hip": 0.018, "femoral-neck": 0.025}
"""Precision error, as a share, that the ISCD allows at most."""


def who_class(t_score: float) -> WhoClass:
    """WHO's class of a T-score of spine, total hip or femoral neck."""
    if t_score >= WHO_NORMAL:
        return "normal"
    return "osteoporosis" if t_score <= WHO_OSTEOPOROSIS else "low bone mass"


def acr_class(vbmd_mg_cm3: float) -> AcrClass:
    """ACR's class of the mean trabecular vBMD (mg/cm³) of lumbar vertebrae."""
    if vbmd_mg_cm3 > ACR_NORMAL_MG_CM3:
        return "normal"
    return "osteoporosis" if vbmd_mg_cm3 < ACR_OSTEOPOROSIS_MG_CM3 else "low"


@dataclass(frozen=True, slots=True)
class Change:
    """Two measurements of the same region.

    Attributes:
        difference: Later minus earlier, in their unit.
        least_significant: Least change that is more than chance (95 %).
    """

    difference: float
    least_significant: float

    @property
    def significant(self) -> bool:
        """Whether it is more than chance."""
        return abs(self.difference) >= self.least_significant


def change(earlier: float, later: float, *, precision: float) -> Change:
    """Judge a change against the least significant one.

    Args:
        earlier: First value.
        later: Second value, same unit.
        precision: RMS standard deviation of repeats, same unit (`agreement.repeatability`), or an allowed share
            (`PRECISION_ALLOWED`) times the value.
    """
    return Change(later - earlier, least_significant_change(precision))
