"""nanodrr on the processor (its fused kernels need a GPU)."""

from __future__ import annotations

import numpy as np
import torch
from nanodrr.camera import make_k_inv
from nanodrr.data import Subject
from nanodrr.drr import DRR
from numpy.typing import NDArray
from torchio import ScalarImage

from bonedensity.geometry import RayGrid
from peers.pinhole import Pinhole, samples_for_one_voxel_steps


class NanoDrr:
    def __init__(self, array: NDArray[np.float32], index_to_patient: NDArray[np.float64]) -> None:
        tensor = torch.tensor(np.asarray(array, dtype=np.float32)).permute(2, 1, 0)[None]
        self._subject = Subject.from_images(ScalarImage(tensor=tensor, affine=index_to_patient), convert_to_mu=False)
        self._shape, self._affine = array.shape, index_to_patient
        self._drr: DRR | None = None
        self._samples = 0

    @torch.inference_mode()
    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        seen = Pinhole.of(rays)
        if self._drr is None:
            row, column = seen.spacing_mm
            k_inv = make_k_inv(
                seen.sdd_mm, column, row, -seen.offset_mm[0], -seen.offset_mm[1], seen.rows, seen.columns
            )
            self._drr = DRR(k_inv.float(), torch.tensor([seen.sdd_mm]), seen.rows, seen.columns)
            self._samples = samples_for_one_voxel_steps(rays, self._shape, self._affine)
        pose = torch.tensor(seen.world_from_camera, dtype=torch.float32)[None]
        return self._drr(self._subject, pose, n_samples=self._samples)[0, 0].numpy()
