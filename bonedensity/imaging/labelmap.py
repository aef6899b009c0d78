"""Bones as integer labels on a grid, each with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import AnatomyError
from bonedensity.imaging.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """Integer labels with names.

    Attributes:
        volume: Grid and integers; 0 is background.
        names: Label value to name; TotalSegmentator's names for bones ("femur_right", "vertebrae_L3").
        codes: Label value to SNOMED CT codes of what it is and of its side ("" for none), where the file gave them.
    """

    volume: Volume
    names: Mapping[int, str]
    codes: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not np.issubdtype(self.volume.array.dtype, np.integer):
            raise AnatomyError(f"“{self.volume.name}” holds {self.volume.array.dtype} values; labels must be integers.")
        object.__setattr__(self, "names", dict(self.names))

    @property
    def values(self) -> dict[str, int]:
        """Name to label value."""
        return {name: value for value, name in self.names.items()}

    def present(self) -> list[str]:
        """Names of the labels that have at least one voxel, in order of their values."""
        wanted = set(self.names)
        for part in self.volume.array:  # slice by slice, each in the processor's cache: unique() would sort 10^8 voxels
            top = part.max(initial=0)
            wanted -= {value for value in wanted if value <= top and (part == value).any()}
        return [self.names[value] for value in sorted(self.names) if value not in wanted]

    def mask(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """True where the voxel has one of the names; (K, J, I).

        Raises:
            AnatomyError: A name that the map does not have, or that has no voxel.
        """
        wanted = list(names)
        known = self.values
        missing = [name for name in wanted if name not in known]
        mask = np.isin(self.volume.array, [known[name] for name in wanted if name in known])
        if missing or not mask.any():
            raise AnatomyError(
                f"The segmentation “{self.volume.name}” holds no voxel of {', '.join(missing or wanted)}; "
                f"it has {', '.join(self.present()) or 'no labels'}."
            )
        return mask
