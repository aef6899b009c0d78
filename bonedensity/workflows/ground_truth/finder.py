"""Where a CT's pelvis and femurs lie on a radiograph of which no more is known than that it is about an AP view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name
from bonedensity.errors import GeometryError, RegistrationError
from bonedensity.estimators.bmdgan.data.crop import ONE_HIP_WIDTH
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.registration import RegistrationConfig, View
from bonedensity.registration.articulated import BASE_LEVELS, PELVIS, ArticulatedResult, register_hip
from bonedensity.registration.error import surface_points
from bonedensity.registration.initial import SearchRange, coarse_search, standard_view_pose
from bonedensity.registration.initial.standard_view import Posture
from bonedensity.registration.quality import visible_share
from bonedensity.registration.setup_checks import refuse_impossible_setup

ROUGHLY_AP = SearchRange(rotation_deg=12.0, shift_mm=70.0, depth_mm=40.0)
"""How far from a plain AP view with the hips amid the image a radiograph may be."""

FARTHEST = 1.5
"""Times that range within which the coarse search's finds are believed: half a pelvis turned by 30° looks much the
same, and one that is larger and farther away, too."""

SEEN_SHARE = 0.5
"""Of a bone of the pelvis on the image, from which it is registered: what lies beyond cannot be compared."""

SEARCHED = 0.2
"""Of the progress: when a start is found."""


class HipFinder:
    """Lays a segmented CT onto radiographs; what does not depend on them is found once.

    Args:
        ct: In HU.
        labels: On the CT's grid; TotalSegmentator's names.
        femurs: Geometry of those whose head is on the CT.
    """

    def __init__(self, ct: Volume, labels: LabelMap, femurs: Mapping[Side, FemurGeometry]) -> None:
        self._ct, self._labels, self._femurs = ct, labels, femurs
        self._surfaces = {name: surface_points(labels, [name]) for name in _pelvis_of(labels)}

    @property
    def pelvis(self) -> list[str]:
        """Bones of the pelvis that the CT has."""
        return list(self._surfaces)

    def find(
        self,
        view: View,
        sides: Sequence[Side],
        *,
        standing: bool = False,
        seed: int = 0,
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> ArticulatedResult:
        """Register pelvis and femurs.

        Args:
            view: One hip or both, as seen from the source.
            sides: Femurs that are wanted.
            standing: The pelvis tips back.
            seed: Of the search.
            on_progress: Fraction and message.
            should_stop: True ends the search.

        Raises:
            BoneDensityError: As `register_hip`.
            CancelledError: `should_stop` said so.
        """
        start = self._start(view, sides, standing, seed, part_of(on_progress, 0, SEARCHED), should_stop)
        return self._registered(view, start, sides, seed, part_of(on_progress, SEARCHED, 1), should_stop)

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

    def _shown(self, camera: PinholeCamera, pose: RigidTransform, sides: Sequence[Side]) -> LabelMap:
        """The labels without bones of the pelvis that lie mostly beyond the image; those of wanted sides stay."""
        kept = {hip_bone_name(side) for side in sides}
        hidden = {
            name
            for name, points in self._surfaces.items()
            if name not in kept and visible_share(points, camera, pose) < SEEN_SHARE
        }
        return replace(self._labels, names={v: name for v, name in self._labels.names.items() if name not in hidden})


def _is_near(pose: RigidTransform, start: RigidTransform, camera: PinholeCamera, centre: NDArray[np.float64]) -> bool:
    """Whether a find lies about as an AP view does."""
    depth, usual = (float(camera.camera_from_world.apply(each.apply(centre))[2]) for each in (pose, start))
    turned = (start.inverse() @ pose).angle_deg
    return turned <= FARTHEST * ROUGHLY_AP.rotation_deg and abs(depth - usual) <= FARTHEST * ROUGHLY_AP.depth_mm


def _pelvis_of(labels: LabelMap) -> list[str]:
    present = labels.present()
    return [name for name in PELVIS if name in present]
