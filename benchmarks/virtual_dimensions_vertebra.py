"""Dimensions of a vertebral body on its label (anatomy sheet, 3.1)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from virtual_dimensions_rays import Points, Specimen, entries, unit

from bonedensity.anatomy.vertebra import VertebralBody
from bonedensity.imaging import Volume

RIM = (0.22, 0.62)
"""Heights, as shares of the body's, between which the end plate's rim is widest."""

AT_RIM = 0.38
"""How far from the middle heights are taken at front and back, as a share of the depth: on the rim, before its edge."""

ROUNDS = 4
"""Of aligning the axis."""

MIDDLE = np.array([[x, y] for x in (-3.0, 0.0, 3.0) for y in (-2.0, 2.0)])
"""Places around the middle of an end plate (mm)."""

MIDDLE_MM = 4.0
"""Half the thickness of the slabs in the mid-planes."""


def body_dimensions(body: VertebralBody, bone: Specimen, volume: Volume) -> dict[str, float]:
    """Widths, depths and heights (mm), wedge (degrees), mid-height section (cm²).

    Args:
        body: Measured on its label.
        bone: The whole vertebra.
        volume: The label map's grid.
    """
    points = body.local(volume.to_patient(np.argwhere(body.mask)[:, ::-1]))
    voxel = float(volume.spacing.mean())
    found = {
        "upper width": _rim(points, body, voxel, across=0, sign=1),
        "lower width": _rim(points, body, voxel, across=0, sign=-1),
        "upper depth": _rim(points, body, voxel, across=1, sign=1),
        "lower depth": _rim(points, body, voxel, across=1, sign=-1),
        "mid-height section": _section_cm2(points, body, volume.voxel_volume_mm3),
    }
    return found | _heights(body, bone, 0.5 * (found["upper depth"] + found["lower depth"]))


def aligned(body: VertebralBody, bone: Specimen, volume: Volume) -> VertebralBody:
    """The body with its axis between the planes of its end plates' rims, which rays find finer than voxels do."""
    own = volume.to_patient(np.argwhere(body.mask)[:, ::-1])
    for _ in range(ROUNDS):
        body = replace(body, centre=body.centre + body.axes[:, :2] @ _middle(body.local(own), body.height_mm))
        sizes = np.array([0.38 * body.width_mm, AT_RIM * body.depth_mm])
        slopes = np.zeros(2)
        for axis in range(2):
            ends = [_ends(body, bone, sign * sizes[axis] * np.eye(2)[axis], _beside(body)) for sign in (-1, 1)]
            rise = (ends[1] - ends[0]) / (2 * sizes[axis])
            slopes[axis] = np.clip(rise[np.isfinite(rise)].mean() if np.isfinite(rise).any() else 0.0, -0.15, 0.15)
        up = unit(body.up - slopes[0] * body.left - slopes[1] * body.back)
        back = unit(body.back - (body.back @ up) * up)
        body = replace(body, up=up, back=back, left=np.cross(back, up))
    return body


def _middle(points: Points, height: float) -> Points:
    """Of the body across and from front to back, below its pedicles; the back wall is taken in the mid-plane."""
    low = points[(points[:, 2] < -0.1 * height) & (points[:, 2] > -0.35 * height)]
    sides = np.quantile(low[:, 0], [0.01, 0.99])
    ends = np.quantile(low[np.abs(low[:, 0]) < MIDDLE_MM, 1], [0.01, 0.99])
    return np.array([sides.mean(), ends.mean()])


def _beside(body: VertebralBody) -> Points:
    """Places across the body, a fifth of its width from the middle: there its hollow does not reach the rims."""
    return np.array([[x, y] for x in (-0.2 * body.width_mm, 0.2 * body.width_mm) for y in (-1.0, 1.0)])


def _ends(body: VertebralBody, bone: Specimen, at: Points, beside: Points) -> Points:
    """Heights of the upper and the lower end plate above the body's middle, median over places beside `at`.

    A ray that first meets bone near the middle has passed the rim: it does not count.
    """
    flat = at + (beside if abs(at[1]) >= abs(at[0]) else beside[:, ::-1])
    start = body.centre + np.column_stack([flat, np.zeros(len(flat))]) @ body.axes.T
    up, far = np.tile(body.up, (len(start), 1)), 0.5 * body.height_mm + 9.0
    above = far - entries(bone, start + far * up, -up, 0.0, far)
    below = far - entries(bone, start - far * up, up, 0.0, far)
    found = []
    for reach in (above, below):
        met = reach[reach > 0.3 * body.height_mm]
        found.append(float(np.median(met)) if len(met) else float("nan"))
    return np.array([found[0], -found[1]])


def _heights(body: VertebralBody, bone: Specimen, depth: float) -> dict[str, float]:
    """At the front and back rims and in the middle, and the angle between both rims' planes."""
    ends = [_ends(body, bone, np.array([0.0, share * depth]), _beside(body)) for share in (-AT_RIM, AT_RIM)]
    ends.append(_ends(body, bone, np.zeros(2), MIDDLE))
    front, back, centre = (float(upper - lower) for upper, lower in ends)
    more = (back - front) * (0.5 / AT_RIM - 1) / 2  # the rims' planes, taken on to the edges
    return {
        "anterior height": front - more,
        "central height": centre,
        "posterior height": back + more,
        "wedge": float(np.degrees(2 * np.arctan2(back - front, 4 * AT_RIM * depth))),
    }


def _rim(points: Points, body: VertebralBody, voxel: float, *, across: int, sign: int) -> float:
    """Greatest extent next to an end plate in the mid-plane: of the rim, not of the waist."""
    along = 1 - across
    middle = 0.5 * sum(np.quantile(points[:, along], [0.02, 0.98]))
    shift = -0.1 * body.depth_mm if across == 0 else 0.0  # widths are taken in front of the pedicles
    slab = points[np.abs(points[:, along] - middle - shift) < MIDDLE_MM]
    heights = sign * slab[:, 2] / body.height_mm
    rim = slab[(heights > RIM[0]) & (heights < RIM[1])]
    rows = np.round(sign * rim[:, 2] / voxel).astype(int)
    extents = [np.ptp(rim[rows == row, across]) for row in np.unique(rows) if (rows == row).sum() > 6]
    return float(max(extents) + 0.8 * voxel)


def _section_cm2(points: Points, body: VertebralBody, voxel_mm3: float) -> float:
    """Area of the body's section, mean over the middle third of its height."""
    half = body.height_mm / 6
    return float((np.abs(points[:, 2]) < half).sum() * voxel_mm3 / (2 * half) / 100)
