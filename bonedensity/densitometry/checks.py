"""What no density is measured on: an image that is no CT in HU, labels that lie elsewhere."""

from __future__ import annotations

import numpy as np

from bonedensity.errors import AnatomyError, CalibrationError, GeometryError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.volume import same_grid

DENSEST_BONE_HU = 1000.0
"""No bone's mean, cortex and marrow together, lies above: stored values without their rescale intercept do."""


def check_hounsfield(ct: Volume) -> None:
    """Refuse what cannot be a CT in HU.

    Raises:
        CalibrationError: Another unit, or no value below 0.
        GeometryError: Voxels that are not finite.
    """
    if ct.unit != "HU":
        raise CalibrationError(f"“{ct.name}” is in {ct.unit}, not HU: give the CT itself.")
    low, high = float(np.min(ct.array)), float(np.max(ct.array))
    if not np.isfinite(low + high):
        raise GeometryError(f"“{ct.name}” holds voxels that are not finite (NaN or infinite); replace them first.")
    if low >= 0:
        raise CalibrationError(
            f"“{ct.name}” has no value below 0 HU ({low:.0f} to {high:.0f}), so it is no CT in HU: an MR, or a CT "
            "without its rescale intercept."
        )


def check_labels_fit(ct: Volume, labels: LabelMap) -> None:
    """Refuse labels on another grid than the CT's.

    Raises:
        AnatomyError: They differ in shape or place.
    """
    if not same_grid(ct, labels.volume):
        raise AnatomyError(
            f"The labels “{labels.volume.name}” lie on another grid than “{ct.name}”: bring them onto the CT first "
            "(`bonedensity segment CT --engine labels --labels FILE`)."
        )


def check_bone_hu(title: str, mean_hu: float) -> None:
    """Refuse a region whose mean no bone has.

    Raises:
        CalibrationError: The scan's rescaling must be wrong.
    """
    if mean_hu > DENSEST_BONE_HU:
        raise CalibrationError(
            f"{title} has {mean_hu:.0f} HU in the mean, which no bone has: the CT's rescale slope or intercept is "
            "wrong, so read it from its DICOM files again."
        )
