"""What the built-in similarities share: checks, smoothing, region and buffers."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import RegistrationError
from bonedensity.registration.similarity.engine import Engine, part, resolved
from bonedensity.registration.similarity.smoothing import gaussian_weights, smoothed

FLAT_SHARE = 1e-12
"""Variance below this share of the mean squared grey is rounding, not a picture."""

Kind = TypeVar("Kind", bound="MaskedSimilarity")

CANCELLED_SHARE = 1e-6
"""Variance below this share of the mean square is rounding too: a slope that is the same everywhere."""


class MaskedSimilarity(ABC):
    """A similarity inside a region, with buffers of its own.

    One object serves one thread at a time; `copy` makes a twin with fresh buffers for another.

    Args:
        fixed: The radiograph, (rows, columns), bone bright.
        region: True where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing of both images (standard deviation, pixels); 0 leaves the step out.
        engine: Compiled or numpy.

    Raises:
        RegistrationError: The region has another shape, or nothing in it can be compared.
    """

    RIM: ClassVar[int] = 0
    """Pixels at the image's edge that cannot be compared."""

    PART: ClassVar[str] = "sums"
    """Of the engine, which module computes."""

    SUMS: ClassVar[int] = 0
    """Numbers that the engine returns."""

    def __init__(
        self,
        fixed: NDArray[np.float32],
        region: NDArray[np.bool_] | None = None,
        *,
        smoothing_px: float = 0.0,
        engine: Engine = "auto",
    ) -> None:
        if region is not None and region.shape != fixed.shape:
            raise RegistrationError(
                f"The region of interest has the shape {region.shape}, but the radiograph {fixed.shape}: draw it on "
                "this image."
            )
        self._engine = resolved(engine)
        self._weights = gaussian_weights(smoothing_px)
        self._shape = fixed.shape
        self._region = _without_rim(np.ones(fixed.shape, bool) if region is None else np.asarray(region), self.RIM)
        if not self._region.any():
            raise RegistrationError(
                f"Of the radiograph's {fixed.shape[0]} x {fixed.shape[1]} pixels at this level none lies in the region "
                "of interest: draw the region larger, or leave it out."
            )
        self._pixels = int(self._region.sum())
        self._inside = self._region.astype(np.float32)
        self._box = _box(self._region)
        self._prepare(smoothed(np.asarray(fixed, dtype=np.float32), self._weights))
        self._allocate()

    def __call__(self, moving: NDArray[np.float32]) -> float:
        """Similarity of a DRR, (rows, columns), to the radiograph; larger is better.

        Raises:
            RegistrationError: The DRR has another shape.
        """
        if moving.shape != self._shape:
            raise RegistrationError(
                f"A DRR of {moving.shape} pixels cannot be compared with a radiograph of {self._shape}."
            )
        if moving.dtype != np.float32 or not moving.flags.carray:
            moving = np.array(moving, dtype=np.float32, order="C")
        return self._compare(moving)

    def copy(self: Kind) -> Kind:
        """A twin with buffers of its own, for another thread; what was prepared is shared."""
        twin = copy.copy(self)
        twin._allocate()
        return twin

    @abstractmethod
    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        """Compute from the smoothed radiograph all that does not depend on the DRR."""

    @abstractmethod
    def _compare(self, moving: NDArray[np.float32]) -> float:
        """The similarity of a contiguous float32 DRR."""

    def _allocate(self) -> None:
        reach = len(self._weights) - 1
        self._line = np.empty(self._shape[1] + 2 * reach, dtype=np.float32)
        self._buffer = np.empty(self._shape if reach else (0, 0), dtype=np.float32)
        self._sums = np.empty(self.SUMS, dtype=np.float64)

    @property
    def _compute(self) -> Any:
        return part(self._engine, self.PART)


def variance_sum(total: float, square: float, count: float, greys: float) -> float:
    """Sum of squared deviations from the mean; 0 where it is no more than rounding, or not a number.

    Args:
        total: Sum of the values.
        square: Sum of their squares.
        count: How many.
        greys: Sum of the squared greys that the values came from.
    """
    deviation = square - total * total / count
    return deviation if deviation > max(CANCELLED_SHARE * square, FLAT_SHARE * greys) else 0.0


def refuse_flat(deviation: float) -> None:
    """Raise RegistrationError where the radiograph has no contrast in the region."""
    if deviation == 0:
        raise RegistrationError(
            "The radiograph shows no contrast inside the region of interest: draw the region over the bone, or leave "
            "it out."
        )


def _without_rim(region: NDArray[np.bool_], rim: int) -> NDArray[np.bool_]:
    if rim == 0:
        return region
    inner = np.zeros_like(region)
    inner[rim:-rim, rim:-rim] = region[rim:-rim, rim:-rim]
    return inner


def _box(region: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First and one-past-last row and column that hold a pixel of the region."""
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    return np.array([rows[0], rows[-1] + 1, columns[0], columns[-1] + 1], dtype=np.int64)
