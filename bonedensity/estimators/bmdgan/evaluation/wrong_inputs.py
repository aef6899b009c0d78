"""Radiographs that no number should be read from, made of right ones, and how well the judgement tells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from torch import Tensor

from bonedensity.errors import StatisticsError
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.evaluation.rows import Row
from bonedensity.estimators.bmdgan.inference.look import look_at
from bonedensity.estimators.bmdgan.loading import Model
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

MOST = 16
"""Exposures of which each wrong kind is made."""


def _mirrored(image: Tensor, rng: np.random.Generator) -> Tensor:
    return image.flip(-1)


def _upside_down(image: Tensor, rng: np.random.Generator) -> Tensor:
    return image.flip(-2)


def _noise(image: Tensor, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.uniform(-1, 1, tuple(image.shape))).to(image.dtype)


def _no_hip(image: Tensor, rng: np.random.Generator) -> Tensor:
    """The upper half alone: flank and wing of the ilium."""
    upper = image[..., : image.shape[-2] // 2, :]
    return torch.nn.functional.interpolate(upper, size=image.shape[-2:], mode="bilinear", align_corners=False)


def _inverted(image: Tensor, rng: np.random.Generator) -> Tensor:
    return -image


def _implant(image: Tensor, rng: np.random.Generator) -> Tensor:
    """A stem with its ball, white, where the femur is in most images."""
    rows, columns = image.shape[-2:]
    y, x = np.mgrid[:rows, :columns] / rows
    at_y, at_x = 0.62 + rng.normal(0, 0.03), 0.2 + rng.normal(0, 0.02)
    stem = (np.abs(x - at_x + 0.1 * (y - at_y)) < 0.022) & (y > at_y) & (y < at_y + 0.28)
    ball = (x - at_x - 0.11) ** 2 + (y - at_y + 0.09) ** 2 < 0.052**2
    neck = (np.abs((x - at_x) * 0.8 + (y - at_y) * 0.95) < 0.016) & (x > at_x) & (x < at_x + 0.11)
    return torch.where(torch.from_numpy(stem | ball | neck), torch.ones_like(image), image)


def _chest(image: Tensor, rng: np.random.Generator) -> Tensor:
    """Half of a drawn chest: a dark lung with its ribs between bright chest wall, heart and belly."""
    rows, columns = image.shape[-2:]
    y, x = np.mgrid[:rows, :columns] / rows
    at_y, at_x = 0.43 + rng.normal(0, 0.03), 0.21 + rng.normal(0, 0.02)
    lung = ((y - at_y) / 0.36) ** 2 + ((x - at_x) / 0.16) ** 2 < 1
    grey = np.where(lung, -0.55, 0.35) + 0.4 * (x > 0.4) + 0.3 * (y > 0.8)
    bend = y + 0.6 * (x - at_x) - 2 * (x - at_x) ** 2
    grey = grey + 0.25 * lung * (np.mod(bend - rng.uniform(0, 0.08), 0.085) < 0.022)
    noisy = torch.from_numpy(grey + rng.normal(0, 0.04, grey.shape)).clamp(-1, 1)
    return noisy.to(image.dtype).expand_as(image)


WRONG: dict[str, Callable[[Tensor, np.random.Generator], Tensor]] = {
    "wrong side": _mirrored,
    "upside down": _upside_down,
    "no hip": _no_hip,
    "implant": _implant,
    "chest": _chest,
    "brightness inverted": _inverted,
    "noise": _noise,
}
"""By name: from radiographs (1, 1, rows, columns) in [-1, 1]."""


def detection_figures(
    model: Model,
    data: ExposureData,
    rows: Sequence[Row],
    device: str = "cpu",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, dict[str, float]]:
    """Of each wrong kind: area under the ROC curve of the judgement's score against right radiographs, share refused.

    Args:
        model: Which.
        data: Right exposures.
        rows: What the model says of them.
        device: Where the networks run.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        CancelledError: `should_stop` said so.
    """
    right = [row.score for row in rows]
    places = np.unique(np.linspace(0, len(data) - 1, min(MOST, len(data))).round().astype(int))
    model.network.to(device).eval()
    figures = {}
    for number, (name, make) in enumerate(WRONG.items()):
        rng, scores = np.random.default_rng(number), []
        for place in places:
            stop_if_asked(should_stop)
            image = make(data[int(place)].radiograph[None], rng).to(device)
            scores.append(look_at(model, image).judgement.score)
        refused = float(np.mean([score > 1 for score in scores]))
        figures[name] = {"auroc": auroc(right, scores), "refused": refused}
        on_progress((number + 1) / len(WRONG), f"judged: {name}")
    return figures


def auroc(right: ArrayLike, wrong: ArrayLike) -> float:
    """Probability that a wrong one has the larger score, ties counted half; infinite scores are allowed.

    Raises:
        StatisticsError: One of both is empty.
    """
    a, b = np.asarray(right, dtype=np.float64), np.asarray(wrong, dtype=np.float64)
    if not a.size or not b.size:
        raise StatisticsError("An ROC curve needs both right and wrong radiographs.")
    ranks = rankdata(np.concatenate([a, b]))
    return float((ranks[len(a) :].sum() - b.size * (b.size + 1) / 2) / (a.size * b.size))
