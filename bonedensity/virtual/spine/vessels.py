"""Aorta with its chalk, vena cava and their branches in front of the spine."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.solids import ellipsoid, sweep
from bonedensity.virtual.spine.organs import Filling
from bonedensity.virtual.spine.stack import PlacedVertebra

BLOOD_HU = 45.0

PLAQUE_HU = (300.0, 900.0)
"""Of calcified plaques (anatomy sheet, 3.6)."""

PLAQUES_PER_POINT = 1.6
"""Plaques for each point of the scale to 24."""

MOST_PLAQUES = 48

COURSE = ("T10", "T11", "T12", "L1", "L2", "L3", "L4")

SIDEWAYS = (1.0, 0.0, 0.0)
"""The great vessels run up and down, so their sections are laid out across that."""


def vessels_of(
    placed: Mapping[str, PlacedVertebra], foot: NDArray[np.float64], chalk: float, rng: np.random.Generator
) -> list[Filling]:
    """Vessels, and plaques on the aorta's wall: at L3 and L4 and behind first.

    Args:
        placed: Vertebrae.
        foot: Middle of the sacral plate.
        chalk: Calcification on a scale to 24.
        rng: Of bends and plaques; every plaque is drawn whether it is there or not, so that chalk only adds.
    """
    bend = rng.normal(0.0, 2.5, len(COURSE))
    aorta = [_before(placed[level], 10.0 + b, 12.0) for level, b in zip(COURSE, bend, strict=True)]
    radius = np.linspace(11.5, 9.0, len(COURSE))
    split = aorta[-1] + np.array([-4.0, 2.0, -14.0])
    cava = [_before(placed[level], -17.0, 10.0) for level in COURSE[2:]]
    joined = cava[-1] + np.array([4.0, 4.0, -18.0])
    tubes = [
        sweep([*aorta, split], [*radius, 7.5], across=SIDEWAYS),
        sweep([*cava, joined], 10.0 * np.ones(len(cava) + 1), across=SIDEWAYS),
    ]
    for sign in (-1.0, 1.0):
        end = foot + np.array([sign * 48.0, -14.0, -12.0])
        tubes += [sweep([split, (split + end) / 2 + np.array([0, -6.0, 0]), end], [6.5, 6.0, 5.5])]
        tubes += [
            sweep([joined, (joined + end) / 2 + np.array([sign * 2, 2.0, 0]), end + np.array([0, 10, 0])], [8, 7, 7])
        ]
    return [Filling(tube, BLOOD_HU) for tube in tubes] + _plaques(np.array(aorta), radius, chalk, rng)


def _before(vertebra: PlacedVertebra, x: float, gap: float) -> NDArray[np.float64]:
    """A point so far (mm) to the left of a body's middle and in front of it."""
    return vertebra.pose.apply([x, -vertebra.shape.mean_depth / 2 - gap, 0.0])


def _plaques(
    aorta: NDArray[np.float64], radius: NDArray[np.float64], chalk: float, rng: np.random.Generator
) -> list[Filling]:
    """Plates 1 to 3 mm thick that lie on the wall: a ray from the side runs along those behind and in front."""
    fillings = []
    for number in range(MOST_PLAQUES):
        u, turn, length, thick, arc, hu = rng.random(6)
        along = (len(aorta) - 1) * (1 - u**1.8)  # most lie low
        middle = np.array([np.interp(along, np.arange(len(aorta)), aorta[:, axis]) for axis in range(3)])
        reach = float(np.interp(along, np.arange(len(aorta)), radius))
        angle = np.pi / 2 + 2.4 * (turn - 0.5) + (np.pi if number % 3 == 2 else 0.0)  # two of three behind
        place = middle + reach * np.array([np.cos(angle), np.sin(angle), 0.0])
        size = 0.5 * np.array([1.0 + 2.0 * thick, 5.0 + 9.0 * arc, 5.0 + 17.0 * length])
        if number < PLAQUES_PER_POINT * chalk:
            plaque = ellipsoid((0.0, 0.0, 0.0), size).moved(_standing(place, angle))
            fillings.append(Filling(plaque, PLAQUE_HU[0] + hu * (PLAQUE_HU[1] - PLAQUE_HU[0])))
    return fillings


def _standing(place: NDArray[np.float64], angle: float) -> RigidTransform:
    """World from a plaque's frame, whose x axis points out of the vessel (radians to the left-hand x axis)."""
    rotation = Rotation.from_rotvec([0.0, 0.0, angle]).as_matrix()
    return RigidTransform.from_rotation_translation(rotation, place)
