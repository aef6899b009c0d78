"""What a session knows of a bone, and of a registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.registration.error import PoseError
from bonedensity.workflows.setup import METAL_VOXELS


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """One bone of the segmentation.

    Attributes:
        name: TotalSegmentator's name.
        voxels: How many it has.
        metal_share: Share of them above 2500 HU.
        centre: (3,) LPS mm of the CT.
        points: (N, 3) on its surface, LPS mm of the CT.
    """

    name: str
    voxels: int
    metal_share: float
    centre: NDArray[np.float64]
    points: NDArray[np.float64]

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Bone:
        """From an entry that the task `prepare_bones` returns."""
        return cls(
            values["name"],
            int(values["voxels"]),
            float(values["metal_share"]),
            np.asarray(values["centre"], dtype=np.float64),
            np.asarray(values["points"], dtype=np.float64).reshape(-1, 3),
        )

    @property
    def holds_metal(self) -> bool:
        """Whether an implant would mislead a registration."""
        return self.metal_share > METAL_VOXELS


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A registration as a window shows it.

    Attributes:
        world_from_ct: The pose found.
        centre: (3,) CT point (LPS mm) it was parametrised about.
        bones: Registered together.
        accepted: The verdict.
        reasons: Why it is doubtful, one sentence each.
        similarity: At the end.
        start_similarity: At the start.
        agreement_mm: Between independent searches, in plane; None with one search.
        seconds: Wall time.
        evaluations: DRRs compared.
        error: Against the hidden truth of a simulated X-ray; None for a real one.
        start_error: The same at the start.
        drr: (rows, columns) projection of the bones on the X-ray's own grid (attenuation); None until it is there.
        chance: Calibrated score in [0, 1] of an in-plane error below 2 mm; None where it was not estimated.
        deviations: Standard deviations of the six parameters (3 degrees, 3 mm), in the view's axes; empty as `chance`.
    """

    world_from_ct: RigidTransform
    centre: NDArray[np.float64]
    bones: tuple[str, ...]
    accepted: bool
    reasons: tuple[str, ...]
    similarity: float
    start_similarity: float
    agreement_mm: float | None
    seconds: float
    evaluations: int
    error: PoseError | None = None
    start_error: PoseError | None = None
    drr: NDArray[np.float32] | None = None
    chance: float | None = None
    deviations: tuple[float, ...] = ()
