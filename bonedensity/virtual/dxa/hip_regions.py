"""Femoral neck and total hip on a bone image: lines laid by the femur's landmarks, edges found in the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.anatomy.labels import Side, femur_name
from bonedensity.errors import AnatomyError
from bonedensity.virtual.dxa.region import EDGE_SMOOTH_MM, DxaRegion, Landmarks, coordinates, region, within_edge

HIP_LANDMARKS = ("head_centre", "neck_centre", "shaft_20mm", "shaft_50mm", "greater_trochanter")
"""Of the femur: lines are laid through these."""

HIP_EDGE = 0.35
"""A pixel is bone from this share of the region's own middle level: low, to keep a thin trochanter."""

NECK_BOX_MM = 15.0
"""Width of the femoral neck's box along its axis."""

NECK_REACH_MM, MEDIAL_REACH_MM = 26.0, 32.0
"""The neck's box across its axis, and the total hip on the inner side of the shaft's."""

BESIDE_TIP_MM, ABOVE_TIP_MM = 18.0, 9.0
"""How far beside and above the tip of the greater trochanter an operator lets bone be: fat that is taken for bone
beyond it is cut off."""


def hip_regions(
    image: NDArray[np.float64], landmarks: Landmarks, pixel_mm: tuple[float, float], side: Side
) -> tuple[DxaRegion, ...]:
    """Femoral neck (a box 15 mm wide about the narrowest section) and total hip (from there to below the trochanter).

    Args:
        image: g/cm², manufacturer's scale.
        landmarks: `<femur>_head_centre`, `_neck_centre`, `_shaft_20mm`, `_shaft_50mm`, `_greater_trochanter`.
        pixel_mm: (row, column).
        side: Which hip.

    Raises:
        AnatomyError: A landmark is missing, or no bone is there.
    """
    names = [f"{femur_name(side)}_{point}" for point in HIP_LANDMARKS]
    if missing := [name for name in names if name not in landmarks]:
        raise AnatomyError(f"The virtual hip lacks the landmark {missing[0]}, which its DXA regions need.")
    head, neck, low, lower, tip = (np.asarray(landmarks[name]) for name in names)
    x, y = coordinates(image.shape, pixel_mm)
    axis = (neck - head) / np.linalg.norm(neck - head)
    along = (x - neck[0]) * axis[0] + (y - neck[1]) * axis[1]
    across = (x - neck[0]) * axis[1] - (y - neck[1]) * axis[0]
    smooth = gaussian_filter(image, [EDGE_SMOOTH_MM / p for p in pixel_mm])
    box = (np.abs(along) <= NECK_BOX_MM / 2) & (np.abs(across) <= NECK_REACH_MM)
    in_neck = within_edge(smooth, box, box & (np.abs(across) <= 8.0), HIP_EDGE, "femoral neck")
    down = (lower - low) / np.linalg.norm(lower - low)
    inwards = np.array([down[1], -down[0]])
    inwards *= np.sign((head - low) @ inwards)
    below, inner = ((x - low[0]) * way[0] + (y - low[1]) * way[1] for way in (down, inwards))
    outer = (along > NECK_BOX_MM / 2) & (below <= 0) & (inner <= MEDIAL_REACH_MM)
    outer &= (below >= (tip - low) @ down - ABOVE_TIP_MM) & (inner >= (tip - low) @ inwards - BESIDE_TIP_MM)
    core = outer & (np.abs(inner) <= 12.0) & (below > -60.0)
    rest = within_edge(smooth, outer, core, HIP_EDGE, "total hip")
    return (
        region("femoral-neck", in_neck, image, pixel_mm),
        region("total-hip", in_neck | rest, image, pixel_mm),
    )
