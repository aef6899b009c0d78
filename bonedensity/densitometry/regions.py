"""A region of interest: a set of voxels with the plane it is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap

RegionName = Literal["proximal-femur", "total-hip", "femoral-neck", "L1-L4"]
"""Regions that can be measured."""

REGIONS: tuple[RegionName, ...] = ("proximal-femur", "total-hip", "femoral-neck", "L1-L4")

CUT_OFF_ALLOWED = 0.06
"""Share of a region's voxels on the scan's last slice up to which it is still measured, with more uncertainty."""

PATIENT_FEET = np.array([0.0, 0.0, -1.0])
"""Unit vector (LPS)."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Voxels to measure, and the image plane on which area is counted.

    Attributes:
        name: Which region.
        title: As shown to people.
        bone: Label of the bone it is part of.
        mask: (K, J, I) True inside.
        right: Unit vector (LPS) along the image's columns.
        down: Unit vector (LPS) along its rows, perpendicular to `right`.
        provenance: How it was found; JSON values.
        cut_off_share: Share of its voxels on the scan's last slice: about so much may be missing.
        edge_g_cm2: Areal density from which a pixel counts; 0 counts every pixel the region covers.
    """

    name: str
    title: str
    bone: str
    mask: NDArray[np.bool_]
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    provenance: dict[str, object]
    cut_off_share: float = 0.0
    edge_g_cm2: float = 0.0


def cut_off_share(mask: NDArray[np.bool_], labels: LabelMap, what: str) -> float:
    """Share of a region on the scan's outermost slices.

    Args:
        mask: (K, J, I) True inside.
        labels: Where it was found.
        what: As the refusal calls it.

    Raises:
        AnatomyError: It is empty, or more of it than a corner lies there.
    """
    if not mask.any():
        raise AnatomyError(f"The {what} was not found in “{labels.volume.name}”: check the segmentation.")
    edge = np.ones_like(mask)
    edge[tuple(slice(1, -1) if size > 2 else slice(None) for size in mask.shape)] = False
    share = float((mask & edge).sum() / mask.sum())
    if share > CUT_OFF_ALLOWED:
        raise AnatomyError(
            f"The {what} is cut off by the edge of the scan ({share:.0%} of it lies on the last slice), so its density "
            "would be wrong: choose another region, or scan further."
        )
    return share
