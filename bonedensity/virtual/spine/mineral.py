"""Mineral of one vertebra: thin shell and end plates, spongy bone of uneven density, an arch that is mostly cortex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, smooth_step
from bonedensity.virtual.solids import Field, Points, field_moved, smooth_union
from bonedensity.virtual.spine.arch import arch_solid, behind
from bonedensity.virtual.spine.stack import PlacedVertebra
from bonedensity.virtual.spine.texture import spongy_texture
from bonedensity.virtual.spine.vertebra_shape import VertebraShape
from bonedensity.virtual.spine.vertebral_body import body_solid, plate_distance, wall_distance

CORTICAL = 1050.0
"""Mineral density of shell and cortex (mg/cm³): porous, so a little below the 1100 of a shaft."""

WALL_MM, PLATE_MM, ARCH_MM = 0.45, 0.55, 1.15
"""Young adult's thickness of the body's wall, its end plates and the arch's cortex (sheet 3.1: 0.35 to 0.5)."""

LEVEL_CORTEX = {"T10": 0.80, "T11": 0.80, "T12": 0.83, "L1": 0.87, "L2": 0.97, "L3": 1.06, "L4": 1.05, "L5": 1.05}
"""Cortices are thinner at L1 than below (Palepu 2019), by as much as areal density is lower (BiolDir25)."""

ROOT_MM = 3.5
"""Fillet between body and arch."""

CONDENSED_MM, CONDENSED = 3.0, 0.45
"""Below its end plates spongy bone is denser by this share, fading over this depth."""

UNEVEN = 0.15
"""Share by which density rises to the back and below, and falls to the front and above (sheet 3.5)."""

GRAIN = 0.22
"""Deviation of the texture as a share of the density, in young bone."""

DENSE = 165.0
"""Density (mg/cm³) at which struts of all directions are still whole."""


def vertebra_bone(placed: PlacedVertebra, *, trabecular: float, cortex: float, texture_seed: int) -> Bone:
    """A vertebra with its mineral.

    Args:
        placed: Shape and pose.
        trabecular: Mean density of the body's spongy bone (mg/cm³ CHA).
        cortex: Factor of all cortices' thickness.
        texture_seed: Of the spongy bone.
    """
    shape = placed.shape
    solid = smooth_union(body_solid(shape), arch_solid(shape), blend_mm=ROOT_MM).moved(placed.pose)
    porous = float(np.clip((DENSE - trabecular) / DENSE, 0, 1))
    grain = spongy_texture(texture_seed, upright=porous)
    return Bone(
        shape.name,
        solid,
        field_moved(cortex_field(shape, cortex * LEVEL_CORTEX[shape.level]), placed.pose),
        field_moved(spongy_field(shape, trabecular, grain, GRAIN * (1 + porous)), placed.pose),
        CORTICAL,
    )


def cortex_field(shape: VertebraShape, factor: float) -> Field:
    """Thickness (mm) in the vertebra's frame: wall, thicker end plates, thickest in the arch."""
    plate = PLATE_MM * (1 + shape.sclerosis)

    def thickness(p: Points) -> NDArray[np.floating]:
        at_plate = smooth_step(plate_distance(shape, p) - wall_distance(shape, p), -1.0, 1.0)
        front = smooth_step(-p[..., 1] / shape.mean_depth, 0.0, 0.5)
        body = WALL_MM * (0.9 + 0.25 * front) * (1 - at_plate) + plate * at_plate
        arch = behind(shape, p[..., 1])
        slim = smooth_step(np.abs(p[..., 0]), 0.30 * shape.span, 0.42 * shape.span)
        return factor * (body * (1 - arch) + ARCH_MM * (1 - 0.4 * slim) * arch)

    return thickness


def spongy_field(shape: VertebraShape, mean: float, grain: Field, strength: float) -> Field:
    """Density (mg/cm³) in the vertebra's frame: densest below the end plates, behind and in the arch."""
    half, deep = shape.height / 2, shape.mean_depth / 2

    def density(p: Points) -> NDArray[np.floating]:
        slope = np.clip(p[..., 1] / deep, -1, 1) - np.clip(p[..., 2] / half, -1, 1)
        near_plate = np.exp(np.minimum(plate_distance(shape, p), 0) / CONDENSED_MM)
        body = mean * (1 + UNEVEN / 2 * slope) * (1 + CONDENSED * (1 + shape.sclerosis) * near_plate)
        arch = behind(shape, p[..., 1])
        even = body * (1 - arch) + (160.0 + 0.55 * mean) * arch
        return even * np.maximum(1 + strength * grain(p), 0.05)

    return density
