"""The sacrum: five fused bodies, wings with the ears of the sacro-iliac joint, canal, foramina, crest, coccyx."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Bone
from bonedensity.virtual.fields import bell
from bonedensity.virtual.hip.pelvis.shape import REFERENCE_SACRUM_MM, PelvisShape
from bonedensity.virtual.hip.sacrum_points import (
    CANAL,
    COLUMN,
    CREST,
    FORAMINA,
    HALF_OUTLINE_MM,
    JOINT,
    MIDDLE_MM,
    PLATE,
    PLATE_ORIGIN,
    PLATE_UP,
    REFERENCE_SLOPE_DEG,
    THICKNESS_MM,
    U_MM,
    V_MM,
)
from bonedensity.virtual.solids import (
    Points,
    Solid,
    beyond,
    capsule,
    carried,
    sheet,
    smooth_difference,
    smooth_union,
    sweep,
    tapered_capsule,
)
from bonedensity.virtual.texture import strut_texture


@dataclass(frozen=True, slots=True)
class SacrumShape:
    """One sacrum in its pelvis.

    Attributes:
        pelvis: Whose it is; gives width, scale and density.
        slope_deg: Lean of the upper end plate to the front while the pelvis is not tilted.
        back_mm: How much farther back it lies than the reference sacrum.
    """

    pelvis: PelvisShape
    slope_deg: float = REFERENCE_SLOPE_DEG
    back_mm: float = 0.0

    def place(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (..., 3) of the reference sacrum, in this person's pelvis (LPS mm)."""
        p = np.asarray(points, dtype=np.float64)
        lean = Rotation.from_rotvec([self.slope_deg - REFERENCE_SLOPE_DEG, 0, 0], degrees=True).as_matrix()
        turned = (p - JOINT) @ lean.T + JOINT
        wide = self.pelvis.sacrum_width_mm / 2 / REFERENCE_SACRUM_MM
        return turned * np.array([wide, self.pelvis.scale, self.pelvis.tall]) + np.array([0.0, self.back_mm, 0.0])

    @property
    def along(self) -> float:
        """Scale along the sacrum, which leans between the body's long axis and its depth."""
        return 0.5 * (self.pelvis.scale + self.pelvis.tall)

    @property
    def plate_frame(self) -> RigidTransform:
        """World from the frame of the curved plate."""
        lean = Rotation.from_rotvec([self.slope_deg - REFERENCE_SLOPE_DEG, 0, 0], degrees=True).as_matrix()
        upwards = lean @ np.array(PLATE_UP) / np.linalg.norm(PLATE_UP)
        right = np.array([-1.0, 0, 0])
        axes = np.column_stack([right, upwards, np.cross(right, upwards)])
        return RigidTransform.from_rotation_translation(axes, self.place(PLATE_ORIGIN))

    @property
    def plate(self) -> RigidTransform:
        """World from the upper end plate: its middle, z along its normal."""
        return leaning(self.place(PLATE), self.slope_deg)


def leaning(origin: NDArray[np.float64], lean_deg: float) -> RigidTransform:
    """World from a frame at `origin` (mm) whose z axis leans to the front."""
    rotation = Rotation.from_rotvec([lean_deg, 0, 0], degrees=True).as_matrix()
    return RigidTransform.from_rotation_translation(rotation, origin)


def make_sacrum(shape: SacrumShape) -> Bone:
    """The sacrum with a thin shell, dense below its upper end plate and beside the joints (mg/cm³)."""
    pelvis = shape.pelvis
    plate, s = shape.place(PLATE), pelvis.scale
    beside = shape.place([(44, 45, 88), (-44, 45, 88)])
    texture = strut_texture(pelvis.texture_seed + 3)

    def cortex(p: Points) -> NDArray[np.floating]:
        return pelvis.cortex_factor * (0.85 + 0.4 * bell(p, plate, 16.0 * s))

    def trabecular(p: Points) -> NDArray[np.floating]:
        value = 62.0 + 75.0 * bell(p, plate, 20.0 * s)
        value = value + 45.0 * (bell(p, beside[0], 14.0 * s) + bell(p, beside[1], 14.0 * s))
        return pelvis.density_factor * value * np.maximum(1 + 0.25 * texture(p), 0)

    return Bone("sacrum", sacrum_solid(shape), cortex, trabecular, 900.0)


