"""The pose that landmark pairs give: three-point starts, refined on all pairs, with one wrong pair named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.initial.landmark_checks import refuse_unusable_pairs
from bonedensity.registration.initial.landmark_refine import Fit, refined
from bonedensity.registration.initial.landmark_starts import starts_from_triples
from bonedensity.registration.initial.landmark_values import NamedPairs
from bonedensity.registration.landmarks import LandmarkPairs, reprojection_distances

PAIRS_TO_NAME_AN_OUTLIER = 5
"""With four pairs, any three of them agree: which one is wrong cannot be told."""

OUTLIER_MM = 6.0
"""A pair nearer than this to where the others put it is never called wrong: people mark bones within some 3 mm."""

OUTLIER_FACTOR = 5.0
"""How many times the others' own scatter a wrong pair must be away."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkPose:
    """A pose from landmark pairs.

    Attributes:
        world_from_ct: The pose.
        names: Of the pairs, in their order.
        distances_mm: Of each pair, in mm at the bone, parallel to the detector; wrong ones too.
        outlier: Name of the one pair that contradicts the others and was left out; None where they agree.
        standard_errors: Of the pose for a marking error of 1 mm at the bone: about the view's axes right, down and
            depth (degrees) and along them (mm), about the landmarks' centre.
    """

    world_from_ct: RigidTransform
    names: tuple[str, ...]
    distances_mm: NDArray[np.float64]
    outlier: str | None
    standard_errors: NDArray[np.float64]

    @property
    def mean_mm(self) -> float:
        """Mean distance of the pairs that were used (mm)."""
        used = [d for name, d in zip(self.names, self.distances_mm, strict=True) if name != self.outlier]
        return float(np.mean(used))

    def used(self, landmarks: NamedPairs) -> LandmarkPairs:
        """The pairs without the wrong one."""
        pairs = landmarks.pairs
        return pairs if self.outlier is None else _without(pairs, landmarks.names.index(self.outlier))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, one sentence each."""
        notes = []
        if self.outlier is not None:
            distance = self.distances_mm[self.names.index(self.outlier)]
            notes.append(
                f"The landmark “{self.outlier}” lies {distance:.0f} mm from where the others put it and was left out: "
                "mark it again."
            )
        if len(self.names) - (self.outlier is not None) == 3:
            notes.append("Three landmarks fit exactly wherever they lie: mark a fourth to know how good the pose is.")
        return tuple(notes)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "world_from_ct": self.world_from_ct.matrix.ravel().tolist(),
            "mean_mm": self.mean_mm,
            "distances_mm": dict(zip(self.names, self.distances_mm.tolist(), strict=True)),
            "outlier": self.outlier,
            "standard_errors": self.standard_errors.tolist(),
            "notes": list(self.notes),
        }


def pose_from_landmarks(
    landmarks: NamedPairs, camera: PinholeCamera, *, start: RigidTransform | None = None
) -> LandmarkPose:
    """The pose that brings CT landmarks onto their pixels.

    Four or more pairs need no start. Three have up to four exact poses, so they need one. From five on, one wrong pair
    is found, named and left out.

    Args:
        landmarks: CT points and pixels of one view.
        camera: That view's, calibrated.
        start: `world_from_ct` nearby; needed for three pairs, welcome for more.

    Raises:
        RegistrationError: Too few pairs, three without a start, or points on one line.
        GeometryError: Coordinates that are not finite.
    """
    refuse_unusable_pairs(landmarks, has_start=start is not None)
    pairs = landmarks.pairs
    camera_start = None if start is None else camera.camera_from_world @ start
    fit = _best_fit(pairs, camera, camera_start)
    wrong = _contradicting(pairs, camera, camera_start, fit)
    if wrong is not None:
        fit = _best_fit(_without(pairs, wrong), camera, fit.camera_from_ct)
    pose = camera.camera_from_world.inverse() @ fit.camera_from_ct
    return LandmarkPose(
        world_from_ct=pose,
        names=landmarks.names,
        distances_mm=reprojection_distances(pairs, camera, pose),
        outlier=None if wrong is None else landmarks.names[wrong],
        standard_errors=fit.standard_errors,
    )


def _best_fit(pairs: LandmarkPairs, camera: PinholeCamera, start: RigidTransform | None) -> Fit:
    """The least-squares pose over all starts; three pairs have only the given start."""
    starts = [] if start is None else [start]
    if len(pairs.in_ct) > 3:
        starts += starts_from_triples(pairs, camera)
    return min((refined(pairs, camera, each) for each in starts), key=lambda fit: fit.sum_of_squares)


def _contradicting(pairs: LandmarkPairs, camera: PinholeCamera, start: RigidTransform | None, fit: Fit) -> int | None:
    """The pair without which the others agree, and from which they are far; None where there is no such pair."""
    count = len(pairs.in_ct)
    if count < PAIRS_TO_NAME_AN_OUTLIER or fit.scatter_mm(count) < OUTLIER_MM / OUTLIER_FACTOR:
        return None
    fits = [_best_fit(_without(pairs, left_out), camera, start) for left_out in range(count)]
    suspect = int(np.argmin([each.sum_of_squares for each in fits]))
    pose = camera.camera_from_world.inverse() @ fits[suspect].camera_from_ct
    distance = float(reprojection_distances(pairs, camera, pose)[suspect])
    limit = max(OUTLIER_MM, OUTLIER_FACTOR * fits[suspect].scatter_mm(count - 1))
    return suspect if distance > limit else None


def _without(pairs: LandmarkPairs, index: int) -> LandmarkPairs:
    return LandmarkPairs(np.delete(pairs.in_ct, index, axis=0), np.delete(pairs.on_xray, index, axis=0))
