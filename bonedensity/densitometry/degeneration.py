"""What a worn lumbar spine adds to its density: a sideways bend, bony spurs, chalk in the aorta. Measured on CT."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.vertebra import VertebralBody
from bonedensity.imaging import LabelMap, Volume

FEWEST_BODIES = 3
"""From which a bend can be told."""

NEAR_PLATE_MM = 4.0
"""Height at an end plate within which a spur is looked for."""

WAIST = 0.2
"""Half the height, as a share of the body's, in which its waist is taken."""

IN_FRONT = 0.15
"""Pedicles and processes begin so far behind the body's middle, as a share of its depth."""

SPUR_MM3 = 24.0
"""Bone farther out than this volume of it does not count: single voxels make no spur."""

HEALTHY_FLARE = 0.08
"""How much wider than its waist a body is at its end plates, as a share of half the waist."""

CHALK_HU = 300.0
"""Blood with contrast medium stays below, chalk does not, once a voxel of 2 mm is full of it."""

VESSEL_MM = (3.0, 40.0)
ASIDE_MM = 30.0
"""Where the aorta lies: so far before the bodies, and so far to either side."""

BETWEEN_MM = 9.0
"""Beyond a body's end plates the vessel is still looked at, so that tilted bodies leave no gap between them."""

AWAY_FROM_BONE_MM = 3.0
"""Bone in part of a voxel is as bright as chalk."""

Points = NDArray[np.float64]


def cobb_angle(bodies: Sequence[VertebralBody]) -> float:
    """Sideways bend of the spine's middle line (degrees), which a Cobb angle measures on end plates.

    The line is a cubic through the end plates' middles, seen from the front: the plates themselves are too short in
    voxels to be told to a few degrees. A bend that goes on beyond the scanned vertebrae comes out too small.

    Args:
        bodies: Of one spine, any order.

    Returns:
        Largest angle between two of the line's tangents; 0 for fewer than three bodies.
    """
    if len(bodies) < FEWEST_BODIES:
        return 0.0
    middles = np.array([plate.centre for body in bodies for plate in (body.superior, body.inferior)])
    height = middles[:, 2] - middles[:, 2].mean()
    slope = np.polyder(np.polyfit(height, middles[:, 0], 3))
    lean = np.degrees(np.arctan(np.polyval(slope, np.linspace(height.min(), height.max(), 50))))
    return float(np.ptp(lean))


def spur_mm(body: VertebralBody, labels: LabelMap) -> float:
    """How far the largest spur reaches sideways beyond a healthy body's outline (mm); below 0 for none.

    Args:
        body: Measured on its label.
        labels: That hold it, spurs included.
    """
    points = body.local(labels.volume.points_where(labels.mask([body.name])))
    points = points[points[:, 1] < IN_FRONT * body.depth_mm]
    across, up, half = points[:, 0], points[:, 2], body.height_mm / 2
    least = max(1, round(SPUR_MM3 / labels.volume.voxel_volume_mm3))
    reach = []
    for side in (-1, 1):
        waist = float(np.quantile(side * across[np.abs(up) < WAIST * body.height_mm], 0.98))
        for end in (-1, 1):
            near = np.sort(side * across[np.abs(end * up - half) < NEAR_PLATE_MM])
            reach.append(near[-least] - (1 + HEALTHY_FLARE) * waist if len(near) >= least else 0.0)
    return float(max(reach))


def aortic_chalk_mm3(ct: Volume, labels: LabelMap, bodies: Sequence[VertebralBody]) -> float:
    """Volume of calcium in the space before the vertebral bodies, away from all bones (mm³).

    Args:
        ct: In HU.
        labels: Of the bones, on the same grid.
        bodies: Whose front is looked at.
    """
    bright = np.argwhere(np.asarray(ct.array) > CHALK_HU)[:, ::-1]
    if not len(bright) or not bodies:
        return 0.0
    points = ct.to_patient(bright)
    kept = np.zeros(len(points), dtype=bool)
    for body in bodies:
        across, back, up = body.local(points).T
        before = -back - body.depth_mm / 2
        kept |= (
            (before > VESSEL_MM[0])
            & (before < VESSEL_MM[1])
            & (np.abs(across) < ASIDE_MM)
            & (np.abs(up) < body.height_mm / 2 + BETWEEN_MM)
        )
    return float((kept & ~_near_bone(bright, labels)).sum()) * ct.voxel_volume_mm3


def _near_bone(indices: NDArray[np.intp], labels: LabelMap) -> NDArray[np.bool_]:
    """Whether a voxel (i, j, k) lies in a bone or less than 3 mm from one."""
    bone = np.asarray(labels.volume.array) > 0
    near = np.zeros(len(indices), dtype=bool)
    reach = [range(-r, r + 1) for r in np.ceil(AWAY_FROM_BONE_MM / labels.volume.spacing).astype(int)]
    top = np.array(bone.shape[::-1]) - 1
    for step in np.stack(np.meshgrid(*reach, indexing="ij"), axis=-1).reshape(-1, 3):
        if np.linalg.norm(step * labels.volume.spacing) <= AWAY_FROM_BONE_MM:
            i, j, k = np.clip(indices + step, 0, top).T
            near |= bone[k, j, i]
    return near
