"""Sensible beginnings: which bones to register, a nominal X-ray room, a first pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.threshold import UNDIVIDED_BONE
from bonedensity.densitometry.measure import METAL_HU
from bonedensity.errors import AnatomyError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.registration.error import surface_points
from bonedensity.registration.pose import ViewFrame

PELVIS = ("sacrum", "hip_left", "hip_right")
FEMURS = ("femur_left", "femur_right")
LUMBAR = ("vertebrae_L5", "vertebrae_L4", "vertebrae_L3", "vertebrae_L2", "vertebrae_L1")

HIP_SDD_MM = 1150.0
"""Source-to-detector distance of a hip radiograph on a table (1000-1200 mm)."""

OBJECT_TO_DETECTOR_MM = 150.0
"""Middle of the body to the detector: table top, grid and half a body."""

METAL_VOXELS = 0.002
"""Share of a bone's voxels above 2500 HU from which it is left out of a registration."""

HIDDEN_POSE = (6.0, 6.0, 6.0, 8.0, 8.0, 8.0)
"""Reach of the pose at which an X-ray is simulated, off the centred AP pose (3 degrees, 3 mm)."""

NOMINAL_COLUMNS = 512
NOMINAL_PIXEL_MM = 0.8
"""A 41 cm detector: a whole pelvis at 1.15 magnification."""


USUAL = (*PELVIS, *FEMURS, *LUMBAR, UNDIVIDED_BONE)
"""What is registered, in this order."""


def chosen_bones(usable: Sequence[str]) -> list[str]:
    """Of the bones that can be used, those that one registers together: pelvis and femurs, else the lumbar spine."""
    for group in ((*PELVIS, *FEMURS), LUMBAR, (UNDIVIDED_BONE,)):
        chosen = [name for name in group if name in usable]
        if chosen:
            return chosen
    return []


def registrable_bones(ct: Volume, labels: LabelMap) -> list[str]:
    """Pelvis and femurs where they are, else the lumbar spine; bones with metal are left out.

    Raises:
        AnatomyError: None of these is on the scan.
    """
    present = set(labels.present())
    chosen = chosen_bones([name for name in USUAL if name in present and not holds_metal(ct, labels, name)])
    if chosen:
        return chosen
    raise AnatomyError(
        f"The segmentation “{labels.volume.name}” has no bone to register: it needs the pelvis, a femur or lumbar "
        f"vertebrae in TotalSegmentator's names, but has {', '.join(sorted(present)) or 'no labels'}."
    )


def holds_metal(ct: Volume, labels: LabelMap, name: str) -> bool:
    """Whether a bone is left out for its metal; undivided bone is all there is, and stays."""
    if name == UNDIVIDED_BONE:
        return False
    return bool((np.asarray(ct.array)[labels.mask([name])] > METAL_HU).mean() > METAL_VOXELS)


def nominal_camera() -> PinholeCamera:
    """An AP hip set-up to simulate an X-ray with; world origin at the middle of the body."""
    return c_arm_camera(
        sdd_mm=HIP_SDD_MM,
        source_to_isocentre_mm=HIP_SDD_MM - OBJECT_TO_DETECTOR_MM,
        rows=NOMINAL_COLUMNS,
        columns=NOMINAL_COLUMNS,
        pixel_spacing_mm=(NOMINAL_PIXEL_MM, NOMINAL_PIXEL_MM),
    )


def camera_of(radiograph: Radiograph, *, sdd_mm: float | None = None) -> PinholeCamera:
    """An AP camera for a radiograph, from its own tags or a stated distance.

    Args:
        radiograph: With the detector's pixel spacing.
        sdd_mm: Source-to-detector distance (mm); default the file's, else 1150.

    Raises:
        SpacingError: The detector's pixel spacing is not known.
    """
    spacing = radiograph.detector_spacing()
    distance = sdd_mm or radiograph.sdd_mm or HIP_SDD_MM
    return c_arm_camera(
        sdd_mm=distance,
        source_to_isocentre_mm=distance - OBJECT_TO_DETECTOR_MM,
        rows=radiograph.rows,
        columns=radiograph.columns,
        pixel_spacing_mm=spacing.pair,
    )


def centred_pose(labels: LabelMap, bones: Sequence[str]) -> tuple[RigidTransform, NDArray[np.float64]]:
    """The pose that puts the bones' centre on the world's origin, unturned, and that centre (CT LPS mm)."""
    centre = surface_points(labels, bones).mean(axis=0)
    return RigidTransform.from_translation(-centre), centre


def random_pose(frame: ViewFrame, rng: np.random.Generator, reach: Sequence[float]) -> RigidTransform:
    """A pose off `frame`'s start by uniform random amounts.

    Args:
        frame: View axes, start and centre.
        rng: Source of randomness.
        reach: Largest amount of each of the six parameters (3 degrees, 3 mm).
    """
    return frame.pose(rng.uniform(-1, 1, 6) * np.asarray(reach))
