"""The other optimiser: Adam (Kingma 2015) through the differentiable torch renderer, several starts side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bonedensity.drr.device import DeviceName
from bonedensity.drr.torch_renderer import TorchProjector
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import Volume
from bonedensity.imaging.resample import coarser
from bonedensity.registration.config import Descent, Level, Prior
from bonedensity.registration.equalise import equalised
from bonedensity.registration.level import LevelProblem
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.search import OnGeneration, SearchResult
from bonedensity.registration.torch_similarity import TorchGradientCorrelation
from bonedensity.registration.view import View


class DifferentiableLevel(LevelProblem):
    """A level whose similarity has a slope; the rest, and single poses, as `LevelProblem`.

    Args:
        bone: What the DRR integrates.
        views: Radiographs with cameras, at full resolution.
        level: Sizes and smoothing.
        fixed: Other bones where they are known to be.
        device: Where to compute.
    """

    def __init__(
        self,
        bone: Volume,
        views: Sequence[View],
        level: Level,
        *,
        fixed: Sequence[tuple[Volume, RigidTransform]] = (),
        device: DeviceName = "auto",
    ) -> None:
        super().__init__(bone, views, level, fixed=fixed)
        reduced = coarser(bone, level.voxel_mm)
        array = np.asarray(reduced.array, dtype=np.float32)
        self._renderer = TorchProjector(array, reduced.index_to_patient, device=device)
        self._comparisons = [_comparison(view, level) for view in views]

    def differentiable(self, poses: Tensor) -> Tensor:
        """Similarities of (B, 4, 4) poses `world_from_ct`, mean over views; (B,) float64 on the processor."""
        self.evaluations += len(poses)
        values = []
        for rays, background, comparison in zip(self._rays, self._background, self._comparisons, strict=True):
            images = self._renderer.images(rays, poses)
            if background is not None:
                images = images + torch.from_numpy(background).to(images.device)
            values.append(comparison.of_tensor(images).cpu())
        return torch.stack(values).mean(dim=0).double()


def descend(
    problem: DifferentiableLevel,
    frame: ViewFrame,
    *,
    starts: NDArray[np.float64],
    level: Level,
    descent: Descent,
    prior: Prior,
    on_generation: OnGeneration,
) -> list[SearchResult]:
    """Climb the similarity from several starts at once.

    Each parameter moves in units of the level's spread, with a rate that falls to zero along half a cosine. A start's
    best pose is kept, wherever it wanders afterwards.

    Args:
        problem: Similarity of poses.
        frame: What six parameters mean.
        starts: (S, 6) 3 degrees, 3 mm.
        level: Its spread.
        descent: Steps and rate.
        prior: How far from six zeros the pose is expected.
        on_generation: Progress after each step, and the wish to stop.

    Returns:
        One result a start, best first.
    """
    scale = torch.from_numpy(level.spread.scale)
    origin = torch.from_numpy(np.array(starts, dtype=np.float64))
    moved = torch.zeros_like(origin, requires_grad=True)
    adam = torch.optim.Adam([moved], lr=descent.rate)
    best = _Best(starts, descent)
    for step in range(descent.steps):
        adam.param_groups[0]["lr"] = descent.rate * 0.5 * (1 + math.cos(math.pi * step / descent.steps))
        parameters = origin + moved * scale
        values = problem.differentiable(poses_of(frame, parameters)) - _penalties(prior, parameters)
        best.update(parameters.detach().numpy(), values.detach().numpy())
        if on_generation(*best.leader()) or best.settled:
            break
        adam.zero_grad()
        (-values.sum()).backward()
        adam.step()
    return best.results()


class _Best:
    """The best parameters of each start, and how long ago one of them got better."""

    def __init__(self, starts: NDArray[np.float64], descent: Descent) -> None:
        self._parameters = np.array(starts, dtype=np.float64)
        self._values = np.full(len(starts), -np.inf)
        self._descent = descent
        self._still = 0

    def update(self, parameters: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        gained = values > self._values + self._descent.least_gain
        better = values > self._values
        self._parameters[better], self._values[better] = parameters[better], values[better]
        self._still = 0 if gained.any() else self._still + 1

    @property
    def settled(self) -> bool:
        return self._still >= self._descent.patience

    def leader(self) -> tuple[NDArray[np.float64], float]:
        first = int(np.argmax(self._values))
        return self._parameters[first], float(self._values[first])

    def results(self) -> list[SearchResult]:
        order = np.argsort(-self._values)
        return [SearchResult(self._parameters[n].copy(), float(self._values[n])) for n in order]


def poses_of(frame: ViewFrame, parameters: Tensor) -> Tensor:
    """(B, 4, 4) `world_from_ct` of (B, 6) parameters (3 degrees, 3 mm), as `ViewFrame.matrix`, differentiable."""
    camera_from_world = frame.camera.camera_from_world
    pivot = torch.from_numpy(camera_from_world.apply(frame.start.apply(frame.centre)))
    rotation = torch.linalg.matrix_exp(_cross(torch.deg2rad(parameters[:, :3])))
    shift = pivot + parameters[:, 3:] - (rotation @ pivot)
    top = torch.cat([rotation, shift.unsqueeze(2)], dim=2)
    bottom = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=torch.float64).expand(len(parameters), 1, 4)
    moved = torch.cat([top, bottom], dim=1)
    world_from_camera = torch.tensor(camera_from_world.inverse().matrix)
    return world_from_camera @ moved @ torch.tensor((camera_from_world @ frame.start).matrix)


def _cross(vectors: Tensor) -> Tensor:
    """(B, 3, 3) matrices of the cross product with (B, 3) vectors."""
    x, y, z = vectors.unbind(1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(-1, 3, 3)


def _penalties(prior: Prior, parameters: Tensor) -> Any:
    return 0.5 * prior.weight * (parameters / torch.from_numpy(prior.spread.scale)).square().sum(dim=1)


def _comparison(view: View, level: Level) -> TorchGradientCorrelation:
    _, image, region = view.reduced(level.size_px)
    even = equalised(image, region, level.equalising_px)
    return TorchGradientCorrelation(even, region, smoothing_px=level.smoothing_px)
