"""Joseph's projection in torch: many poses in one launch, on graphics cards, and differentiable by the pose.

Rays, units and the treatment of borders are those of `Projector`'s “fast” renderer; the two agree to `AGREEMENT`.
Import this only where torch is wanted: `drr.device.require_torch` says in a sentence when it is missing.
"""

from __future__ import annotations

import itertools
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from bonedensity.drr.device import DeviceName, choose_device, triton_available
from bonedensity.drr.projector import box_of_content
from bonedensity.drr.torch_lines import block_rays, lines_of
from bonedensity.drr.torch_sampling import Sampler, line_sums, sample_slices
from bonedensity.drr.torch_storage import (
    FEWEST_RAYS,
    StoredVolume,
    forget_cached_memory,
    is_out_of_memory,
    rays_that_fit,
)
from bonedensity.errors import DeviceError, GeometryError
from bonedensity.geometry import RayGrid

AGREEMENT = 1e-4
"""Largest difference from the numba Joseph renderer, as a share of the image's maximum (single precision)."""

AGREEMENT_HALF = 1e-3
"""The same where the volume is kept in half precision."""

Precision = Literal["single", "half"]
"""How the volume is kept; sums are single precision either way."""

Engine = Literal["auto", "torch", "triton"]
"""triton: one compiled kernel, on CUDA. torch: a loop over slices, anywhere. auto: triton where it can run."""

logger = logging.getLogger(__name__)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="torch-drr")


