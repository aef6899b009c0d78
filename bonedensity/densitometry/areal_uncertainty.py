"""How surely an areal density is known: the calibration, the outline, what the scan cut off."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion

from bonedensity.densitometry.areal import ArealImage, combined_abmd, parallel_areal_image
from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.close_up import CloseUp
from bonedensity.densitometry.regions import Region

BOUNDARY_SHARE = 0.5 / (2 * math.sqrt(3))
"""Half a voxel either way, evenly likely, as a share of the change between one voxel less and one more."""


def areal_uncertainty(
    parts: Sequence[Region], seen: Sequence[CloseUp], images: Sequence[ArealImage], calibration: Calibration
) -> float:
    """Standard uncertainty (g/cm²): calibration line, half a voxel at the outline, what the scan cut off.

    The outline changes the area, not the mass, since what lies beyond it is returned.

    Args:
        parts: Of the region.
        seen: Each part's bone.
        images: Each part's projection.
        calibration: HU to mg/cm³.
    """
    abmd, area = combined_abmd(images), sum(i.area_cm2 for i in images)
    slope = abmd * calibration.slope_uncertainty
    intercept = calibration.intercept_uncertainty / 1000 * sum(one.volume_cm3 for one in seen) / area
    less, more = (
        sum(_area_cm2(part, one, grown) for part, one in zip(parts, seen, strict=True)) for grown in (False, True)
    )
    less = max(less, area / 2)  # of a bone so thin that nothing is left, half a voxel is at most half
    outline = abmd * area * (1 / less - 1 / more) * BOUNDARY_SHARE
    missing = abmd * max(p.cut_off_share for p in parts)
    return float(math.hypot(slope, intercept, outline, missing))


def _area_cm2(part: Region, one: CloseUp, grown: bool) -> float:
    """Of a region whose outline, not its cuts, lies one of the scan's voxels farther out or in."""
    voxels = max(one.parts)
    if grown:
        bone = binary_dilation(one.bone, iterations=voxels)
        region = one.region | (binary_dilation(one.region, iterations=voxels) & ~one.bone)
    else:
        bone = binary_erosion(one.bone, iterations=voxels)
        region = one.region & bone
    if not region.any():
        return 0.0
    return projected(part, one, bone, region).area_cm2


def projected(part: Region, one: CloseUp, bone: NDArray[np.bool_], region: NDArray[np.bool_]) -> ArealImage:
    """A region on the plane it is measured on.

    Args:
        part: Says which plane.
        one: Its bone.
        bone: (K, J, I) on the close-up's grid: what is projected.
        region: (K, J, I) what of it is measured; not empty.
    """
    edge = part.edge_g_cm2
    return parallel_areal_image(one.density, bone, region, right=part.right, down=part.down, edge_g_cm2=edge)
