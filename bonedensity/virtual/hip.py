"""A virtual hip patient: CT, bone labels, true mineral density and landmarks, all from a few numbers and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.anatomy.labels import BY_NAME, Side, femur_name, hip_bone_name
from bonedensity.errors import GeometryError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.bone import Bone, Lattice, Painting, paint
from bonedensity.virtual.femur import FemurShape, make_femur
from bonedensity.virtual.pelvis import JOINT_SPACE_MM, make_hip_bone
from bonedensity.virtual.sacrum import make_sacrum
from bonedensity.virtual.solids import Solid
from bonedensity.virtual.spine import Vertebra, make_vertebra, stack_vertebrae
from bonedensity.virtual.tissue import paint_soft_tissue

HU_SLOPE = 0.8
"""True calibration of the virtual scanner: mg/cm³ (CHA) per HU in bone."""

HU_INTERCEPT = -4.0
"""True calibration of the virtual scanner: mg/cm³ (CHA) at 0 HU."""

FIELD_LOW_MM = np.array([-200.0, -126.0, -132.0])
FIELD_HIGH_MM = np.array([200.0, 138.0, 20.0])
"""The image's first and last voxel centres (LPS mm), apart from the lengths below that grow with the patient."""

LESSER_TROCHANTER_MM, TOP_MM = -50.0, 284.0
"""Heights for size 1: the image runs from 13 cm below the lesser trochanters into T12."""

SACROILIAC_GAP_MM = 2.5
FACET_GAP_MM = 1.2

SIDES: tuple[tuple[Side, int], ...] = (("L", 1), ("R", -1))
"""Side, and the sign of its x."""


@dataclass(frozen=True, slots=True)
class HipShape:
    """What varies from patient to patient.

    Attributes:
        size: 1 for an average adult.
        density_factor: Multiplies trabecular density; its root multiplies the femoral cortex.
        fat_mm: Thickness of the fat under the skin.
        hip_distance_mm: Between the femoral heads' centres.
        neck_shaft_deg: By side.
        anteversion_deg: By side.
    """

    size: float
    density_factor: float
    fat_mm: float
    hip_distance_mm: float
    neck_shaft_deg: Mapping[Side, float]
    anteversion_deg: Mapping[Side, float]

    def femur(self, side: Side) -> FemurShape:
        """The femur of a side, as a left one."""
        return FemurShape(
            head_centre=np.array([self.hip_distance_mm / 2, 0.0, 0.0]),
            size=self.size,
            neck_shaft_deg=self.neck_shaft_deg[side],
            anteversion_deg=self.anteversion_deg[side],
            cortex_factor=float(np.sqrt(self.density_factor)),
            density_factor=self.density_factor,
        )


@dataclass(frozen=True, slots=True, eq=False)
class VirtualPatient:
    """A patient lying on the back whose truth is known.

    Attributes:
        ct: Hounsfield units, int16, blurred and with noise.
        labels: Bones with TotalSegmentator's names and values, on the same grid.
        density: True mineral density averaged over each voxel (mg/cm³ CHA), float32, on the same grid.
        landmarks: Name to LPS mm: `<femur>_head_centre`, `<femur>_neck_centre` (narrowest section),
            `<femur>_shaft_20mm` and `<femur>_shaft_50mm` (on the shaft axis, so far below the lesser trochanter),
            `<vertebra>_centre` (middle of the body).
        truth: JSON values: calibration, shape, joint space, mineral mass by bone.
    """

    ct: Volume
    labels: LabelMap
    density: Volume
    landmarks: dict[str, NDArray[np.float64]]
    truth: dict[str, Any]


def sample_hip_shape(rng: np.random.Generator) -> HipShape:
    """Numbers of one adult (anatomy sheet, sections 1.1, 2 and 5); left and right differ a little."""
    size = float(np.clip(rng.normal(1.0, 0.045), 0.9, 1.1))
    neck_shaft, anteversion = rng.normal(127.0, 4.0), rng.normal(14.0, 5.0)
    return HipShape(
        size=size,
        density_factor=float(np.clip(rng.normal(1.0, 0.18), 0.55, 1.45)),
        fat_mm=float(np.clip(rng.normal(20.0, 4.0), 12.0, 30.0)),
        hip_distance_mm=size * float(rng.normal(177.0, 4.0)),
        neck_shaft_deg={side: float(np.clip(neck_shaft + rng.normal(0, 1.0), 118, 136)) for side, _ in SIDES},
        anteversion_deg={side: float(np.clip(anteversion + rng.normal(0, 1.5), 0, 28)) for side, _ in SIDES},
    )


