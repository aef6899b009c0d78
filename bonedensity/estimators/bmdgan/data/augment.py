"""Random changes of a radiograph and its truth: the same geometry for both, brightness for the radiograph alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

AugmentationName = Literal["published", "mild", "steady", "none"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far images are changed; each amount is drawn evenly between minus and plus.

    Attributes:
        rotation_deg: About the image's middle.
        shear_deg: Of columns against rows and the reverse.
        shift: Share of rows and of columns.
        scale: Share by which it grows or shrinks.
        brightness: Share.
        contrast: Share.
        flips: Mirrored and turned upside down, each for half of the images.
    """

    rotation_deg: float = 25.0
    shear_deg: float = 9.0
    shift: float = 0.3
    scale: float = 0.3
    brightness: float = 0.5
    contrast: float = 0.5
    flips: bool = True


AUGMENTATIONS: dict[AugmentationName, Augmentation] = {
    "published": Augmentation(),
    "mild": Augmentation(10.0, 4.0, 0.08, 0.1, 0.3, 0.3, flips=False),
    "steady": Augmentation(10.0, 4.0, 0.08, 0.1, 0.05, 0.05, flips=False),
    "none": Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, flips=False),
}
"""published: the paper's. mild: for little data and short training. steady: mild, but nearly as bright as each room
makes its images, for people of one hospital: there contrast tells of density. none: as they are."""


def augmented(stack: Tensor, amount: Augmentation, rng: np.random.Generator) -> Tensor:
    """Images of one exposure, changed.

    Args:
        stack: (n, rows, columns) in [-1, 1]; the first is the radiograph, the others move with it. -1 comes in at the
            edges: no light, no bone.
        amount: How far.
        rng: Same state, same change.
    """
    seen = moved(stack, random_affine(amount, rng))
    brightness, contrast = 1 + np.array([amount.brightness, amount.contrast]) * rng.uniform(-1, 1, 2)
    return torch.cat([_relit(seen[:1], float(brightness), float(contrast)), seen[1:]])


def moved(stack: Tensor, matrix: np.ndarray) -> Tensor:
    """Images (n, rows, columns) in [-1, 1], all of them moved by a `random_affine`; -1 comes in at the edges."""
    rows, columns = stack.shape[-2:]
    to_pixels = np.diag([columns / 2, rows / 2])
    linear = np.linalg.inv(to_pixels) @ matrix[:, :2] @ to_pixels
    theta = torch.from_numpy(np.column_stack([linear, 2 * matrix[:, 2]])).to(stack)
    grid = affine_grid(theta[None], [1, len(stack), rows, columns], align_corners=False)
    return grid_sample(stack[None] + 1, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0] - 1


def random_affine(amount: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """(2, 3): where a pixel's grey comes from, in pixels about the middle, and a shift as a share of the image."""
    turn, tilt_x, tilt_y, grow, *shift = rng.uniform(-1, 1, 6)
    angle = math.radians(amount.rotation_deg) * turn
    shear = np.tan(np.radians(amount.shear_deg) * np.array([tilt_x, tilt_y]))
    turned = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    linear = turned @ np.array([[1, shear[0]], [shear[1], 1]]) / (1 + amount.scale * grow)
    mirrored = rng.random(2) < (0.5 if amount.flips else 0.0)
    return np.column_stack([linear @ np.diag(np.where(mirrored, -1.0, 1.0)), amount.shift * np.array(shift)])


def _relit(image: Tensor, brightness: float, contrast: float) -> Tensor:
    light = ((image + 1) / 2 * brightness).clamp(0, 1)
    mean = light.mean()
    return ((light - mean) * contrast + mean).clamp(0, 1) * 2 - 1
