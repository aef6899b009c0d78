"""One CT laid onto radiographs of its hips: pelvis and femurs registered, each projected from where it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name, side_word
from bonedensity.densitometry import Calibration
from bonedensity.densitometry.areal import areal_density
from bonedensity.densitometry.close_up import CloseUp, close_up
from bonedensity.densitometry.hip_regions import total_hip
from bonedensity.drr.render import rays_in_patient
from bonedensity.errors import AnatomyError, GeometryError, RegistrationError
from bonedensity.estimators.bmdgan.data.crop import ONE_HIP_WIDTH
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent, stop_if_asked
from bonedensity.registration import RegistrationConfig, View
from bonedensity.registration.articulated import BASE_LEVELS, PELVIS, ArticulatedResult, register_hip
from bonedensity.registration.error import surface_points
from bonedensity.registration.initial import SearchRange, coarse_search, standard_view_pose
from bonedensity.registration.initial.standard_view import Posture
from bonedensity.registration.quality import visible_share
from bonedensity.registration.region import body_region
from bonedensity.registration.setup_checks import refuse_impossible_setup
from bonedensity.workflows.case_regions import femurs_of
from bonedensity.workflows.setup import holds_metal

ROUGHLY_AP = SearchRange(rotation_deg=12.0, shift_mm=70.0, depth_mm=40.0)
"""How far from a plain AP view with the hips amid the image a radiograph may be."""

FARTHEST = 1.5
"""Times that range within which the coarse search's finds are believed: half a pelvis turned by 30° looks much the
same, and one that is larger and farther away, too."""

SEEN_SHARE = 0.5
"""Of a bone of the pelvis on the image, from which it is registered: what lies beyond cannot be compared."""

LONGEST_SIDE = 1024
"""Pixels of what is projected; networks see half as many."""

SEARCH, REGISTERED = 0.15, 0.8
"""Of the progress: when a start is found, and when all bones have their pose."""


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
        self._surfaces = {name: surface_points(labels, [name]) for name in _pelvis_of(labels)}
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
        start = self._start(view, sides, standing, seed, part_of(on_progress, 0, SEARCH), should_stop)
        found = self._registered(view, start, sides, seed, part_of(on_progress, SEARCH, REGISTERED), should_stop)
        stop_if_asked(should_stop)
        small = replace(view, region=None).reduced(LONGEST_SIDE)
        poses = {side: found.parts[femur_name(side)].world_from_ct for side in sides}
        bones = sum(
            (self._areal(self._whole(name), small.camera, found.base.world_from_ct) for name in self._surfaces),
            start=np.zeros(small.image.shape, np.float32),
        )
        for side, seen in femurs.items():
            bones = bones + self._areal(seen, small.camera, poses[side])
        proximal = {side: self._areal(seen, small.camera, poses[side], seen.region) for side, seen in femurs.items()}
        return HipProjections(small.image, small.camera, bones, proximal, found)

    def _registered(
        self,
        view: View,
        start: RigidTransform,
        sides: Sequence[Side],
        seed: int,
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> ArticulatedResult:
        """Pelvis, then femurs; a search that ends where no bone can be has not found them."""
        shown = self._shown(view.camera, start, sides)
        refuse_impossible_setup(self._ct, surface_points(shown, _pelvis_of(shown)), [view], start)
        try:
            return register_hip(
                self._ct,
                [view],
                initial=start,
                labels=shown,
                sides=sides,
                config=RegistrationConfig(levels=BASE_LEVELS, seed=seed),
                on_progress=on_progress,
                should_stop=should_stop,
            )
        except GeometryError as error:
            raise RegistrationError(
                "The pelvis was not found on the radiograph: the search went astray. Check that CT and radiograph are "
                "the same person's and that the camera is this image's, or register it by hand."
            ) from error

    def _start(
        self,
        view: View,
        sides: Sequence[Side],
        standing: bool,
        seed: int,
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> RigidTransform:
        """The hip joints amid the image, then a coarse search around."""
        one = view.camera.columns <= ONE_HIP_WIDTH * view.camera.rows
        joints = [femur.head_centre for side, femur in self._femurs.items() if side in sides or not one]
        centre = np.mean(joints, axis=0)
        amid = (view.camera.columns - 1) / 2, (view.camera.rows - 1) / 2
        posture: Posture = "standing" if standing else "supine"
        start = standard_view_pose(centre, view.camera, view="ap", posture=posture, at_px=amid)
        labels = self._shown(view.camera, start, sides)
        found = coarse_search(
            self._ct,
            [view],
            start=start,
            search_range=ROUGHLY_AP,
            labels=labels,
            bones=[*_pelvis_of(labels), *map(femur_name, sides)],
            seed=seed,
            on_progress=on_progress,
            should_stop=should_stop,
        )
        near = [pose for each in found if _is_near(pose := each.world_from_ct, start, view.camera, centre)]
        return near[0] if near else start

    def _shown(self, camera: PinholeCamera, pose: RigidTransform, sides: Sequence[Side]) -> LabelMap:
        """The labels without bones of the pelvis that lie mostly beyond the image; those of wanted sides stay."""
        kept = {hip_bone_name(side) for side in sides}
        hidden = {
            name
            for name, points in self._surfaces.items()
            if name not in kept and visible_share(points, camera, pose) < SEEN_SHARE
        }
        return replace(self._labels, names={v: name for v, name in self._labels.names.items() if name not in hidden})

    def _whole(self, bone: str) -> CloseUp:
        if bone not in self._seen:
            self._seen[bone] = close_up(self._density, self._labels, bone, self._labels.mask([bone]))
        return self._seen[bone]

    def _areal(
        self, seen: CloseUp, camera: PinholeCamera, pose: RigidTransform, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float32]:
        return areal_density(seen.density, rays_in_patient(camera, pose), seen.bone if mask is None else mask)


def _is_near(pose: RigidTransform, start: RigidTransform, camera: PinholeCamera, centre: NDArray[np.float64]) -> bool:
    """Whether a find lies about as an AP view does."""
    depth, usual = (float(camera.camera_from_world.apply(each.apply(centre))[2]) for each in (pose, start))
    turned = (start.inverse() @ pose).angle_deg
    return turned <= FARTHEST * ROUGHLY_AP.rotation_deg and abs(depth - usual) <= FARTHEST * ROUGHLY_AP.depth_mm


def _pelvis_of(labels: LabelMap) -> list[str]:
    present = labels.present()
    return [name for name in PELVIS if name in present]