def make_hip_patient(
    seed: int | np.random.Generator,
    *,
    spacing_mm: float = 2.0,
    noise_hu: float = 15.0,
    blur_mm: float = 1.2,
) -> VirtualPatient:
    """Draw a patient and scan it.

    In voxels that are bone throughout, HU = (density - HU_INTERCEPT) / HU_SLOPE before blur and noise.

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
    shape = sample_hip_shape(rng)
    lattice = _lattice(shape.size, spacing_mm)
    vertebrae = stack_vertebrae(shape.size)
    painting, mineral = _paint_bones(lattice, shape, vertebrae)
    soft = paint_soft_tissue(lattice, size=shape.size, fat_mm=shape.fat_mm, discs=[v.disc for v in vertebrae], rng=rng)
    hu = (1 - painting.share) * soft + (painting.density - painting.share * HU_INTERCEPT) / HU_SLOPE
    affine = index_to_patient(spacing=(spacing_mm,) * 3, origin=lattice.origin)
    names = {bone.value: bone.name for bone in BY_NAME.values() if bone.name in mineral}
    return VirtualPatient(
        ct=Volume(_scan(hu, lattice, noise_hu, blur_mm, rng), affine, "HU", "virtual CT"),
        labels=LabelMap(Volume(painting.labels, affine, "1", "true bones"), names),
        density=Volume(painting.density, affine, "mg/cm³", "true density"),
        landmarks=_landmarks(shape, vertebrae),
        truth=_truth(shape, mineral),
    )


def _lattice(size: float, spacing_mm: float) -> Lattice:
    low = FIELD_LOW_MM + np.array([0, 0, LESSER_TROCHANTER_MM * size])
    high = FIELD_HIGH_MM + np.array([0, 0, TOP_MM * size])
    columns, rows, slices = (int(n) + 1 for n in np.round((high - low) / spacing_mm))
    return Lattice((slices, rows, columns), low, spacing_mm)


def _paint_bones(lattice: Lattice, shape: HipShape, vertebrae: list[Vertebra]) -> tuple[Painting, dict[str, float]]:
    painting, mineral = Painting.empty(lattice), {}

    def add(bone: Bone, *keep_off: Solid) -> None:
        mineral[bone.name] = paint(painting, lattice, bone, BY_NAME[bone.name].value, keep_off=keep_off)

    for side, sign in SIDES:
        add(make_femur(femur_name(side), shape.femur(side), side=sign))
    sacrum = make_sacrum(size=shape.size, density_factor=shape.density_factor)
    add(sacrum)
    below = sacrum.solid
    for vertebra in vertebrae:
        bone = make_vertebra(vertebra, size=shape.size, density_factor=shape.density_factor)
        add(bone, below.grown(FACET_GAP_MM))
        below = bone.solid
    for side, sign in SIDES:
        add(_hip_bone(shape, side, sign), sacrum.solid.grown(SACROILIAC_GAP_MM))
    return painting, mineral


def _hip_bone(shape: HipShape, side: Side, sign: int) -> Bone:
    femur = shape.femur(side)
    return make_hip_bone(
        hip_bone_name(side),
        head_centre=femur.head_centre,
        head_radius=femur.head_radius,
        size=shape.size,
        density_factor=shape.density_factor,
        side=sign,
    )


def _scan(
    hu: NDArray[np.floating], lattice: Lattice, noise_hu: float, blur_mm: float, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Blur by the point spread, add noise that is a little correlated, and store as scanners do."""
    blurred = gaussian_filter(hu, blur_mm / 2.355 / lattice.voxel_mm) if blur_mm > 0 else hu
    if noise_hu > 0:
        noise = gaussian_filter(rng.standard_normal(lattice.shape, dtype=np.float32), 0.6)
        blurred = blurred + noise_hu / noise.std() * noise
    return np.clip(np.rint(blurred), -1024, 3071).astype(np.int16)


def _landmarks(shape: HipShape, vertebrae: list[Vertebra]) -> dict[str, NDArray[np.float64]]:
    landmarks: dict[str, NDArray[np.float64]] = {}
    for side, sign in SIDES:
        femur, mirror = shape.femur(side), np.array([sign, 1.0, 1.0])
        points = {
            "head_centre": femur.head_centre,
            "neck_centre": femur.neck_centre,
            "shaft_20mm": femur.shaft_point(20.0),
            "shaft_50mm": femur.shaft_point(50.0),
        }
        landmarks |= {f"{femur_name(side)}_{name}": mirror * point for name, point in points.items()}
    landmarks |= {f"vertebrae_{v.name}_centre": v.pose.translation.copy() for v in vertebrae if v.name != "T12"}
    return landmarks


def _truth(shape: HipShape, mineral: dict[str, float]) -> dict[str, Any]:
    return {
        "hu_slope": HU_SLOPE,
        "hu_intercept": HU_INTERCEPT,
        "material": "CHA",
        "size": shape.size,
        "density_factor": shape.density_factor,
        "fat_mm": shape.fat_mm,
        "joint_space_mm": JOINT_SPACE_MM,
        "femur": {
            femur_name(side): {
                "head_radius_mm": shape.femur(side).head_radius,
                "neck_shaft_deg": shape.neck_shaft_deg[side],
                "anteversion_deg": shape.anteversion_deg[side],
            }
            for side, _ in SIDES
        },
        "mineral_g": mineral,
    }
