"""Skin, fat, abdominal wall, the fat and bowel inside it, and the lungs' bases: what a trunk is before its organs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import smooth_step
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import Field, Points, coverage
from bonedensity.virtual.spine.coarse import coarsely
from bonedensity.virtual.spine.texture import spongy_texture

AIR_HU, SKIN_HU, FAT_HU, BOWEL_HU, LUNG_HU = -1000.0, 70.0, -105.0, 35.0, -850.0
"""At 120 kVp (anatomy sheet, section 5)."""

SKIN_MM, WALL_MM = 2.0, 13.0
"""Thickness of skin and of the abdominal wall's muscles."""

BACK_MM = 34.0
"""Thickness of the back's muscles and ribs beyond that of the abdominal wall."""

COARSE_MM = 4.0
"""Smooth fields are computed this coarsely and interpolated."""

EXPONENT = 2.35
"""Squareness of the trunk's section."""

MUSCLE_AGES, MUSCLE_HU = (40.0, 50.0, 60.0, 70.0, 80.0), (42.6, 38.1, 33.4, 29.3, 25.2)
"""Women's mean muscle (FHS-CT); men's is denser."""

LOOP_SCALE = 9.0
"""Bowel loops are so much coarser than spongy bone's grains."""

MARBLING_SCALE, MARBLING_HU = 2.5, 12.0
"""Size of muscle's texture against spongy bone's, and its deviation."""


def muscle_hu(person: Person) -> float:
    """Mean of a person's muscle (HU); fat grows into it with age and weight."""
    male = 4.0 if person.sex == "male" else 0.0
    return float(np.interp(person.age, MUSCLE_AGES, MUSCLE_HU)) + male - 0.5 * (person.bmi - 26.0)


@dataclass(frozen=True, slots=True)
class Layers:
    """A person's trunk in layers from the skin inwards (LPS mm).

    Attributes:
        middle: x and y of its axis.
        half: Half breadth and half depth at the waist.
        waist: Height of the waist.
        fat: Thickness of the fat under the skin in front.
        dome: Height of the diaphragm's domes.
        loops: Share of the belly's inside that is bowel, 0 to 1.
        muscle: Mean of muscle (HU).
        grain: Coarse texture, mean 0, deviation 1.
        furrow: Depth of the back's mid-line furrow.
    """

    middle: tuple[float, float]
    half: tuple[float, float]
    waist: float
    fat: float
    dome: float
    loops: float
    muscle: float
    grain: Field
    furrow: float

    @classmethod
    def of(cls, person: Person, back: float, waist: float, dome: float, seed: int) -> Layers:
        """The layers of one person.

        Args:
            person: BMI, age and sex.
            back: y of the tips of the spinous processes.
            waist: Height of the waist.
            dome: Height of the diaphragm's domes.
            seed: Of bowel and marbling.
        """
        bmi, female = person.bmi, person.sex == "female"
        across = 10 * (0.76 * bmi + 9.4)  # effective diameter, mm (EurRadExp18)
        flat = float(np.clip(0.69 + 0.006 * (bmi - 25), 0.62, 0.80))
        half = (across / 2 / flat**0.5, across / 2 * flat**0.5)
        behind = back + float(np.clip(12.0 + 1.2 * (bmi - 22), 8.0, 45.0))
        fat = float(np.clip((1.25 if female else 0.95) * (bmi - 16) + 4.0, 5.0, 55.0))
        loops = float(np.clip(0.62 - 0.012 * (bmi - 22), 0.35, 0.7))
        return cls((0.0, behind - half[1]), half, waist, fat, dome, loops, muscle_hu(person),
                   spongy_texture(seed, upright=0.0), 7.0)  # fmt: skip

    def depth(self, p: Points) -> NDArray[np.floating]:
        """How far (mm) points lie below the skin; negative outside."""
        x, y, z = p[..., 0] - self.middle[0], p[..., 1] - self.middle[1], p[..., 2]
        below = smooth_step(self.waist - z, 0.0, 120.0)
        above = smooth_step(z - self.waist, 0.0, 120.0)
        a, b = self.half[0] * (1 + 0.07 * below + 0.02 * above), self.half[1]
        u, v = np.maximum(np.abs(x) / a, 1e-3), np.maximum(np.abs(y) / b, 1e-3)
        level = u**EXPONENT + v**EXPONENT
        gauge = level ** (1 / EXPONENT)
        slope = gauge / level * np.hypot(u ** (EXPONENT - 1) / a, v ** (EXPONENT - 1) / b)
        furrow = self.furrow * np.exp(-np.square(x / 16.0)) * smooth_step(y / b, 0.5, 0.9)
        return (1 - gauge) / slope - furrow

    def hu(self, p: Points, voxel_mm: float) -> NDArray[np.floating]:
        """HU of the layers at points (K, J, I, 3) of a grid, shared at their borders over a voxel."""
        step = int(COARSE_MM / voxel_mm)
        depth = coarsely(self.depth, p, step)
        around = np.clip((p[..., 1] - self.middle[1]) / self.half[1], -1, 1)
        wall = SKIN_MM + self.fat * (1 - 0.35 * smooth_step(around, 0.0, 0.9))
        cavity = wall + WALL_MM + BACK_MM * smooth_step(around, 0.3, 0.8)
        hu = np.full(depth.shape, AIR_HU, p.dtype)
        for limit, value in ((0.0, SKIN_HU), (SKIN_MM, FAT_HU)):
            hu += coverage(limit - depth, voxel_mm) * (value - hu)
        share = coverage(wall - depth, voxel_mm)
        flesh = (share > 0) & (cavity - depth > -voxel_mm)
        marbled = self.muscle + MARBLING_HU * self.grain(p[flesh] / MARBLING_SCALE)
        hu += share * (self.muscle - hu)
        hu[flesh] += share[flesh] * (marbled - self.muscle)
        return hu + coverage(cavity - depth, voxel_mm) * (coarsely(self._inside, p, max(step - 1, 1)) - hu)

    def _inside(self, p: Points) -> NDArray[np.floating]:
        """Bowel in fat, none of it behind the spine's front; lungs above the diaphragm."""
        x, y = np.abs(p[..., 0] - self.middle[0]), p[..., 1] - self.middle[1]
        cut = 1.6 * (0.5 - self.loops) + 2.5 * smooth_step(y / self.half[1], -0.05, 0.35)
        belly = FAT_HU + (BOWEL_HU - FAT_HU) * smooth_step(self.grain(p / LOOP_SCALE) - cut, -0.3, 0.3)
        from_dome = np.square((x - 0.5 * self.half[0]) / (0.42 * self.half[0])) + np.square(y / (0.75 * self.half[1]))
        height = self.dome - 55.0 * from_dome
        lung = smooth_step(p[..., 2] - height, -2.0, 2.0) * smooth_step(x, 24.0, 30.0)
        return belly + lung * (LUNG_HU - belly)
