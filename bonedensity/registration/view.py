"""One radiograph with its camera, as the registration sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError, RegistrationError
from bonedensity.geometry import PinholeCamera


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
