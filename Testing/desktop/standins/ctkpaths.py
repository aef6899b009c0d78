"""The widgets of CTK that choose files and folders."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from .dialogs import QFileDialog
from .standin import Standin


class ctkPathLineEdit(Standin, QtWidgets.QWidget):
    Dirs, Files, Readable, Writable, Executable, NoDot, NoDotDot = 0x1, 0x2, 0x10, 0x20, 0x40, 0x2000, 0x4000
    DEFAULTS = {"showBrowseButton": True, "showHistoryButton": True, "filters": Files}  # noqa: RUF012

    def _build(self) -> None:
        edit = self._d["edit"] = QtWidgets.QComboBox()
        edit.setEditable(True)
        browse = self._d["browse"] = QtWidgets.QToolButton()
        browse.setText("...")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(edit, 1)
        layout.addWidget(browse)
        edit.editTextChanged.connect(self._edited)
        browse.clicked.connect(self.browse)

    def _edited(self, text: str) -> None:
        self._emit("currentPathChanged(QString)", text)
        self._emit("validInputChanged(bool)", QtCore.QFileInfo(text).exists())

    def _stored(self, name: str) -> None:
        self._d["browse"].visible = self.showBrowseButton

    @property
    def currentPath(self) -> str:
        return self._d["edit"].currentText

    @currentPath.setter
    def currentPath(self, path: str) -> None:
        self._d["edit"].setEditText(path)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._d["edit"]

    def addCurrentPathToHistory(self) -> None:
        if self._d["edit"].findText(self.currentPath) < 0:
            self._d["edit"].addItem(self.currentPath)

    def retrieveHistory(self) -> None:
        """There is no history here: a test starts afresh."""

    def browse(self) -> None:
        directories_only = bool(self.filters & self.Dirs) and not self.filters & self.Files
        ask = "getExistingDirectory" if directories_only else "getOpenFileName"
        chosen = getattr(QFileDialog, ask)(self, self.label, self.currentPath)
        self.currentPath = chosen or self.currentPath


class ctkDirectoryButton(Standin, QtWidgets.QWidget):
    def _build(self) -> None:
        button = self._d["button"] = QtWidgets.QPushButton()
        QtWidgets.QHBoxLayout(self).addWidget(button)
        button.clicked.connect(self.browse)

    def _stored(self, name: str) -> None:
        self._d["button"].text = self.text or self.directory
        if name == "directory":
            self._emit("directoryChanged(QString)", self.directory)

    def browse(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, self.caption, self.directory):
            self.directory = chosen
            self._emit("directorySelected(QString)", chosen)
