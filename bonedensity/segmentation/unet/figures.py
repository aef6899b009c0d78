"""How good labels and doubts are, against a truth: Dice, and whether doubt is where the errors are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from bonedensity.imaging import LabelMap
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.segmentation.unet.cases import channel_numbers
from bonedensity.segmentation.unet.predict import Prediction
from bonedensity.segmentation.unet.probabilities import channels_of, entropy_of, on_fine_voxels

NEAR_MM = 10.0
"""Doubt is judged in and around bone: farther off nothing is doubtful and nothing wrong."""

FEWEST_VOXELS = 50
"""Of a bone in the truth, below which it has no Dice: the image ends there."""

BINS = 400


def dice_of(found: LabelMap, truth: LabelMap) -> dict[str, float]:
    """Dice of each bone of the truth; both on one grid."""
    values = {name: value for value, name in found.names.items()}
    scores = {}
    for value, name in truth.names.items():
        true = truth.volume.array == value
        if name in values and true.sum() >= FEWEST_VOXELS:
            own = found.volume.array == values[name]
            scores[name] = float(2 * (own & true).sum() / (own.sum() + true.sum()))
    return scores


@dataclass(slots=True, eq=False)
class Doubt:
    """Right and wrong voxels counted by entropy, and by the probability of what was said; cases are added up."""

    right: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, BINS)))
    wrong: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, BINS)))

    def add(self, said: Prediction, truth: LabelMap, bones: tuple[str, ...]) -> None:
        """One case, judged on the network's grid near true or found bone."""
        found = channels_of(said.bone[None], said.which[None])[0, 0].numpy()
        true = channel_numbers(place_on_grid(truth, said.grid), bones)
        reach = 2 * round(NEAR_MM / float(said.grid.spacing[0])) + 1
        near = maximum_filter((found > 0) | (true > 0), size=reach)
        right = (found == true)[near]
        for row, value in enumerate((entropy_of(said.bone[None], said.which[None]), _certainty(said)[None])):
            numbers = value[0, 0].numpy()[near]
            self.right[row] += np.histogram(numbers[right], BINS, (0, 1))[0]
            self.wrong[row] += np.histogram(numbers[~right], BINS, (0, 1))[0]

    def area_under_curve(self) -> float:
        """Chance that a wrong voxel is more doubtful than a right one (AUROC of the entropy)."""
        right, wrong = self.right[0], self.wrong[0]
        below = np.cumsum(right) - right / 2
        return float((wrong * below).sum() / max(wrong.sum() * right.sum(), 1))

    def calibration_error(self) -> float:
        """Mean difference between the probability of what was said and how often it is right (ECE, 20 bins)."""
        right, wrong = (rows[1].reshape(20, -1) for rows in (self.right, self.wrong))
        count = (right + wrong).sum(axis=1)
        middle = (np.arange(BINS).reshape(20, -1) + 0.5) / BINS
        said = ((right + wrong) * middle).sum(axis=1)
        return float(np.abs(said - right.sum(axis=1)).sum() / max(count.sum(), 1))

    def error_by_entropy(self, tenths: int = 10) -> list[float]:
        """Share of wrong voxels in equal parts of the range of the entropy; NaN where no voxel is."""
        right, wrong = (rows[0].reshape(tenths, -1).sum(axis=1) for rows in (self.right, self.wrong))
        with np.errstate(invalid="ignore"):
            return [float(share) for share in wrong / (right + wrong)]


def summary(dice: Sequence[Mapping[str, float]], doubt: Doubt) -> dict[str, float]:
    """Means over the cases, for a card."""
    names = sorted({name for each in dice for name in each})
    means = {f"dice_{name}": float(np.mean([each[name] for each in dice if name in each])) for name in names}
    return means | {"auroc_of_errors": doubt.area_under_curve(), "calibration_error": doubt.calibration_error()}


def _certainty(said: Prediction) -> torch.Tensor:
    """Probability of what was said of each voxel (1, R, A, S)."""
    named = on_fine_voxels(said.which[None]).max(dim=1).values * said.bone
    return torch.maximum(named, 1 - said.bone)
