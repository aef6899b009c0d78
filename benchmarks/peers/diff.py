"""DiffDRR on the processor. Installed without its dependency torchvision, which only its metrics need."""

from __future__ import annotations

import numpy as np
import torch
from diffdrr.drr import DRR
from diffdrr.pose import RigidTransform
from numpy.typing import NDArray
from torchio import ScalarImage, Subject

from bonedensity.geometry import RayGrid
from peers.pinhole import Pinhole, samples_for_one_voxel_steps

WHOLE_IMAGE = 128
"""Detectors above this are rendered in patches of this size, as DiffDRR advises against running out of memory."""

TURNED = np.diag([-1.0, -1.0, 1.0, 1.0])
"""DiffDRR's detector counts its rows and columns against the camera's y and x."""


def detector(array: NDArray[np.float32], affine: NDArray[np.float64], seen: Pinhole, renderer: str) -> DRR:
    """DiffDRR's module for this volume and detector; its pose is `world_from_camera @ TURNED`."""
    tensor = torch.tensor(np.asarray(array, dtype=np.float32)).permute(2, 1, 0)[None]
    image = ScalarImage(tensor=tensor, affine=affine)
    subject = Subject(volume=image, density=image, mask=None, reorient=torch.eye(4)[None])
    assert np.allclose(seen.offset_mm, 0, atol=1e-6), "the detector is centred here"
    row, column = seen.spacing_mm
    patch = WHOLE_IMAGE if seen.rows > WHOLE_IMAGE else None
    return DRR(subject, seen.sdd_mm, seen.rows, column, seen.columns, row, renderer=renderer, patch_size=patch)


class DiffDrr:
    def __init__(self, array: NDArray[np.float32], index_to_patient: NDArray[np.float64], renderer: str) -> None:
        self._array, self._affine, self._renderer = array, index_to_patient, renderer
        self._drr: DRR | None = None
        self._options: dict = {}

    @torch.inference_mode()
    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        seen = Pinhole.of(rays)
        if self._drr is None:
            self._drr = detector(self._array, self._affine, seen, self._renderer)
            if self._renderer == "trilinear":
                samples = samples_for_one_voxel_steps(rays, self._array.shape, self._affine, common=True)
                self._options = {"n_points": samples}
        pose = torch.tensor(seen.world_from_camera @ TURNED, dtype=torch.float32)
        return self._drr(RigidTransform(pose), **self._options)[0, 0].numpy()
