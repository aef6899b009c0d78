"""The trunk around a spine: its outline, layers and proportions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.density_by_age import marrow_hu
from bonedensity.virtual.spine.layers import Layers
from bonedensity.virtual.spine.spine_shape import SpineShape
from bonedensity.virtual.spine.stack import PlacedVertebra


@dataclass(frozen=True, slots=True)
class Trunk:
    """A person's trunk in one posture.

    Attributes:
        layers: From the skin inwards.
        placed: Vertebrae.
        foot: Middle of the sacral plate (LPS mm).
        marrow: HU of the marrow.
        lean: Thickness of muscles over an average one's.
        chest: Breadth of the chest over an average man's.
        seed: Of organs, gas and plaques.
    """

    layers: Layers
    placed: Mapping[str, PlacedVertebra]
    foot: NDArray[np.float64]
    marrow: float
    lean: float
    chest: float
    seed: int

    @classmethod
    def around(
        cls, person: Person, shape: SpineShape, placed: Mapping[str, PlacedVertebra], foot: NDArray[np.float64]
    ) -> Trunk:
        """The trunk of a person whose spine stands on the sacral plate at `foot`."""
        tips = [_spinous_tip(placed[level]) for level in ("L1", "L2", "L3", "L4")]
        dome = float(placed["T10"].pose.translation[2]) + 12.0
        layers = Layers.of(person, max(tips), float(placed["L3"].pose.translation[2]), dome, shape.texture_seed + 77)
        male = person.sex == "male"
        lean = (1.0 if male else 0.86) * shape.size * (1 - 0.0025 * max(person.age - 40.0, 0.0))
        chest = min((1.0 if male else 0.90) * shape.size, (layers.half[0] - layers.fat - 10.0) / 138.0)
        marrow = marrow_hu(shape.red_marrow)
        return cls(layers, placed, foot, marrow, lean, chest, person.seed)

    @property
    def low(self) -> NDArray[np.float64]:
        """Right front of the outline (x, y)."""
        return np.array([-1.12 * self.layers.half[0] - 8.0, self.layers.middle[1] - self.layers.half[1] - 8.0])

    @property
    def high(self) -> NDArray[np.float64]:
        """Left back of the outline (x, y)."""
        return np.array([1.12 * self.layers.half[0] + 8.0, self.layers.middle[1] + self.layers.half[1] + 8.0])


def _spinous_tip(vertebra: PlacedVertebra) -> float:
    """y of the tip of a spinous process (mm)."""
    shape = vertebra.shape
    reach = shape.mean_depth / 2 + shape.canal[1] + shape.spinous[0]
    return float(vertebra.pose.apply([0.0, reach, -0.3 * shape.height])[1])
