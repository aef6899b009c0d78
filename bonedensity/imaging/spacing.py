"""What a radiograph's pixel spacing rests on: a number in mm without its source is not trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bonedensity.errors import SpacingError

SpacingSource = Literal["imager", "calibrated", "magnification-corrected", "user"]
"""imager: on the detector. calibrated and magnification-corrected: in the patient. user: as typed, on the detector."""


@dataclass(frozen=True, slots=True)
class PixelSpacing:
    """Pixel size in mm with its source.

    Attributes:
        row: Distance between rows (mm).
        column: Distance between columns (mm).
        source: Where it came from.
    """

    row: float
    column: float
    source: SpacingSource

    def __post_init__(self) -> None:
        if not all(np.isfinite(value) and value > 0 for value in (self.row, self.column)):
            raise SpacingError(
                f"The pixel spacing {self.row} x {self.column} mm ({self.source}) is not positive: give the detector's "
                "pixel size in mm (often 0.1-0.2)."
            )

    @property
    def on_detector(self) -> bool:
        """Whether the spacing is the detector's own, before any correction for magnification."""
        return self.source in ("imager", "user")

    @property
    def pair(self) -> tuple[float, float]:
        """(row, column) in mm."""
        return (self.row, self.column)
