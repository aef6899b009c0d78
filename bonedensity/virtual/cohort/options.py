"""Which images are made of a person, and how fine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bonedensity.anatomy.labels import Side
from bonedensity.errors import GeometryError
from bonedensity.virtual.dxa import SYSTEMS
from bonedensity.virtual.population import Region

VIEWS: dict[Region, tuple[str, ...]] = {
    "hip": ("standing", "supine", "abduction", "adduction"),
    "spine": ("AP", "LATERAL"),
}
"""Radiographs of a region: postures of a hip, directions of a standing spine."""


@dataclass(frozen=True, slots=True)
class CohortOptions:
    """What is made.

    Attributes:
        ct: Whether a CT with labels and true density.
        radiographs: Of `VIEWS`; None for all of the region.
        sides: Hips that are X-rayed and scanned by DXA.
        dxa: Scanners, of "lunar" and "hologic".
        dicom: Whether radiographs and DXA are written as DICOM too.
        ct_dicom: Whether the CT is written as a DICOM series too.
        ct_mm: Voxels of the CT.
        bone_mm: Voxels in which bones are painted for all images.
        random_settings: A protocol drawn anew for each CT, X-ray rooms for each hospital; else one of each kind.
    """

    ct: bool = True
    radiographs: tuple[str, ...] | None = None
    sides: tuple[Side, ...] = ("R",)
    dxa: tuple[str, ...] = ("lunar",)
    dicom: bool = True
    ct_dicom: bool = False
    ct_mm: float = 1.5
    bone_mm: float = 1.0
    random_settings: bool = True

    def __post_init__(self) -> None:
        if not (0.5 <= self.ct_mm <= 5 and 0.4 <= self.bone_mm <= 4):
            raise GeometryError(
                f"Voxels of {self.ct_mm:g} mm (CT) and {self.bone_mm:g} mm (bones) cannot be: give 0.5 to 5 mm and 0.4 "
                "to 4 mm."
            )
        known = {view for views in VIEWS.values() for view in views}
        if strange := [view for view in self.radiographs or () if view not in known]:
            raise GeometryError(f"There is no radiograph “{strange[0]}”; choose among {', '.join(sorted(known))}.")
        if strange := [name for name in self.dxa if name not in SYSTEMS]:
            raise GeometryError(f"There is no DXA scanner “{strange[0]}”; choose {' or '.join(SYSTEMS)}.")

    def views(self, region: Region) -> tuple[str, ...]:
        """Radiographs of a region."""
        return VIEWS[region] if self.radiographs is None else self.radiographs

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
