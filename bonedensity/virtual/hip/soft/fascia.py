"""Flesh fills what lies between the fat under the skin and the belly's inside; single muscles are drawn into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Lattice, smooth_step
from bonedensity.virtual.hip.soft.layers import coarse, everywhere, lay
from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.solids import Field, Points, Solid, coverage, sweep
from bonedensity.virtual.texture import strut_texture

WALL_MM = 13.0
"""Thickness of the belly's muscular wall."""

OVER_TROCHANTER_MM = 12.0
"""Muscle, tendon and skin over the greater trochanter; the rest of the tissue there is fat."""

UNEVEN, MOST_UNEVEN_MM, LUMPS_MM = 0.75, 22.0, (45.0, 110.0)
"""Local spread of the thickness of the fat under the skin (share, and at most so many mm), and the lengths over which
it changes: folds of groin and buttock, what hangs over the groin, saddle bags. Fat over the femur so differs from that
beside it, which DXA takes for bone, as it does in scanners (Tothill and Hannan 2014, from CTs: an error near 0.06 g/cm²
at the hip; measured here 0.05). The amounts are a choice made for that error, not published thicknesses: one place
differs by 17 mm (SD) between people of one build, where men's sides differ by 15 mm in all (MrOS)."""

FRONT_MM, MONS_MM = 84.0, 28.0
"""From the hips' level to the foremost muscle; depth and half breadth of the fat before the pubic bones."""

ASIDE, BEHIND_MM = (0.55, 0.95), (0.0, 70.0)
"""From where to where the fat of the front grows to that of the side (share of the hips' half breadth) and the back."""

ABOVE_MM, BELOW_MM = (60.0, 140.0), (-60.0, -150.0)
"""Heights over which the hips' fat becomes that of the trunk, and that of the thighs."""


def lay_flesh(
    hu: NDArray[np.float32], lattice: Lattice, place: Place, depth: NDArray[np.float32], flesh: Field
) -> NDArray[np.float32]:
    """Fill the room within the fat under the skin, but for the belly's inside; in place.

    Args:
        hu: (K, J, I).
        lattice: Its grid.
        place: The person's numbers.
        depth: (K, J, I) mm below the skin.
        flesh: HU of muscle.

    Returns:
        (K, J, I) share of each voxel within the belly's wall.
    """
    h, whole = lattice.voxel_mm, everywhere(lattice)
    under = coarse(lattice, whole, fat_under_skin(place)) - depth
    share = coverage(under, h)
    room = coverage(coarse(lattice, whole, belly(place).distance), h)
    room *= coverage(place.belly_fat_mm + np.float32(WALL_MM) - depth, h)
    share *= 1 - room
    lay(hu, share, coarse(lattice, whole, flesh))
    return room


def fat_under_skin(place: Place) -> Field:
    """Thickness (mm) of the fat under the skin nearest to a point."""
    beside = max(place.soft.lateral_mm - OVER_TROCHANTER_MM, place.thigh_fat_mm)
    before = max(-place.front_mm - FRONT_MM * place.soft.muscle * place.pelvis.scale, place.belly_fat_mm)
    lumps = strut_texture(place.soft.seed + 2, wavelengths_mm=LUMPS_MM)

    def thickness(p: Points) -> NDArray[np.floating]:
        x, y, z = np.abs(p[..., 0]) / place.hip_half_mm, p[..., 1], p[..., 2] / place.tall
        low, high = smooth_step(z, *BELOW_MM), smooth_step(z, *ABOVE_MM)
        mons = MONS_MM * np.exp(-np.square(p[..., 0] / MONS_MM)) * smooth_step(y, 0.0, -30.0)
        hip = before + mons + (beside - before) * smooth_step(x, *ASIDE)
        hip = hip + (place.soft.buttock * beside - hip) * smooth_step(y, *BEHIND_MM) * (1 - smooth_step(x, *ASIDE))
        within = (1 - low) * (1 - high)
        even = place.thigh_fat_mm * low + place.belly_fat_mm * high * (1 - low) + hip * within
        return even + np.minimum(UNEVEN * even, MOST_UNEVEN_MM) * np.clip(lumps(p), -1.1, 2.2)

    return thickness


def belly(place: Place) -> Solid:
    """Room of the bowel and the pelvic organs: in front of the spine, down to the pelvic floor (LPS mm)."""
    wide = place.soft.waist_mm / 2
    centres = place.at([(0, 8, -34), (0, 10, -10), (0, 8, 30), (0, 2, 70)])
    half = place.pelvis.scale * np.array([(36, 26), (50, 40), (58, 50), (78, 52)])
    back = place.at([(0, 42, 0)])[0, 1]
    depth = (back - place.front_mm) / 2
    upper = place.at([(0, 0, 120), (0, 0, 200), (0, 0, 380)])
    upper[:, 1] = back - depth
    sides = np.array([(0.72 * wide, depth), (wide, depth), (wide, depth)])
    return sweep(np.vstack([centres, upper]), np.vstack([half, sides]), across=(1, 0, 0), exponent=2.3)
