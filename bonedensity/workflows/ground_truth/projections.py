"""One CT laid onto radiographs of its hips: pelvis and femurs registered, each projected from where it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side, femur_name, side_word
from bonedensity.densitometry import Calibration
from bonedensity.densitometry.areal import areal_density
from bonedensity.densitometry.close_up import CloseUp, close_up
from bonedensity.densitometry.hip_regions import total_hip
from bonedensity.drr.render import rays_in_patient
from bonedensity.errors import AnatomyError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent, stop_if_asked
from bonedensity.registration import View
from bonedensity.registration.articulated import ArticulatedResult
from bonedensity.registration.region import body_region
from bonedensity.workflows.case_regions import femurs_of
from bonedensity.workflows.ground_truth.finder import HipFinder
from bonedensity.workflows.setup import holds_metal

LONGEST_SIDE = 1024
"""Pixels of what is projected; networks see half as many."""

FOUND = 0.8
"""Of the progress: when all bones have their pose."""


@dataclass(frozen=True, slots=True, eq=False)
class HipProjections:
    """A radiograph and what its CT makes of it, on the same pixels.

    Attributes:
        radiograph: (rows, columns), bone bright; pixels of large images are averaged.
        camera: Of these pixels.
        bones: Areal density (g/cm²) of the pelvis's bones and the wanted femurs, (rows, columns).
        proximal: Side to that of the proximal femur alone.
        registration: Pelvis and femurs.
    """

    radiograph: NDArray[np.float32]
    camera: PinholeCamera
    bones: NDArray[np.float32]
    proximal: dict[Side, NDArray[np.float32]]
    registration: ArticulatedResult

    def accepted(self, side: Side) -> bool:
        """Whether the registration of a side's femur, and of the pelvis that it hangs on, holds."""
        return self.registration.parts[femur_name(side)].quality.accepted

    def reasons(self, side: Side) -> tuple[str, ...]:
        """Why it is doubtful, one sentence each."""
        part = self.registration.parts[femur_name(side)]
        return (*self.registration.base.quality.reasons, *part.quality.reasons)


class HipProjector:
    """A calibrated, segmented CT that is ready to be laid onto radiographs.

    Args:
        ct: In HU.
        labels: On the CT's grid; TotalSegmentator's names.
        calibration: HU to mg/cm³.
    """

    def __init__(self, ct: Volume, labels: LabelMap, calibration: Calibration) -> None:
        self._ct, self._labels = ct, labels
        self._density = calibration.apply(ct)
        self._femurs = femurs_of(labels)
        self._finder = HipFinder(ct, labels, self._femurs)
        self._seen: dict[str, CloseUp] = {}

    def proximal_femur(self, side: Side) -> CloseUp:
        """The total hip's region between femoral head and 2 cm below the lesser trochanter (Uemura 2022).

        Raises:
            AnatomyError: The femur is missing, cut off, or holds metal.
        """
        name = femur_name(side)
        if name not in self._seen:
            region = total_hip(self._labels, side, self._femurs.get(side))
            if holds_metal(self._ct, self._labels, name):
                raise AnatomyError(f"The {side_word(side)} femur holds metal: its density cannot be learnt from.")
            self._seen[name] = close_up(self._density, self._labels, name, region.mask)
        return self._seen[name]

    def density_mg_cm3(self, side: Side) -> float:
        """Mean density of the proximal femur: what QCT measures.

        Raises:
            AnatomyError: As `proximal_femur`.
        """
        return float(self.proximal_femur(side).voxels.mean())

    def project(
        self,
        radiograph: Radiograph,
        camera: PinholeCamera,
        sides: Sequence[Side],
        *,
        standing: bool = False,
        seed: int = 0,
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> HipProjections:
        """Register, from no more than that it is about an AP view, and project.

        Args:
            radiograph: Of one hip or both, as seen from the source.
            camera: Its own.
            sides: Femurs that are wanted.
            standing: The pelvis tips back.
            seed: Of the search.
            on_progress: Fraction and message.
            should_stop: True ends the search.

        Raises:
            AnatomyError: A femur is missing, cut off, or holds metal.
            BoneDensityError: As `register_hip`.
            CancelledError: `should_stop` said so.
        """
        femurs = {side: self.proximal_femur(side) for side in sides}
        view = View(radiograph.array, camera, body_region(radiograph.array))
        search = part_of(on_progress, 0, FOUND)
        found = self._finder.find(
            view, sides, standing=standing, seed=seed, on_progress=search, should_stop=should_stop
        )
        stop_if_asked(should_stop)
        small = replace(view, region=None).reduced(LONGEST_SIDE)
        poses = {side: found.parts[femur_name(side)].world_from_ct for side in sides}
        bones = sum(
            (self._areal(self._whole(name), small.camera, found.base.world_from_ct) for name in self._finder.pelvis),
            start=np.zeros(small.image.shape, np.float32),
        )
        for side, seen in femurs.items():
            bones = bones + self._areal(seen, small.camera, poses[side])
        proximal = {side: self._areal(seen, small.camera, poses[side], seen.region) for side, seen in femurs.items()}
        return HipProjections(small.image, small.camera, bones, proximal, found)

    def _whole(self, bone: str) -> CloseUp:
        if bone not in self._seen:
            self._seen[bone] = close_up(self._density, self._labels, bone, self._labels.mask([bone]))
        return self._seen[bone]

    def _areal(
        self, seen: CloseUp, camera: PinholeCamera, pose: RigidTransform, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float32]:
        return areal_density(seen.density, rays_in_patient(camera, pose), seen.bone if mask is None else mask)
