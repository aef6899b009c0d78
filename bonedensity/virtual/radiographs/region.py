"""The proximal femur as BMD-GAN measures it, from the body's own landmarks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side, femur_name
from bonedensity.errors import AnatomyError
from bonedensity.virtual.painted import PaintedBones

JUNCTION = 0.65
"""Where head meets neck, on the way from the head's centre to the middle of the neck."""


def proximal_femur_mask(
    femur: PaintedBones, landmarks: Mapping[str, NDArray[np.float64]], side: Side
) -> NDArray[np.bool_]:
    """Femur between head and neck's junction and the plane 2 cm below the lesser trochanter (Uemura 2022), (K, J, I).

    Args:
        femur: Painted.
        landmarks: Of the body in the posture in which it was painted (LPS mm).
        side: Which femur.

    Raises:
        AnatomyError: A landmark is missing.
    """
    name = femur_name(side)
    try:
        head, neck, low, lower = (
            landmarks[f"{name}_{point}"] for point in ("head_centre", "neck_centre", "shaft_20mm", "shaft_50mm")
        )
    except KeyError as error:
        raise AnatomyError(f"The virtual hip lacks the landmark {error}, which bounds its proximal femur.") from error
    mask = femur.share > 0
    at = np.argwhere(mask)
    points = femur.mineral.to_patient(at[:, ::-1])
    neck_axis, down = neck - head, (lower - low) / np.linalg.norm(lower - low)
    reach = float(np.linalg.norm(neck_axis))
    past_head = (points - head) @ (neck_axis / reach) >= JUNCTION * reach
    keep = past_head & ((points - low) @ down <= 0)
    mask[tuple(at[~keep].T)] = False
    return mask
