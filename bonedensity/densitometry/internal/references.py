"""HU of air, fat, muscle, blood and compact bone in a patient's CT."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, maximum_filter, uniform_filter, uniform_filter1d

from bonedensity.densitometry.phantoms.slabs import Stack
from bonedensity.errors import CalibrationError
from bonedensity.imaging import LabelMap, Volume

TISSUE_WINDOWS_HU = {"air": (-1020.0, -930.0), "adipose": (-140.0, -60.0), "muscle": (10.0, 90.0)}
"""A tissue's HU is the median within; below air is the padding of the scan's corners."""

BLOOD_LABELS = ("aorta", "inferior_vena_cava")
"""TotalSegmentator's names of large vessels."""

COMPACT_HU, METAL_HU = 800.0, 2500.0
"""Compact bone lies between; above is metal."""

COMPACT_SHARE = 0.9
"""Share of the cortex's ridge voxels below the reference: the thickest cortices are not thinned by blur."""

RIDGE_MM = 7.0
"""Width of the neighbourhood in which a ridge voxel is the brightest."""

ALONG_MM = 10.0
"""Length along the shaft over which noise is averaged first."""

FEWEST_VOXELS = 200
"""Fewer voxels make no reference."""

Reference = dict[str, float]
"""Tissue to HU."""


def tissue_references(ct: Volume, labels: LabelMap | None = None) -> Reference:
    """HU of the reference tissues that the CT holds.

    Args:
        ct: In HU.
        labels: On the same grid; large vessels named as TotalSegmentator does give blood, which is left out otherwise.

    Raises:
        CalibrationError: Fat, muscle or compact bone is missing.
    """
    array = np.asarray(ct.array, dtype=np.float32)
    smooth = uniform_filter(array, 3)
    found = {tissue: at for tissue, window in TISSUE_WINDOWS_HU.items() if (at := _median(smooth, window)) is not None}
    bone = _compact_bone(Stack.of(ct))
    if bone is not None:
        found["cortical_bone"] = bone
    if labels is not None and (blood := _blood(array, labels)) is not None:
        found["blood"] = blood
    missing = [tissue for tissue in ("adipose", "muscle", "cortical_bone") if tissue not in found]
    if missing:
        raise CalibrationError(
            f"“{ct.name}” cannot be calibrated by its own tissues: it shows no {' and no '.join(missing)} of expected "
            "HU. Use a phantom, or give SLOPE,INTERCEPT."
        )
    return found


def _median(smooth: NDArray[np.float32], window: tuple[float, float]) -> float | None:
    inside = smooth[(smooth > window[0]) & (smooth < window[1])]
    return float(np.median(inside)) if len(inside) >= FEWEST_VOXELS else None


def _blood(array: NDArray[np.float32], labels: LabelMap) -> float | None:
    present = [name for name in BLOOD_LABELS if name in labels.present()]
    if not present:
        return None
    inside = binary_erosion(labels.mask(present), iterations=2)
    return float(np.median(array[inside])) if inside.sum() >= FEWEST_VOXELS else None


def _compact_bone(stack: Stack) -> float | None:
    """HU on the ridges of the thickest cortices, averaged along the slices."""
    along = max(1, round(ALONG_MM / float(stack.spacing[0])))
    array = uniform_filter1d(np.asarray(stack.array, dtype=np.float32), along, axis=0)
    dense = array > COMPACT_HU
    if dense.sum() < FEWEST_VOXELS:
        return None
    widths = [max(3, 2 * round(RIDGE_MM / 2 / float(mm)) + 1) for mm in stack.spacing[1:]]
    highest = maximum_filter(array, size=(1, *widths))
    ridge = array[dense & (array == highest) & (highest < METAL_HU)]
    return float(np.quantile(ridge, COMPACT_SHARE)) if len(ridge) >= 30 else None
