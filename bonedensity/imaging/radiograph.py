"""A plain X-ray image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError, SpacingError
from bonedensity.imaging.spacing import PixelSpacing


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """An X-ray image in which bone is bright, as seen from the X-ray source.

    Attributes:
        array: (rows, columns) float32; larger where less radiation arrived (MONOCHROME1 is turned on reading).
        spacing: Pixel spacing with its source; None where the file does not say.
        sdd_mm: Source-to-detector distance (mm) where the file gives one.
        view: "AP", "PA", "LATERAL" ... where the file says; else empty.
        laterality: "L", "R" or empty.
        name: For messages and reports; never holds a patient's name.
        notes: What the reader did or doubted, one sentence each, to be shown.
        tags: Further facts that reports may quote (kVp, mAs, vendor); JSON values, no identity.
    """

    array: NDArray[np.float32]
    spacing: PixelSpacing | None = None
    sdd_mm: float | None = None
    view: str = ""
    laterality: str = ""
    name: str = "radiograph"
    notes: tuple[str, ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        array = np.ascontiguousarray(self.array, dtype=np.float32)
        if array.ndim != 2 or 0 in array.shape:
            raise GeometryError(f"“{self.name}” has shape {array.shape}; a radiograph has rows and columns.")
        object.__setattr__(self, "array", array)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.array.shape[0])

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.array.shape[1])

    def detector_spacing(self) -> PixelSpacing:
        """The spacing on the detector, which projection geometry needs.

        Raises:
            SpacingError: There is none, or it was already corrected to the patient.
        """
        if self.spacing is None:
            raise SpacingError(
                f"The pixel spacing of “{self.name}” is unknown, so nothing on it can be measured in mm: give the "
                "detector's pixel size (mm)."
            )
        if not self.spacing.on_detector:
            raise SpacingError(
                f"The pixel spacing of “{self.name}” ({self.spacing.row:.3g} mm) is {self.spacing.source}, that is in "
                "the patient; give the detector's own pixel size (mm) to project onto it."
            )
        return self.spacing

    def facts(self) -> dict[str, Any]:
        """Everything but the pixels, as JSON values; `from_facts` reads them."""
        spacing = self.spacing
        return {
            "spacing": None if spacing is None else [spacing.row, spacing.column, spacing.source],
            "sdd_mm": self.sdd_mm,
            "view": self.view,
            "laterality": self.laterality,
            "name": self.name,
            "notes": list(self.notes),
            "tags": dict(self.tags),
        }

    @classmethod
    def from_facts(cls, array: NDArray[np.generic], facts: Mapping[str, Any]) -> Radiograph:
        """An image (rows, columns) with what `facts` said; what is left out there takes its default."""
        spacing = facts.get("spacing")
        plain = {name: facts[name] for name in ("sdd_mm", "view", "laterality", "name", "tags") if name in facts}
        return cls(
            array.astype(np.float32, copy=False),
            spacing=PixelSpacing(*spacing) if spacing else None,
            notes=tuple(facts.get("notes", ())),
            **plain,
        )

    def with_spacing(self, spacing: PixelSpacing) -> Radiograph:
        """The same image with another spacing."""
        return replace(self, spacing=spacing)

    def mirrored(self) -> Radiograph:
        """Columns in reverse order: from as seen at the detector (PA display) to as seen from the source."""
        return replace(self, array=self.array[:, ::-1])
