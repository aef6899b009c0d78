"""Starts of a landmark pose: the exact poses of three pairs at a time, best on all pairs first."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.initial.p3p import poses_from_three_points
from bonedensity.registration.landmarks import LandmarkPairs, reprojection_distances

MOST_TRIPLES = 40
"""Triples looked at; with many pairs, an even pick."""

STARTS = 6
"""Starts handed on; a flat set of points has two optima, and marking errors exchange their ranks."""


def starts_from_triples(pairs: LandmarkPairs, camera: PinholeCamera) -> list[RigidTransform]:
    """Poses `camera_from_ct`, ranked by the median distance over all pairs, which one wrong pair does not move."""
    rays = camera.directions(pairs.on_xray)
    triples = np.array(list(combinations(range(len(pairs.in_ct)), 3)))
    every = max(1, -(-len(triples) // MOST_TRIPLES))
    poses = [
        pose
        for triple in triples[::every]
        if _is_triangle(pairs.in_ct[triple])
        for pose in poses_from_three_points(pairs.in_ct[triple], rays[triple])
    ]
    here = camera.posed(RigidTransform.identity())
    ranked = sorted(poses, key=lambda pose: float(np.median(reprojection_distances(pairs, here, pose))))
    return ranked[:STARTS]


def _is_triangle(corners: NDArray[np.float64]) -> bool:
    """Whether three points span an area of more than 1 mm²."""
    return float(np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0]))) > 2.0
