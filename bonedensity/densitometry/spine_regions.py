"""Whole lumbar vertebrae, seen from the front."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import LUMBAR_L1_L4, title_of
from bonedensity.anatomy.vertebra import fit_vertebra
from bonedensity.densitometry.regions import PATIENT_FEET, Region, cut_off_share
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap

SPINE_EDGE_G_CM2 = 0.25
"""Areal density from which a pixel counts as spine: like a DXA scanner's, it leaves out the transverse processes."""

PATIENT_LEFT = np.array([1.0, 0.0, 0.0])
"""Unit vector (LPS)."""


def vertebra(labels: LabelMap, name: str) -> Region:
    """One whole vertebra from the front, as an AP spine DXA sees it once the legs lie on a block.

    It is seen along its own axes: along the patient's, ten degrees more or less of lordosis change its area and its
    areal density by several percent.

    Raises:
        AnatomyError: Not in the segmentation, or cut off by the scan's end.
    """
    mask = labels.mask([name])
    share = cut_off_share(mask, labels, title_of(name))
    title, (right, down, axes) = title_of(name), _front_of(labels, name)
    provenance: dict[str, object] = {
        "label": name,
        "cut_off_share": share,
        "edge_g_cm2": SPINE_EDGE_G_CM2,
        "seen_along": axes,
    }
    return Region(name, title, name, mask, right, down, provenance, share, SPINE_EDGE_G_CM2)


def _front_of(labels: LabelMap, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """Right and down of the image plane; the patient's where the label has no body, such as a collapsed one."""
    try:
        body = fit_vertebra(labels, name)
    except AnatomyError:
        return PATIENT_LEFT, PATIENT_FEET, "the patient's axes"
    return body.left, -body.up, "the vertebra's own axes"


def lumbar_spine(labels: LabelMap) -> list[Region]:
    """L1 to L4, whole vertebrae, from the front."""
    return [vertebra(labels, name) for name in LUMBAR_L1_L4]
