"""One radiograph with its camera, as the registration sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError, RegistrationError
from bonedensity.geometry import PinholeCamera
from bonedensity.imaging.resample import block_mean_2d


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is compared with the DRR.

    Attributes:
        image: (rows, columns), bone bright, as seen from the source.
        camera: Its source and detector; same rows and columns.
        region: (rows, columns) True where the images are compared; None for everywhere.
    """

    image: NDArray[np.float32]
    camera: PinholeCamera
    region: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        expected = (self.camera.rows, self.camera.columns)
        if self.image.shape != expected:
            raise GeometryError(
                f"The radiograph has {self.image.shape[0]} rows and {self.image.shape[1]} columns, but its camera "
                f"{expected[0]} and {expected[1]}: give the camera of this image."
            )
        if not np.isfinite(self.image).all():
            raise RegistrationError("The radiograph holds pixels that are not finite; replace them first.")
        if float(np.ptp(self.image)) == 0:
            raise RegistrationError("The radiograph is the same grey everywhere: there is nothing to register to.")
        if self.region is not None and self.region.shape != expected:
            raise GeometryError(
                f"The region of interest has the shape {self.region.shape}, but the radiograph {expected}: draw it on "
                "this image."
            )
        if self.region is not None and not np.any(self.region):
            raise RegistrationError("The region of interest is empty: draw it over the bone, or leave it out.")

    def reduced(self, size_px: int) -> ReducedView:
        """The view with blocks of pixels averaged until its longer side has about `size_px`."""
        factor = max(1, round(max(self.image.shape) / size_px))
        region = None if self.region is None else block_mean_2d(self.region, factor) > 0.5
        return ReducedView(self.camera.resampled(factor), block_mean_2d(self.image, factor), region)


class ReducedView(NamedTuple):
    """A view at one level: its camera, (rows, columns) image, and where to compare; None for everywhere."""

    camera: PinholeCamera
    image: NDArray[np.float32]
    region: NDArray[np.bool_] | None
