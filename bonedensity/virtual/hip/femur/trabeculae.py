"""The femur's trabecular density: the load-bearing groups, Ward's triangle between them, fat in the canal (mg/cm³)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.virtual.bone import smooth_step
from bonedensity.virtual.fields import ageing, bell, bundle
from bonedensity.virtual.hip.femur.shape import FemurShape
from bonedensity.virtual.solids import Field, Points
from bonedensity.virtual.texture import strut_texture

MEN_LATER_YEARS = 4.0
"""Men's trabeculae are at the same stage this much later."""

STRUTS_MM = (2.1, 6.0)
"""Waves of the texture."""


@dataclass(frozen=True, slots=True)
class GroupDensities:
    """Mineral density (mg/cm³) within each group at one age, before the person's own factor.

    Attributes:
        ward: Between the groups.
        compressive: Principal compressive group and head.
        tensile: Principal tensile group.
        secondary: Secondary compressive group.
        trochanter: Greater trochanter group.
        texture: Standard deviation of the density about its mean, as a share.
    """

    ward: float
    compressive: float
    tensile: float
    secondary: float
    trochanter: float
    texture: float


def group_densities(age: float, *, female: bool) -> GroupDensities:
    """Means at an age (years): the upper ends of the sheet's (1.3), and 30 more for what fat takes off a CT's."""
    at = age if female else age - MEN_LATER_YEARS
    return GroupDensities(
        ageing(at, 170.0, 55.0),
        ageing(at, 410.0, 310.0),
        ageing(at, 270.0, 180.0),
        ageing(at, 200.0, 90.0),
        ageing(at, 190.0, 110.0),
        ageing(at, 0.15, 0.32),
    )


def femur_trabeculae(shape: FemurShape) -> Field:
    """Density (mg/cm³) at every point inside the cortex of the left femur."""
    means, lines = group_densities(shape.age, female=shape.female), _Lines.of(shape)
    pressed = strut_texture(shape.texture_seed, lines.compressive[1] - lines.compressive[0], wavelengths_mm=STRUTS_MM)
    pulled = strut_texture(shape.texture_seed + 1, lines.tensile[-1] - lines.tensile[1], wavelengths_mm=STRUTS_MM)
    canal_mm, s = shape.lesser_up_mm, shape.scale

    def density(p: Points) -> NDArray[np.floating]:
        flat = lines.flattened(p)
        compressive = np.maximum(bundle(flat, lines.compressive, 8.0 * s), bell(flat, lines.head, 13.0 * s))
        tensile = bundle(flat, lines.tensile, 5.5 * s)
        secondary = bundle(flat, lines.secondary, 6.0 * s)
        trochanter = bell(flat, lines.trochanter, 10.0 * s)
        value = means.ward + (means.compressive - means.ward) * compressive
        value = np.maximum(value, means.ward + (means.tensile - means.ward) * tensile)
        value = np.maximum(value, means.ward + (means.secondary - means.ward) * secondary)
        value = np.maximum(value, means.ward + (means.trochanter - means.ward) * trochanter)
        struts = compressive * pressed(p) + (1 - compressive) * pulled(p)
        value = value * np.maximum(1 + means.texture * struts, 0)
        height = (p - shape.neck_foot.astype(p.dtype)) @ shape.axes[:, 2].astype(p.dtype)
        solid = smooth_step(height, canal_mm - 30.0 * s, canal_mm + 22.0 * s)
        return _worn(p, shape, shape.trabecular_factor * value * solid)

    return density


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the groups run, in a space in which the neck's plane is kept and depth across it counts less."""

    compressive: NDArray[np.float64]
    tensile: NDArray[np.float64]
    secondary: NDArray[np.float64]
    head: NDArray[np.float64]
    trochanter: NDArray[np.float64]
    squeeze: NDArray[np.float64]

    @classmethod
    def of(cls, shape: FemurShape) -> _Lines:
        """In the plane of neck and shaft."""
        up, neck = shape.neck_up, shape.neck_to_head
        normal = np.cross(up, neck)
        squeeze = np.eye(3) - 0.45 * np.outer(normal, normal)
        r, half, length, s = shape.head_radius_mm, shape.neck_width_mm / 2, shape.neck_length_mm, shape.scale

        def beside(share: float, across: float) -> NDArray[np.float64]:
            return shape.along_neck(share * length) + across * up

        dome = shape.head_centre + 0.8 * r * (0.6 * shape.axes[:, 2] + 0.4 * up)
        calcar = shape.at((-15.0 * s, 0.0, 0.3 * shape.lesser_up_mm))
        compressive = [dome, beside(0.25, -0.15 * r), beside(0.58, -0.72 * half), calcar]
        lateral = [shape.at((6.0 * s, 0, 4.0 * s)), shape.at((16.0 * s, 0, -14.0 * s))]
        tensile = [beside(-0.2, -0.45 * r), beside(0.12, 0.25 * r), beside(0.55, 0.62 * half), *lateral]
        secondary = [shape.at((-13 * s, 0, -10 * s)), shape.at((0, 0, -1.0 * s)), shape.at((9 * s, -4 * s, 10 * s))]
        trochanter = shape.at((14 * s, -5 * s, 6 * s))
        lines = [np.asarray(line) @ squeeze for line in (compressive, tensile, secondary)]
        return cls(lines[0], lines[1], lines[2], shape.head_centre @ squeeze, trochanter @ squeeze, squeeze)

    def flattened(self, p: Points) -> Points:
        """Points in that space."""
        return (p.reshape(-1, 3) @ self.squeeze.astype(p.dtype)).reshape(p.shape)


def _worn(p: Points, shape: FemurShape, density: NDArray[np.floating]) -> NDArray[np.floating]:
    """Dense bone under a worn roof of the head, and cysts with a dense rim (anatomy sheet, section 1.4)."""
    if shape.sclerosis > 0:
        top = shape.head_centre + 0.86 * shape.head_radius_mm * _unit(np.array([0.25, 0.0, 1.0]))
        density = density + 380.0 * shape.sclerosis * bell(p, top, 6.0)
    for *centre, radius in shape.cysts:
        away = np.sqrt(np.sum((p - (shape.head_centre + centre).astype(p.dtype)) ** 2, axis=-1))
        density = density * smooth_step(away, radius - 0.7, radius + 0.7)
        density = density + 250.0 * np.exp(-(((away - radius - 1.2) / 0.9) ** 2))
    return density


def _unit(values: ArrayLike) -> NDArray[np.float64]:
    vector = np.asarray(values, dtype=np.float64)
    return vector / np.linalg.norm(vector)