def sacrum_solid(shape: SacrumShape) -> Solid:
    """Outer surface (LPS mm)."""
    size = shape.pelvis.scale
    column = _midline(shape, COLUMN, exponent=2.4, dome=(0.35, 1.0))
    crest = np.array([(0, y, z) for y, z, _ in CREST])
    ridge = sweep(shape.place(crest), size * np.array([row[2] for row in CREST]), across=(1, 0, 0))
    whole = smooth_union(_plate(shape), column, ridge, *_facets(shape), blend_mm=6.0 * size)
    plate = shape.plate
    cut = beyond(whole, plate.translation, -plate.rotation[:, 2])
    top = _above_plate(whole, cut, shape)
    return smooth_difference(top, _midline(shape, CANAL), *_openings(shape), blend_mm=2.0)


def _above_plate(whole: Solid, cut: Solid, shape: SacrumShape) -> Solid:
    """The plane cuts the body of S1 alone: wings and processes rise above it."""
    to_plate, size = shape.plate.inverse(), shape.pelvis.scale
    half = shape.place((26.0, 0, 0))[0]

    def distance(p: Points) -> NDArray[np.floating]:
        q = carried(p, to_plate)
        body = (np.abs(q[..., 0]) < half) & (q[..., 1] < 19.0 * size)
        return np.where(body, cut.distance(p), whole.distance(p))

    return Solid(distance, whole.low, whole.high)


def _midline(
    shape: SacrumShape,
    rows: tuple[tuple[float, ...], ...],
    *,
    exponent: float = 2.0,
    dome: tuple[float, float] = (1.0, 1.0),
) -> Solid:
    """A tube in the middle plane; rows of y, z, half width, half depth."""
    table = np.array(rows, dtype=np.float64)
    centres = shape.place(np.column_stack([np.zeros(len(table)), table[:, :2]]))
    wide = shape.place((1.0, 0, 0))[0]
    half = table[:, 2:] * np.array([wide, shape.pelvis.scale])
    return sweep(centres, half, across=(1, 0, 0), exponent=exponent, dome=dome)


def _plate(shape: SacrumShape) -> Solid:
    """Bodies and side masses as one curved plate."""
    wide, thick = shape.place((1.0, 0, 0))[0], shape.pelvis.scale
    stretch = np.array([wide, shape.along])
    half = np.array(HALF_OUTLINE_MM, dtype=np.float64)
    outline = np.concatenate([half, half[-2:0:-1] * [-1, 1]]) * stretch
    return sheet(
        shape.plate_frame,
        wide * np.array(U_MM),
        shape.along * np.array(V_MM),
        thick * np.array(MIDDLE_MM),
        thick * np.array(THICKNESS_MM) / 2,
        outline,
        edge_mm=6.0,
    )


def _facets(shape: SacrumShape) -> list[Solid]:
    size = shape.pelvis.scale
    ends = [shape.place([(26 * sign, 47, 102), (29 * sign, 42, 112)]) for sign in (-1, 1)]
    return [tapered_capsule(foot, top, 7.5 * size, 5.0 * size) for foot, top in ends]


def _openings(shape: SacrumShape) -> list[Solid]:
    frame, wide = shape.plate_frame, shape.place((1.0, 0, 0))[0]
    rods = []
    for u, v, radius in FORAMINA:
        for x in (-u * wide, u * wide):
            ends = frame.apply(np.array([(x, v * shape.along, -40.0), (x, v * shape.along, 50.0)]))
            rods.append(capsule(ends[0], ends[1], radius * shape.pelvis.scale))
    return rods
