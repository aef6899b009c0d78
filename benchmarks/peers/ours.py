"""BoneDensity's own renderers."""

from __future__ import annotations

import inspect
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.projector import Backend, Projector
from bonedensity.geometry import RayGrid


class Ours:
    def __init__(
        self, array: NDArray[np.float32], index_to_patient: NDArray[np.float64], backend: str, skip_empty: bool
    ) -> None:
        if backend not in get_args(Backend):
            raise ImportError(f"this version of bonedensity has no backend “{backend}”")
        options = {} if skip_empty else {"skip_empty": False}
        if options and "skip_empty" not in inspect.signature(Projector).parameters:
            raise ImportError("this version of bonedensity cannot be told to skip nothing")
        self._projector = Projector(array, index_to_patient, backend=backend, **options)

    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        return self._projector(rays)
