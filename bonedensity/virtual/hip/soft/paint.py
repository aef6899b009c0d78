"""Everything but bone mineral, in HU at 120 kVp, on any grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, Lattice
from bonedensity.virtual.hip.soft.abdomen import lay_coils, paint_abdomen
from bonedensity.virtual.hip.soft.fascia import lay_flesh
from bonedensity.virtual.hip.soft.layers import FAT_HU, coarse, everywhere, lay, paint_solid
from bonedensity.virtual.hip.soft.muscles import MUSCLES, UNLIKE_HU, muscles
from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.hip.soft.skin import skin_solid
from bonedensity.virtual.solids import Field, Points, Solid, coverage
from bonedensity.virtual.texture import strut_texture

AIR_HU, SKIN_HU, DISC_HU, JOINT_HU = -1000.0, 70.0, 85.0, 65.0

SKIN_MM, MUSCLE_DEPTH_MM = 2.0, 5.0
"""Thickness of the skin; least depth of muscle."""

RED_MARROW_HU = 15.0
"""Pelvis, sacrum and spine hold red marrow mixed with fat (anatomy sheet, section 5); of femurs see `SoftShape`."""


@dataclass(frozen=True, slots=True, eq=False)
class SoftTissue:
    """The soft tissue of one person in one posture.

    Attributes:
        place: Numbers.
        bones: In the world; filled with marrow.
        joints: Balls of joint fluid and cartilage around the femoral heads.
        discs: Between the vertebrae.
        metal: Implants and their HU.
    """

    place: Place
    bones: Sequence[Bone]
    joints: Sequence[Solid]
    discs: Sequence[Solid]
    metal: Sequence[tuple[Solid, float]]

    def paint(self, lattice: Lattice) -> NDArray[np.float32]:
        """HU (K, J, I)."""
        soft, flesh = self.place.soft, self._flesh()
        hu, deep = self._outline(lattice, flesh)
        for sign in (1, -1):
            unlike = UNLIKE_HU * np.random.default_rng([soft.seed, 2]).standard_normal(len(MUSCLES) // 2)
            for muscle, more in zip(muscles(self.place, sign), unlike, strict=True):
                paint_solid(hu, lattice, muscle, FAT_HU, margin_mm=soft.planes_mm, within=deep)
                paint_solid(hu, lattice, muscle, _raised(flesh, more), within=deep)
        paint_abdomen(hu, lattice, self.place)
        for joint in self.joints:
            paint_solid(hu, lattice, joint, JOINT_HU)
        for disc in self.discs:
            paint_solid(hu, lattice, disc, DISC_HU, step_mm=3.0)
        for bone in self.bones:
            outer = bone.solid if bone.side > 0 else bone.solid.mirrored()
            marrow = self.place.soft.marrow_hu if bone.name.startswith("femur") else RED_MARROW_HU
            paint_solid(hu, lattice, outer, marrow)
        for solid, value in self.metal:
            paint_solid(hu, lattice, solid, value, step_mm=2.0)
        return hu

    def _outline(self, lattice: Lattice, flesh: Field) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Air, skin, fat, flesh and small bowel; and how much of each voxel lies deep enough for single muscles."""
        h, place = lattice.voxel_mm, self.place
        depth = -coarse(lattice, everywhere(lattice), skin_solid(place).distance, 8.0)
        hu = np.full(lattice.shape, AIR_HU, np.float32)
        lay(hu, coverage(-depth, h), SKIN_HU)
        lay(hu, coverage(SKIN_MM - depth, h), FAT_HU)
        room = lay_flesh(hu, lattice, place, depth, flesh)
        lay_coils(hu, lattice, place, room)
        return hu, coverage(MUSCLE_DEPTH_MM - depth, h)

    def _flesh(self) -> Field:
        soft = self.place.soft
        marbling = strut_texture(soft.seed, wavelengths_mm=(10.0, 40.0))

        def value(p: Points) -> NDArray[np.floating]:
            return soft.muscle_hu + soft.marbling_hu * marbling(p)

        return value


def _raised(field: Field, more: float) -> Field:
    """A field with a constant added."""
    return lambda p: field(p) + np.float32(more)
