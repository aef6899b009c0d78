"""Arrays as Qt pictures, by the one way that Slicer's Python has: through a vtkImageData."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk


def to_image(picture: NDArray[np.generic]) -> Any:
    """A QImage of a picture (rows, columns, 3) of bytes, or of numbers in [0, 1]; row 0 at the top."""
    rows, columns = picture.shape[:2]
    rgba = np.full((rows, columns, 4), 255, dtype=np.uint8)
    rgba[..., :3] = picture if picture.dtype == np.uint8 else np.round(np.clip(picture, 0, 1) * 255)
    data = vtk.vtkImageData()
    data.SetDimensions(columns, rows, 1)
    data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(rgba[::-1]).reshape(-1, 4), deep=True))
    image = qt.QImage()
    slicer.qMRMLUtils().vtkImageDataToQImage(data, image)
    return image


def show_in(label: Any, picture: NDArray[np.generic], *, longest_px: int = 900) -> None:
    """Show a picture in a QLabel, as wide as the label and no taller than `longest_px`; the label takes its height."""
    pixmap = qt.QPixmap.fromImage(to_image(picture))
    width = max(int(label.width), 200)
    scaled = pixmap.scaled(width, longest_px, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation)
    label.minimumHeight = scaled.height()
    label.setPixmap(scaled)
