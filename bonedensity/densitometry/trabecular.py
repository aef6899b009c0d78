"""Trabecular density of lumbar vertebrae, as in spinal QCT: an elliptic slab inside the body, without cortex."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from bonedensity.anatomy.labels import LUMBAR_L1_L4, title_of
from bonedensity.anatomy.vertebra import VertebralBody, fit_whole_vertebra
from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.checks import check_hounsfield, check_labels_fit
from bonedensity.densitometry.classes import acr_class
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.measurement import Measurement

SLAB_MM = 10.0
"""Thickness of the slab at mid-height, along the body's axis."""

ELLIPSE = 0.7
"""Half-axes of the ellipse as a share of the body's half width and depth."""

FORWARD = 0.1
"""The ellipse's centre lies before the body's by this share of the depth: the basivertebral vein is behind."""

CORTEX_MM = 3.5
"""Nothing nearer to the label's surface counts: shell, its blur, and the label's error."""

FEWEST_VOXELS = 30


def trabecular_region(body: VertebralBody, volume: Volume) -> NDArray[np.bool_]:
    """Voxels (K, J, I) of the elliptic slab within a vertebral body.

    Args:
        body: Measured on its label.
        volume: The label's grid.

    Raises:
        AnatomyError: Too little is left inside the cortex.
    """
    indices = np.argwhere(body.mask)
    low, high = indices.min(axis=0) - 1, indices.max(axis=0) + 2
    box = tuple(slice(max(0, a), b) for a, b in zip(low, high, strict=True))
    depth = np.asarray(distance_transform_edt(np.pad(body.mask[box], 1), sampling=volume.spacing[::-1]))[
        1:-1, 1:-1, 1:-1
    ]
    left, back, up = np.moveaxis(body.local(volume.to_patient(indices[:, ::-1])), -1, 0)
    middle = -FORWARD * body.depth_mm
    ellipse = (left / (body.width_mm / 2)) ** 2 + ((back - middle) / (body.depth_mm / 2)) ** 2 <= ELLIPSE**2
    inner = depth[tuple((indices - [part.start for part in box]).T)] >= CORTEX_MM
    chosen = indices[ellipse & inner & (np.abs(up) <= SLAB_MM / 2)]
    if len(chosen) < FEWEST_VOXELS:
        raise AnatomyError(
            f"{title_of(body.name)} has too little trabecular bone ({len(chosen)} voxels inside the cortex): "
            "it is collapsed, cut off, or the scan too coarse."
        )
    mask = np.zeros_like(body.mask)
    mask[tuple(chosen.T)] = True
    return mask


def trabecular_vbmd(
    ct: Volume, labels: LabelMap, calibration: Calibration, *, names: Sequence[str] = LUMBAR_L1_L4
) -> list[Measurement]:
    """Trabecular vBMD (mg/cm³): the mean over the vertebrae first, then each.

    Args:
        ct: In HU.
        labels: On the CT's grid, TotalSegmentator's names.
        calibration: HU to mg/cm³.
        names: Vertebrae; those that the labels lack or that are cut off are left out and named in the provenance.

    Raises:
        AnatomyError: No vertebra can be measured; labels on another grid.
        CalibrationError: The CT is not in HU.
        GeometryError: Voxels that are not finite.
    """
    check_hounsfield(ct)
    check_labels_fit(ct, labels)
    density = np.asarray(calibration.apply(ct).array)
    present, left_out = set(labels.present()), {}
    each = []
    for name in names:
        body = fit_whole_vertebra(labels, name) if name in present else None
        if body is None:
            left_out[name] = "cut off by the scan's edge" if name in present else "not in the segmentation"
            continue
        region = trabecular_region(body, labels.volume)
        each.append(_measured(name, density[region], calibration))
    if not each:
        raise AnatomyError(
            f"No trabecular density can be measured: of {', '.join(map(title_of, names))} none is whole on the scan."
        )
    mean = float(np.mean([m.value for m in each]))
    provenance = {"acr_class": acr_class(mean), "vertebrae": [m.name for m in each], "left_out": left_out}
    title = "Trabecular vBMD, mean"
    return [Measurement(title, mean, "mg/cm³", _uncertainty(mean, 0.0, calibration), provenance), *each]


def _measured(name: str, voxels: NDArray[np.float32], calibration: Calibration) -> Measurement:
    value, scatter = float(voxels.mean()), float(voxels.std() / math.sqrt(len(voxels)))
    provenance = {"label": name, "voxels": len(voxels), "calibration": calibration.to_json(), "slab_mm": SLAB_MM}
    uncertainty = _uncertainty(value, scatter, calibration)
    return Measurement(f"Trabecular vBMD, {title_of(name)}", value, "mg/cm³", uncertainty, provenance)


def _uncertainty(value: float, scatter: float, calibration: Calibration) -> float:
    """Of the calibration line and of the mean."""
    of_slope = (value - calibration.intercept) * calibration.slope_uncertainty
    return math.hypot(of_slope, calibration.intercept_uncertainty, scatter)
