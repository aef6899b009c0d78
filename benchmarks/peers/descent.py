"""Gradient descent on a pose through DiffDRR: Adam on gradient correlation, from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from diffdrr.pose import RigidTransform as DiffPose
from numpy.typing import NDArray
from torch.nn.functional import conv2d, pad

from bonedensity.geometry import RigidTransform, pinhole_rays
from bonedensity.imaging import Volume
from bonedensity.imaging.resample import block_mean_2d, coarser
from bonedensity.registration import Level, View
from bonedensity.registration.pose import ViewFrame
from peers.diff import TURNED, detector
from peers.pinhole import Pinhole, samples_for_one_voxel_steps

STEP = (1.0, 0.3)
"""Adam's learning rate on each level, in units of `UNITS`."""

UNITS = torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0, 4.0])
"""Degrees and mm that weigh alike: depth is seen least."""

ITERATIONS = 150
PATIENCE = 25
"""Iterations without a gain of `GAIN` that end a level."""

GAIN = 1e-4


def descend(bone: Volume, view: View, frame: ViewFrame, levels: Sequence[Level]) -> tuple[RigidTransform, int]:
    """The pose found, and how many images were drawn for it (each with its gradient)."""
    parameters = torch.zeros(6)
    drawn = 0
    for level, step in zip(levels, STEP, strict=False):
        parameters, count = _one_level(bone, view, frame, level, step, parameters)
        drawn += count
    return frame.pose((parameters * UNITS).double().numpy()), drawn


def _one_level(
    bone: Volume, view: View, frame: ViewFrame, level: Level, step: float, start: torch.Tensor
) -> tuple[torch.Tensor, int]:
    reduced = coarser(bone, level.voxel_mm)
    factor = max(1, round(max(view.image.shape) / level.size_px))
    camera = view.camera.resampled(factor)
    rays = pinhole_rays(camera).moved(frame.start.inverse().matrix)
    array, affine = np.asarray(reduced.array, dtype=np.float32), reduced.index_to_patient
    drr = detector(array, affine, Pinhole.of(rays), "trilinear")
    samples = samples_for_one_voxel_steps(rays, array.shape, affine, common=True)
    region = None if view.region is None else block_mean_2d(view.region, factor) > 0.5
    similarity = GradientCorrelation(block_mean_2d(view.image, factor), region, level.smoothing_px)
    camera_from_ct = camera.camera_from_world.matrix @ frame.start.matrix
    ct_from_camera = torch.tensor(np.linalg.inv(camera_from_ct), dtype=torch.float32)
    pivot = torch.tensor((camera_from_ct @ [*frame.centre, 1.0])[:3], dtype=torch.float32)
    parameters = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([parameters], lr=step)
    best, best_value, since = start, -2.0, 0
    drawn = 0
    while drawn < ITERATIONS and since <= PATIENCE:
        optimiser.zero_grad()
        pose = ct_from_camera @ _undo(parameters * UNITS, pivot) @ torch.tensor(TURNED, dtype=torch.float32)
        value = similarity(drr(DiffPose(pose), n_points=samples)[0, 0])
        drawn += 1
        since = 0 if value.item() > best_value + GAIN else since + 1
        if value.item() > best_value:
            best, best_value = parameters.detach().clone(), value.item()
        (-value).backward()
        optimiser.step()
    return best, drawn


def _undo(parameters: torch.Tensor, pivot: torch.Tensor) -> torch.Tensor:
    """Inverse of the rigid increment (3 degrees, 3 mm) about a point; 4x4."""
    x, y, z = torch.deg2rad(parameters[:3])
    zero = torch.zeros(())
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3)
    back = torch.matrix_exp(-skew)
    shift = pivot - back @ (pivot + parameters[3:])
    return torch.cat([torch.cat([back, shift[:, None]], 1), torch.tensor([[0.0, 0.0, 0.0, 1.0]])])


class GradientCorrelation:
    """The same measure that BoneDensity's search uses, in torch."""

    def __init__(self, fixed: NDArray[np.float32], region: NDArray[np.bool_] | None, sigma: float) -> None:
        reach = int(3 * sigma + 0.5)
        kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
        self._kernel = kernel / kernel.sum()
        inner = np.ones(fixed.shape, dtype=bool) if region is None else region
        self._inner = torch.tensor(inner[1:-1, 1:-1])
        self._fixed = []
        for gradient in self._gradients(torch.tensor(fixed)):
            limit = np.percentile(gradient.abs()[self._inner].numpy(), 99)
            self._fixed.append(self._normalised(gradient.clamp(-limit, limit)))

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        return (
            sum((a * self._normalised(b)).sum() for a, b in zip(self._fixed, self._gradients(image), strict=True)) / 2
        )

    def _gradients(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        reach = len(self._kernel) // 2
        smooth = pad(image[None, None], (reach,) * 4, mode="replicate")
        smooth = conv2d(conv2d(smooth, self._kernel[None, None, None]), self._kernel[None, None, :, None])[0, 0]
        return smooth[1:-1, 2:] - smooth[1:-1, :-2], smooth[2:, 1:-1] - smooth[:-2, 1:-1]

    def _normalised(self, gradient: torch.Tensor) -> torch.Tensor:
        values = gradient[self._inner]
        centred = values - values.mean()
        return centred / (centred.norm() + 1e-9)
