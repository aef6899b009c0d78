"""The proximal femur of the virtual hip patient, left side; world LPS mm with the mid-point of both hips at 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, smooth_step
from bonedensity.virtual.solids import Field, Points, Solid, ellipsoid, smooth_union, sphere, square, tapered_capsule

SHAFT_INCLINATION_DEG = 6.0
"""The shaft runs this much towards the midline on its way down."""

LESSER_TROCHANTER_BELOW_HEAD_MM = 50.0
"""Height of the lesser trochanter's middle below the head's centre, for size 1."""

SHAFT_LENGTH_MM = 260.0
"""From the neck's foot down; the image ends before."""


@dataclass(frozen=True, slots=True)
class FemurShape:
    """Numbers of one femur.

    Attributes:
        head_centre: Left side, LPS mm.
        size: 1 for a head radius of 23 mm.
        neck_shaft_deg: Angle between neck axis and shaft axis.
        anteversion_deg: Turn of the neck to the front about the shaft.
        cortex_factor: Multiplies the cortical thickness.
        density_factor: Multiplies the trabecular density.
    """

    head_centre: NDArray[np.float64]
    size: float
    neck_shaft_deg: float
    anteversion_deg: float
    cortex_factor: float
    density_factor: float

    @property
    def head_radius(self) -> float:
        """Radius of the head (mm)."""
        return 23.0 * self.size

    @property
    def shaft_down(self) -> NDArray[np.float64]:
        """Unit vector along the shaft, towards the knee."""
        tilt = np.radians(SHAFT_INCLINATION_DEG)
        return np.array([-np.sin(tilt), 0.0, -np.cos(tilt)])

    @property
    def neck_to_head(self) -> NDArray[np.float64]:
        """Unit vector along the neck, towards the head."""
        tilt, turn = np.radians(SHAFT_INCLINATION_DEG), np.radians(self.anteversion_deg)
        medial = np.array([-np.cos(tilt), 0.0, np.sin(tilt)])
        sideways = np.cos(turn) * medial + np.sin(turn) * np.array([0.0, -1.0, 0.0])
        angle = np.radians(self.neck_shaft_deg)
        return np.cos(angle) * self.shaft_down + np.sin(angle) * sideways

    @property
    def neck_foot(self) -> NDArray[np.float64]:
        """Where the neck axis meets the shaft axis; the femoral offset from there to the head is 43 mm."""
        length = 43.0 * self.size / np.sin(np.radians(self.neck_shaft_deg))
        return self.head_centre - length * self.neck_to_head

    @property
    def neck_centre(self) -> NDArray[np.float64]:
        """Middle of the narrowest section of the neck."""
        return self.head_centre + 0.5 * (self.neck_foot - self.head_centre)

    @property
    def lesser_trochanter(self) -> NDArray[np.float64]:
        """Point of the shaft axis at the height of the lesser trochanter's middle."""
        height = self.head_centre[2] - LESSER_TROCHANTER_BELOW_HEAD_MM * self.size
        return self.neck_foot + (height - self.neck_foot[2]) / self.shaft_down[2] * self.shaft_down

    def shaft_point(self, below_lesser_trochanter_mm: float) -> NDArray[np.float64]:
        """Point of the shaft axis so many mm along the shaft below the lesser trochanter."""
        return self.lesser_trochanter + below_lesser_trochanter_mm * self.shaft_down


def femur_solid(shape: FemurShape) -> Solid:
    """Outer surface."""
    s, foot, down = shape.size, shape.neck_foot, shape.shaft_down
    head = sphere(shape.head_centre, shape.head_radius)
    neck = smooth_union(
        tapered_capsule(shape.head_centre, shape.neck_centre, 17.5 * s, 15.5 * s),
        tapered_capsule(shape.neck_centre, foot, 15.5 * s, 20 * s),
        blend_mm=2.0,
    )
    greater = ellipsoid(foot + np.array([9.0, 7.0, 16.0]) * s, np.array([14.0, 19.0, 22.0]) * s)
    middle, end = foot + 75 * s * down, foot + SHAFT_LENGTH_MM * down
    shaft = smooth_union(
        tapered_capsule(foot - 4 * s * down, middle, 20 * s, 14.3 * s),
        tapered_capsule(middle, end, 14.3 * s, 13.6 * s),
        blend_mm=4.0,
    )
    bump = shape.lesser_trochanter
    lesser = tapered_capsule(
        bump + np.array([-4.0, 2.0, 6.0]) * s, bump + np.array([-17.0, 13.0, 1.0]) * s, 12 * s, 6 * s
    )
    return smooth_union(smooth_union(head, neck, blend_mm=5.0), greater, lesser, shaft, blend_mm=8.0 * s)


def make_femur(name: str, shape: FemurShape, *, side: int) -> Bone:
    """The femur with its cortex and trabecular groups.

    Args:
        name: Label.
        shape: Its numbers, left side.
        side: +1 left, -1 right (mirrored).
    """
    return Bone(name, femur_solid(shape), _cortex(shape), _trabecular(shape), 1020.0, side)


def _cortex(shape: FemurShape) -> Field:
    """Thin over head and trochanters, thick under the neck, a tube along the shaft (mm)."""
    foot, down, calcar = shape.neck_foot, shape.shaft_down, shape.neck_centre + np.array([0.0, 0.0, -15.0]) * shape.size

    def thickness(p: Points) -> NDArray[np.floating]:
        below = _along(p, foot, down)
        tube = 1.1 + 4.6 * smooth_step(below, -5.0, 60.0)
        under_neck = 2.2 * _bell(p, calcar, 11.0)
        return shape.cortex_factor * (tube + under_neck)

    return thickness


def _trabecular(shape: FemurShape) -> Field:
    """Dense under the load in the head, thin between the groups (Ward's triangle), none in the canal (mg/cm³)."""
    foot, down = shape.neck_foot, shape.shaft_down
    ward = shape.neck_centre + 0.45 * (foot - shape.neck_centre)

    def density(p: Points) -> NDArray[np.floating]:
        head = 190.0 * _bell(p, shape.head_centre, 17.0 * shape.size)
        base = 110.0 + head - 60.0 * _bell(p, ward, 10.0 * shape.size)
        return shape.density_factor * base * (1 - smooth_step(_along(p, foot, down), 0.0, 50.0))

    return density


def _along(p: Points, origin: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.floating]:
    return (p - origin.astype(p.dtype)) @ direction.astype(p.dtype)


def _bell(p: Points, centre: NDArray[np.float64], width: float) -> NDArray[np.floating]:
    return np.exp(-square(p - centre.astype(p.dtype)) / (2 * width**2))
