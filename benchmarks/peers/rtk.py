"""RTK's Joseph forward projector (itk-rtk), on all processors."""

from __future__ import annotations

import itk
import numpy as np
from itk import RTK as rtk  # noqa: N811
from numpy.typing import NDArray

from bonedensity.geometry import RayGrid
from peers.pinhole import Pinhole

Image = itk.Image[itk.F, 3]


class RtkJoseph:
    def __init__(self, array: NDArray[np.float32], index_to_patient: NDArray[np.float64]) -> None:
        spacing = np.linalg.norm(index_to_patient[:3, :3], axis=0)
        self._volume = itk.image_from_array(np.asarray(array, dtype=np.float32))
        self._volume.SetSpacing(spacing.tolist())
        self._volume.SetOrigin(index_to_patient[:3, 3].tolist())
        self._volume.SetDirection(itk.matrix_from_array(index_to_patient[:3, :3] / spacing))

    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        seen = Pinhole.of(rays)
        x, y = seen.world_from_camera[:3, 0], seen.world_from_camera[:3, 1]
        geometry = rtk.ThreeDCircularProjectionGeometry.New()
        # the origin of the projection image is where its pixel (0, 0) lies on the detector plane
        source, origin = itk.Point[itk.D, 3](seen.source.tolist()), itk.Point[itk.D, 3](seen.first_pixel.tolist())
        rows, columns = itk.Vector[itk.D, 3](x.tolist()), itk.Vector[itk.D, 3](y.tolist())
        if not geometry.AddProjection(source, origin, rows, columns):
            raise ValueError("RTK refused the geometry")
        empty = rtk.ConstantImageSource[Image].New()
        empty.SetOrigin([0.0, 0.0, 0.0])
        empty.SetSpacing([seen.spacing_mm[1], seen.spacing_mm[0], 1.0])
        empty.SetSize([seen.columns, seen.rows, 1])
        empty.SetConstant(0.0)
        projector = rtk.JosephForwardProjectionImageFilter[Image, Image].New()
        projector.SetInput(0, empty.GetOutput())
        projector.SetInput(1, self._volume)
        projector.SetGeometry(geometry)
        projector.Update()
        return itk.array_from_image(projector.GetOutput())[0]