class TorchProjector:
    """Integrates one array along rays from many poses at once.

    Where memory runs out it steps down, for good, and logs each step: smaller portions of rays, half precision, the
    processor.

    Args:
        array: (K, J, I), finite; for a bone, zero elsewhere.
        index_to_patient: 4x4, (i, j, k) to LPS mm.
        factor: Multiplies the integral (value x mm).
        device: Where to compute.
        dtype: How to keep the volume.
        engine: Which inner loop.
        memory_mb: Memory for the rays of one portion (MB); None for what the device has to spare.

    Attributes:
        device: cuda, mps or cpu, as in use now.
        reason: Why this device, in a sentence.
        engine: triton or torch, as in use now.

    Raises:
        GeometryError: The array is not finite, or all zero (nothing to project).
        DeviceError: A device or engine asked for by name cannot be used.
    """

    def __init__(
        self,
        array: NDArray[np.float32],
        index_to_patient: NDArray[np.float64],
        *,
        factor: float = 1.0,
        device: DeviceName = "auto",
        dtype: Precision = "single",
        engine: Engine = "auto",
        memory_mb: float | None = None,
    ) -> None:
        (i0, j0, k0), (i1, j1, k1) = box_of_content(array)
        self._array = np.ascontiguousarray(array[k0:k1, j0:j1, i0:i1], dtype=np.float32)
        self._affine = torch.tensor(index_to_patient[:3, :3], dtype=torch.float64)
        inverse = np.linalg.inv(index_to_patient)
        inverse[:3, 3] -= (i0, j0, k0)
        self._index_from_patient = torch.tensor(inverse, dtype=torch.float64)
        self._factor = factor
        self.device, self.reason = choose_device(device)
        self.engine = _engine(engine, self.device)
        self._rays_at_a_time = rays_that_fit(self.device, memory_mb)
        self._half = dtype == "half"
        self._volume: StoredVolume | None = None

    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        """The integrals along rays in the patient frame of the volume; (rows, columns) float32, as `Projector`."""
        return self.batch(rays, np.eye(4)[None])[0]

    def batch(self, rays: RayGrid, poses: ArrayLike) -> NDArray[np.float32]:
        """The images of many poses.

        Args:
            rays: In world mm.
            poses: (B, 4, 4) `world_from_ct`, rigid.

        Returns:
            (B, rows, columns) float32.
        """
        with torch.no_grad():
            images = self.images(rays, torch.from_numpy(np.array(poses, dtype=np.float64)))
        return np.asarray(images.cpu().numpy(), dtype=np.float32)

    def images(self, rays: RayGrid, poses: Tensor) -> Tensor:
        """The images of many poses, differentiable by them.

        Args:
            rays: In world mm.
            poses: (B, 4, 4) `world_from_ct`, rigid, float64 on the processor.

        Returns:
            (B, rows, columns) float32 on the device.

        Raises:
            GeometryError: Poses of another shape.
            DeviceError: Even the last step down lacks memory.
        """
        if poses.ndim != 3 or poses.shape[1:] != (4, 4) or len(poses) == 0:
            raise GeometryError(f"Poses must be a stack (B, 4, 4) of 4x4 matrices, but have the shape {poses.shape}.")
        start, end = self._in_index(rays, poses.to(dtype=torch.float64, device="cpu"))
        while True:
            try:
                return self._in_portions(start, end, rays.rows, rays.columns)
            except (RuntimeError, MemoryError) as error:
                unsupported = isinstance(error, NotImplementedError) and self.device != "cpu"
                if not (unsupported or is_out_of_memory(error)):
                    raise
                self._step_down(unsupported, error)

    def _in_index(self, rays: RayGrid, poses: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 3) starts and ends of rays in index space, float64."""
        ct_from_world = poses[:, :3, :3].transpose(1, 2)
        linear = self._index_from_patient[:3, :3] @ ct_from_world
        shift = self._index_from_patient[:3, 3:] - linear @ poses[:, :3, 3:]
        origin = torch.cat([shift, torch.zeros_like(shift), torch.zeros_like(shift)], dim=2)
        start, end = (linear @ torch.tensor(side, dtype=torch.float64) + origin for side in (rays.start, rays.end))
        return start, end

    def _in_portions(self, start: Tensor, end: Tensor, rows: int, columns: int) -> Tensor:
        if self._volume is None:
            self._volume = StoredVolume(self._array, self.device, self._half)
        real = torch.float32 if self.device == "mps" else torch.float64  # Metal has no double precision
        start, end = start.to(real).to(self.device), end.to(real).to(self.device)
        poses_at_a_time = max(1, self._rays_at_a_time // (rows * columns))
        rows_at_a_time = min(rows, max(1, self._rays_at_a_time // columns))
        volume, gradient = self._volume, torch.is_grad_enabled()

        def portion(pose: int, row: int) -> Tensor:
            some = slice(pose, pose + poses_at_a_time)
            with torch.set_grad_enabled(gradient):  # the setting belongs to a thread
                return self._strip(volume, start[some], end[some], (row, min(row + rows_at_a_time, rows)), columns)

        first_rows = range(0, rows, rows_at_a_time)
        places = list(itertools.product(range(0, len(start), poses_at_a_time), first_rows))
        at_once = _pool().map if self.device == "cpu" else map
        strips = list(at_once(portion, *zip(*places, strict=True)))
        per_pose = len(first_rows)
        images = [torch.cat(strips[n : n + per_pose], dim=1) for n in range(0, len(strips), per_pose)]
        return torch.cat(images)

    def _strip(self, volume: StoredVolume, start: Tensor, end: Tensor, rows: tuple[int, int], columns: int) -> Tensor:
        """Whole rows of some poses' images, (B, rows, columns)."""
        first, step = block_rays(start, end, rows, columns)
        affine = self._affine.to(first.dtype).to(first.device)
        image = torch.zeros(first.shape[1], dtype=torch.float32, device=first.device)
        for lines in lines_of(first, step, affine, volume.size):
            sums = line_sums(volume.slices(lines.axis), lines.at, lines.ends, self._sampler())
            weighted = sums * (lines.weight * (self._factor * volume.scale)).float()
            image = image.index_copy(0, lines.which, weighted)
        return image.view(len(start), rows[1] - rows[0], columns)

    def _sampler(self) -> Sampler:
        if self.engine == "triton":
            from bonedensity.drr.triton_kernels import sample_slices_with_triton

            return sample_slices_with_triton
        return sample_slices

    def _step_down(self, unsupported: bool, error: BaseException) -> None:
        """Ask for less: smaller portions, then half precision, then the processor."""
        short = f"{self.device}: {str(error).splitlines()[0][:200] if str(error) else type(error).__name__}"
        if not unsupported and self._rays_at_a_time > FEWEST_RAYS:
            self._rays_at_a_time = max(FEWEST_RAYS, self._rays_at_a_time // 4)
            logger.warning("Projecting at most %d rays at a time from now on (%s).", self._rays_at_a_time, short)
        elif not unsupported and not self._half:
            self._half, self._volume = True, None
            logger.warning("Keeping the volume in half precision from now on (%s).", short)
        elif self.device != "cpu":
            self._volume = None
            forget_cached_memory(self.device)
            self.device, self.engine, self._half = "cpu", "torch", False
            self._rays_at_a_time = rays_that_fit("cpu", None)
            self.reason = f"The processor is used, since the device gave up ({short})."
            logger.warning("Projecting on the processor from now on (%s).", short)
        else:
            raise DeviceError(
                "There is too little memory to project this volume, even in the smallest portions: close other "
                "programs, or use a coarser volume."
            ) from error
        forget_cached_memory(self.device)


def _engine(wanted: Engine, device: str) -> str:
    can = device == "cuda" and triton_available()
    if wanted == "triton" and not can:
        raise DeviceError("The Triton kernel needs an NVIDIA or AMD card and the package triton: choose engine torch.")
    return "triton" if can and wanted != "torch" else "torch"
