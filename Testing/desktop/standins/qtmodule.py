"""The module `qt`: Qt's classes under PythonQt's roof, and nothing that only PySide6 has (Signal, Slot, Property)."""

from __future__ import annotations

import types
from typing import Any

from PySide6 import QtCore, QtGui, QtNetwork, QtSvg, QtWidgets

from .dialogs import QFileDialog, QMessageBox
from .pictures import QImage
from .uiloader import StrictUiLoader

SOURCES = (QtCore, QtGui, QtWidgets, QtNetwork, QtSvg)
OWN = {"QUiLoader": StrictUiLoader, "QImage": QImage, "QFileDialog": QFileDialog, "QMessageBox": QMessageBox}
PYSIDE_ONLY = {"QEnum", "QFlag"}


def lookup(name: str) -> Any:
    """Finds a Qt class for `qt.name`."""
    if name in OWN:
        return OWN[name]
    if name.startswith("Q") and name not in PYSIDE_ONLY:
        for source in SOURCES:
            if hasattr(source, name):
                return getattr(source, name)
    raise AttributeError(f"qt has no '{name}'")


def build() -> types.ModuleType:
    """The module object that goes into sys.modules["qt"]."""
    module = types.ModuleType("qt", __doc__)
    OWN["QSettings"] = recorded_settings()
    module.__getattr__ = lookup  # type: ignore[method-assign]
    for cls in (QtWidgets.QDialog, QtWidgets.QMenu, QtWidgets.QApplication, QtCore.QEventLoop):
        if not hasattr(cls, "exec_"):
            cls.exec_ = cls.exec
    return module


def recorded_settings() -> type:
    """QSettings() without arguments reads and writes a file of this process, not the user's settings."""
    import tempfile

    path = f"{tempfile.mkdtemp(prefix='bonedensity-settings-')}/Slicer.ini"

    class QSettings(QtCore.QSettings):
        standin_strict = True

        def __init__(self, *arguments: Any) -> None:
            super().__init__(*(arguments or (path, QtCore.QSettings.Format.IniFormat)))

    return QSettings
