"""Pictures in Qt from arrays, by the ways that Slicer has.

PythonQt cannot make a QImage from bytes. A module fills a vtkImageData and turns that into a QImage, with
`slicer.qMRMLUtils().vtkImageDataToQImage(data, image)` or `ctk.ctkVTKWidgetsUtils.vtkImageDataToQImage(data)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from PySide6 import QtCore, QtGui
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from .standin import Standin

Format = QtGui.QImage.Format
FORMATS = {1: Format.Format_Grayscale8, 3: Format.Format_RGB888, 4: Format.Format_RGBA8888}
CONSTRUCTORS = ((), (QtGui.QImage,), (QtCore.QSize, Format), (str,), (str, str), (int, int, Format))


class QImage(QtGui.QImage):
    """QImage with the constructors that PythonQt wraps."""

    def __init__(self, *arguments: Any) -> None:
        fits = (len(types) == len(arguments) and all(map(isinstance, arguments, types)) for types in CONSTRUCTORS)
        if not any(fits):
            raise TypeError("PythonQt has no such QImage constructor (none takes bytes): see standins/pictures.py")
        super().__init__(*arguments)


def to_qimage(data: vtk.vtkImageData) -> QtGui.QImage:
    """What CTK makes of unsigned char images of 1, 3 or 4 components; row 0 of the data is the lowest."""
    width, height, _ = data.GetDimensions()
    components = data.GetNumberOfScalarComponents()
    if data.GetScalarType() != vtk.VTK_UNSIGNED_CHAR or components not in FORMATS:
        return QtGui.QImage()
    if width * components % 4:
        raise ValueError("CTK may slant pictures whose rows are not of a multiple of 4 bytes: use 4 components")
    rows = vtk_to_numpy(data.GetPointData().GetScalars()).reshape(height, width * components)
    raw = np.ascontiguousarray(rows[::-1]).tobytes()
    return QtGui.QImage(raw, width, height, width * components, FORMATS[components]).copy()


def to_vtk(image: QtGui.QImage, data: vtk.vtkImageData) -> bool:
    """The picture as RGBA, lowest row first."""
    rgba = image.convertToFormat(Format.Format_RGBA8888)
    pixels = np.frombuffer(rgba.constBits(), np.uint8).reshape(rgba.height(), rgba.width(), 4)[::-1]
    data.SetDimensions(rgba.width(), rgba.height(), 1)
    data.GetPointData().SetScalars(numpy_to_vtk(pixels.reshape(-1, 4), deep=True))
    return True


class qMRMLUtils(Standin, QtCore.QObject):
    def vtkImageDataToQImage(self, data: vtk.vtkImageData, image: QtGui.QImage) -> bool:
        made = to_qimage(data)
        image.swap(made)
        return not image.isNull()

    def qImageToVtkImageData(self, image: QtGui.QImage, data: vtk.vtkImageData) -> bool:
        return to_vtk(image, data)


class ctkVTKWidgetsUtils:
    """CTK's functions on pictures."""

    vtkImageDataToQImage = staticmethod(to_qimage)
    qImageToVTKImageData = staticmethod(to_vtk)


class ctkWidgetsUtils:
    """CTK's functions on widgets."""

    @staticmethod
    def grabWidget(widget: Any, rectangle: QtCore.QRect | None = None) -> QtGui.QImage:
        return (widget.grab() if rectangle is None else widget.grab(rectangle)).toImage()


UTILITIES = {cls.__name__: cls for cls in (ctkVTKWidgetsUtils, ctkWidgetsUtils)}
