"""A virtual hip patient: CT, bone labels, true mineral density and landmarks, all from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.errors import GeometryError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.virtual.hip.body import make_hip_body
from bonedensity.virtual.hip.variant import HEALTHY
from bonedensity.virtual.painted import covering_lattice, paint_body
from bonedensity.virtual.population.person import Person

HU_SLOPE = 0.8
"""True calibration of the virtual scanner: mg/cm³ (CHA) per HU in bone."""

HU_INTERCEPT = -4.0
"""True calibration of the virtual scanner: mg/cm³ (CHA) at 0 HU."""


@dataclass(frozen=True, slots=True, eq=False)
class VirtualPatient:
    """A patient lying on the back whose truth is known.

    Attributes:
        ct: Hounsfield units, int16, blurred and with noise.
        labels: Bones with TotalSegmentator's names and values, on the same grid.
        density: True mineral density averaged over each voxel (mg/cm³ CHA), float32, on the same grid.
        landmarks: Name to LPS mm: `<femur>_head_centre`, `<femur>_neck_centre` (narrowest section),
            `<femur>_shaft_20mm` and `<femur>_shaft_50mm` (on the shaft axis, so far below the lesser trochanter),
            further points of femur and hip bone (`virtual.hip.landmarks`), `<vertebra>_centre` (middle of the body).
        truth: JSON values: person, calibration, dimensions, joint space, mineral mass by bone.
    """

    ct: Volume
    labels: LabelMap
    density: Volume
    landmarks: dict[str, NDArray[np.float64]]
    truth: dict[str, Any]


def draw_person(rng: np.random.Generator) -> Person:
    """An adult as in a cohort before hip replacement: mostly women, 58 ± 15 years (anatomy sheet, section 8)."""
    female = bool(rng.random() < 0.7)
    age = float(np.clip(rng.normal(57.6, 14.9), 22, 90))
    height = float(rng.normal(160.0, 6.3) if female else rng.normal(174.0, 6.8))
    bmi = float(np.clip(rng.normal(24.0, 3.2), 17.5, 33.0))
    return Person(
        identifier="virtual",
        seed=int(rng.integers(2**31)),
        sex="female" if female else "male",
        age=age,
        height_cm=height,
        weight_kg=bmi * (height / 100) ** 2,
        hip_density=float(np.clip(rng.normal(), -2.2, 2.2)),
        spine_density=float(np.clip(rng.normal(), -2.2, 2.2)),
        bone_size=float(np.clip(rng.normal(), -2.0, 2.0)),
        degeneration=float(rng.normal()),
    )


def make_hip_patient(
    seed: int | np.random.Generator,
    *,
    spacing_mm: float = 2.0,
    noise_hu: float = 15.0,
    blur_mm: float = 1.2,
) -> VirtualPatient:
    """Draw a person with healthy hips and scan them.

    In voxels that are bone throughout, HU = (density - HU_INTERCEPT) / HU_SLOPE before blur and noise: this scanner's
    bone holds no fat, so that a calibration can be exact. `virtual.scan` simulates one that is not.

    Args:
        seed: Same seed, same bytes.
        spacing_mm: Voxel edge; bones thinner than a voxel keep their mass.
        noise_hu: Standard deviation of the CT noise (HU).
        blur_mm: Full width at half maximum of the CT's point spread (mm).

    Raises:
        GeometryError: A spacing at which the bones cannot be told apart.
    """
    if not 0.4 <= spacing_mm <= 4.0:
        raise GeometryError(f"The virtual patient's voxels are {spacing_mm} mm; give 0.4 to 4 mm (2 is quick).")
    rng = np.random.default_rng(seed)
    person = draw_person(rng)
    body = make_hip_body(person, variant=HEALTHY)
    painted = paint_body(body, covering_lattice(body.low, body.high, spacing_mm))
    bones = painted.bones
    density, soft = np.asarray(bones.mineral.array), np.asarray(painted.soft.array)
    hu = (1 - bones.share) * soft + (density - bones.share * HU_INTERCEPT) / HU_SLOPE
    affine = bones.mineral.index_to_patient
    return VirtualPatient(
        ct=Volume(_scan(hu, spacing_mm, noise_hu, blur_mm, rng), affine, "HU", "virtual CT"),
        labels=bones.labels,
        density=bones.mineral,
        landmarks={name: np.array(point) for name, point in body.landmarks.items() if "T12" not in name},
        truth=_truth(person, dict(body.truth), dict(bones.mass_g)),
    )


def _scan(
    hu: NDArray[np.floating], voxel_mm: float, noise_hu: float, blur_mm: float, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Blur by the point spread, add noise that is a little correlated, and store as scanners do."""
    blurred = gaussian_filter(hu, blur_mm / 2.355 / voxel_mm) if blur_mm > 0 else hu
    if noise_hu > 0:
        noise = gaussian_filter(rng.standard_normal(hu.shape, dtype=np.float32), 0.6)
        blurred = blurred + noise_hu / noise.std() * noise
    return np.clip(np.rint(blurred), -1024, 3071).astype(np.int16)


def _truth(person: Person, truth: dict[str, Any], mineral: dict[str, float]) -> dict[str, Any]:
    known = ("sex", "age", "height_cm", "weight_kg", "hip_density", "spine_density", "bone_size", "degeneration")
    return {
        "hu_slope": HU_SLOPE,
        "hu_intercept": HU_INTERCEPT,
        "material": "CHA",
        "person": {name: getattr(person, name) for name in known},
        **truth,
        "mineral_g": mineral,
    }
