"""Muscles and organs beside the spine: where they lie and their HU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.solids import Solid, ellipsoid, smooth_union, sweep
from bonedensity.virtual.spine.layers import Layers
from bonedensity.virtual.spine.stack import PlacedVertebra

LIVER_HU, SPLEEN_HU, KIDNEY_HU, STOMACH_HU, COLON_HU, GAS_HU = 58.0, 50.0, 33.0, 30.0, 15.0, -950.0
"""Unenhanced, at 120 kVp (anatomy sheet, section 5)."""

BUBBLES = (5, 16)
"""Fewest, and one more than most, bubbles of gas in the bowel."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A solid of one HU; whether it lies within the belly, and so is cut off at the abdominal wall."""

    solid: Solid
    hu: float


def organs_of(
    layers: Layers,
    placed: Mapping[str, PlacedVertebra],
    foot: NDArray[np.float64],
    lean: float,
    rng: np.random.Generator,
) -> list[Filling]:
    """Muscles and organs in the order in which they are painted.

    Args:
        layers: The trunk.
        placed: Vertebrae.
        foot: Middle of the sacral plate.
        lean: Thickness of muscles over an average one's.
        rng: Shifts organs and places gas.
    """
    column = _Column(placed, foot)
    return [
        *_bowel(layers, column, rng),
        *_solid_organs(layers, column, rng),
        *(Filling(muscle, layers.muscle + 6.0) for muscle in _muscles(column, lean)),
    ]


class _Column:
    """The spine's course, to hang organs on."""

    def __init__(self, placed: Mapping[str, PlacedVertebra], foot: NDArray[np.float64]) -> None:
        self.placed, self.foot = placed, foot

    def at(self, level: str, x: float, y: float, z: float) -> NDArray[np.float64]:
        """A point so far (mm, along the body's axes) from the middle of a vertebra; S1 stands for the sacral plate."""
        middle = self.foot if level == "S1" else self.placed[level].pose.translation
        return np.asarray(middle + np.array([x, y, z]))

    def half_width(self, level: str) -> float:
        return self.placed[level].shape.mean_width / 2

    def behind(self, level: str) -> float:
        shape = self.placed[level].shape
        return shape.mean_depth / 2 + shape.canal[1]


def _muscles(column: _Column, lean: float) -> list[Solid]:
    solids = []
    for sign in (-1.0, 1.0):
        psoas = [
            column.at(level, sign * (column.half_width(level) + out), back, 0.0)
            for level, out, back in (("L1", 4.0, 8.0), ("L2", 8.0, 6.0), ("L3", 12.0, 3.0), ("L4", 16.0, 0.0))
        ]
        psoas.append(column.at("S1", sign * 52.0, -22.0, 0.0))
        solids.append(sweep(psoas, lean * np.array([7.0, 12.0, 16.0, 18.5, 18.0]), exponent=2.0))
        back = [column.at(level, sign * 31.0, column.behind(level) + 13.0, 0.0) for level in ("T10", "T12", "L2", "L4")]
        back.append(column.at("S1", sign * 28.0, 52.0, -20.0))
        half = lean * np.array([(25, 14), (28, 19), (29, 23), (28, 24), (20, 15)])
        solids.append(sweep(back, half, across=(1.0, 0.0, 0.0), exponent=2.5))
        flank = [
            column.at("T12", sign * 48, 24, -6),
            column.at("L2", sign * 62, 26, 0),
            column.at("L4", sign * 74, 24, 6),
        ]
        solids.append(sweep(flank, lean * np.array([(14, 6), (18, 8), (20, 9)]), across=(1.0, 0.0, 0.0)))
    return solids


def _solid_organs(layers: Layers, column: _Column, rng: np.random.Generator) -> list[Filling]:
    wide, deep = layers.half
    shift = rng.normal(0.0, 5.0, (5, 3))
    middle = layers.middle[1]
    liver = smooth_union(
        ellipsoid(
            np.array([-0.42 * wide, middle - 0.12 * deep, column.at("T12", 0, 0, 0)[2]]) + shift[0], (72, 78, 78)
        ),
        ellipsoid(
            np.array([-0.05 * wide, middle - 0.45 * deep, column.at("T12", 0, 0, 14)[2]]) + shift[0], (70, 34, 42)
        ),
        blend_mm=25.0,
    )
    spleen = ellipsoid(
        np.array([0.60 * wide, middle + 0.30 * deep, column.at("T11", 0, 0, -5)[2]]) + shift[1], (24, 42, 48)
    )
    kidneys = [
        ellipsoid(column.at("L1", sign * 62, 8, drop) + 0.5 * shift[2 if sign > 0 else 3], (25, 22, 53))
        for sign, drop in ((1, -8.0), (-1, -22.0))
    ]
    stomach_at = np.array([0.38 * wide, middle - 0.42 * deep, column.at("T12", 0, 0, -2)[2]]) + shift[4]
    return [
        Filling(ellipsoid(stomach_at, (44, 34, 48)), STOMACH_HU),
        Filling(ellipsoid(stomach_at + np.array([-2, -10, 26]), (24, 14, 15)), GAS_HU),
        Filling(liver, LIVER_HU),
        Filling(spleen, SPLEEN_HU),
        *(Filling(kidney, KIDNEY_HU) for kidney in kidneys),
    ]


def _bowel(layers: Layers, column: _Column, rng: np.random.Generator) -> list[Filling]:
    wide, deep = layers.half
    inner = max(wide - layers.fat - 40.0, 60.0)
    y = layers.middle[1]
    fillings = []
    for sign in (-1.0, 1.0):
        course = [
            np.array(
                [sign * (inner + rng.normal(0, 4)), y + 0.1 * deep + rng.normal(0, 5), column.at(level, 0, 0, 0)[2]]
            )
            for level in ("L1", "L2", "L3", "L4", "L5")
        ]
        fillings.append(Filling(sweep(course, rng.uniform(14, 22, 5), across=(0, 1, 0)), COLON_HU))
    front = max(deep - layers.fat - 20.0, 40.0)
    for _ in range(int(rng.integers(*BUBBLES))):
        centre = np.array([rng.uniform(-0.9, 0.9) * inner, y - rng.uniform(0.1, 0.75) * front,
                           rng.uniform(column.foot[2] - 20, column.at("L1", 0, 0, 0)[2])])  # fmt: skip
        size = np.exp(rng.uniform(np.log(4.0), np.log(18.0)))
        fillings.append(Filling(ellipsoid(centre, size * rng.uniform(0.7, 1.3, 3)), GAS_HU))
    return fillings
