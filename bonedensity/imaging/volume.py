"""A scalar image in the patient frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.imaging.grid import checked_index_to_patient


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """An array `[k, j, i]` and where its voxels lie.

    Attributes:
        array: (K, J, I), any real type; what the numbers mean is in `unit`.
        index_to_patient: 4x4, voxel centre (i, j, k) to LPS mm; any rotation, spacing and flip.
        unit: "HU", "mg/cm³", "1/mm" or "1".
        name: For messages and reports; never holds a patient's name.
        notes: What the reader did or doubted, one sentence each, to be shown.
    """

    array: NDArray[np.generic]
    index_to_patient: NDArray[np.float64]
    unit: str = "HU"
    name: str = "volume"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if np.ndim(self.array) != 3 or 0 in np.shape(self.array):
            raise GeometryError(f"“{self.name}” has shape {np.shape(self.array)}; a volume has three axes, none empty.")
        object.__setattr__(self, "index_to_patient", checked_index_to_patient(self.index_to_patient))

    @property
    def spacing(self) -> NDArray[np.float64]:
        """Voxel size (i, j, k) in mm."""
        return np.linalg.norm(self.index_to_patient[:3, :3], axis=0)

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel (mm³)."""
        return float(abs(np.linalg.det(self.index_to_patient[:3, :3])))

    @property
    def patient_to_index(self) -> NDArray[np.float64]:
        """4x4, LPS mm to (i, j, k)."""
        return np.asarray(np.linalg.inv(self.index_to_patient), dtype=np.float64)

    @property
    def centre(self) -> NDArray[np.float64]:
        """Middle of the grid in LPS mm."""
        return self.to_patient((np.array(self.array.shape[::-1]) - 1) / 2)

    def points_where(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Middles of the voxels that a mask (K, J, I) marks: (n, 3), LPS mm."""
        return self.to_patient(np.argwhere(mask)[:, ::-1])

    def to_patient(self, indices: ArrayLike) -> NDArray[np.float64]:
        """Voxel indices (..., 3) as (i, j, k) to LPS mm."""
        return np.asarray(indices, dtype=np.float64) @ self.index_to_patient[:3, :3].T + self.index_to_patient[:3, 3]

    def to_index(self, points: ArrayLike) -> NDArray[np.float64]:
        """LPS mm (..., 3) to fractional (i, j, k)."""
        inverse = self.patient_to_index
        return np.asarray(points, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3]

    def with_array(self, array: NDArray[np.generic], *, unit: str | None = None, name: str | None = None) -> Volume:
        """Other numbers on the same grid.

        Raises:
            GeometryError: The array has another shape.
        """
        if array.shape != self.array.shape:
            raise GeometryError(f"The array's shape {array.shape} does not fit the grid {self.array.shape}.")
        return replace(self, array=array, unit=unit or self.unit, name=name or self.name)

    def cropped(self, start: ArrayLike, stop: ArrayLike) -> Volume:
        """The block from index `start` (inclusive) to `stop` (exclusive), each (i, j, k), in its place."""
        low = np.maximum(np.asarray(start, dtype=int), 0)
        high = np.minimum(np.asarray(stop, dtype=int), self.array.shape[::-1])
        block = self.array[low[2] : high[2], low[1] : high[1], low[0] : high[0]]
        affine = self.index_to_patient.copy()
        affine[:3, 3] = self.to_patient(low)
        return replace(self, array=block, index_to_patient=affine)


def same_grid(first: Volume, second: Volume, *, tolerance_mm: float = 0.01) -> bool:
    """Whether two images have the same shape and their voxels lie within `tolerance_mm` of each other."""
    if first.array.shape != second.array.shape:
        return False
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in first.array.shape[::-1]])).reshape(3, -1).T
    return bool(np.abs(first.to_patient(corners) - second.to_patient(corners)).max() <= tolerance_mm)
