"""The widgets of CTK, and the module `ctk`."""

from __future__ import annotations

import types
from typing import Any

from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QStyle

from . import ctkpaths, dialogs, pictures  # noqa: F401 - ctkpaths adds its widgets to the registry
from .standin import Standin, standin_class

HEADER = 22  # height in pixels of a collapsible section's button


class ctkCollapsibleButton(Standin, QtWidgets.QAbstractButton):
    DEFAULTS = {"collapsedHeight": 10, "contentsLineWidth": 1}  # noqa: RUF012

    def __init__(self, *arguments: Any) -> None:
        title = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        super().__init__(*arguments[bool(title) :])
        self.setText(title)

    def _build(self) -> None:
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, HEADER, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.toggled.connect(self._toggled)

    @property
    def collapsed(self) -> bool:
        return not self.isChecked()

    @collapsed.setter
    def collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    def _toggled(self, shown: bool) -> None:
        self.setMaximumHeight(16777215 if shown else HEADER)
        self.updateGeometry()
        self._emit("contentsCollapsed(bool)", not shown)

    def minimumSizeHint(self) -> QtCore.QSize:
        hint = QtWidgets.QWidget.minimumSizeHint(self)
        return QtCore.QSize(hint.width(), max(hint.height(), HEADER) if self.isChecked() else HEADER)

    def sizeHint(self) -> QtCore.QSize:
        hint = QtWidgets.QWidget.sizeHint(self)
        width = max(hint.width(), self.fontMetrics().horizontalAdvance(self.text) + 30)
        return QtCore.QSize(width, max(hint.height(), HEADER) if self.isChecked() else HEADER)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() < HEADER

    def paintEvent(self, event: Any) -> None:
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, HEADER)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, 5, 12, 12)
        down = QStyle.PrimitiveElement.PE_IndicatorArrowDown
        painter.drawPrimitive(down if self.isChecked() else QStyle.PrimitiveElement.PE_IndicatorArrowRight, arrow)
        text = QtCore.QRect(24, 0, self.width - 24, HEADER)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text)


class ctkCollapsibleGroupBox(Standin, QtWidgets.QGroupBox):
    def _build(self) -> None:
        self.setCheckable(True)
        self.toggled.connect(self._toggled)

    @property
    def collapsed(self) -> bool:
        return not self.isChecked()

    @collapsed.setter
    def collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    def _toggled(self, shown: bool) -> None:
        self.setMaximumHeight(16777215 if shown else HEADER)


class ctkDoubleSpinBox(Standin, QtWidgets.QWidget):
    """A spin box; its number properties go to an inner QDoubleSpinBox."""

    DEFAULTS = {"frame": True}  # noqa: RUF012
    FORWARDED = (
        "alignment",
        "cleanText",
        "decimals",
        "maximum",
        "minimum",
        "prefix",
        "readOnly",
        "singleStep",
        "suffix",
    )

    def _build(self) -> None:
        box = self._d["box"] = QtWidgets.QDoubleSpinBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box)
        box.valueChanged.connect(self._changed)
        box.editingFinished.connect(lambda: self._emit("editingFinished()"))

    def _changed(self, value: float) -> None:
        self._emit("valueChanged(double)", value)
        self._emit("valueChanged(QString)", self._d["box"].text)

    @property
    def value(self) -> float:
        return self._d["box"].value

    @value.setter
    def value(self, value: float) -> None:
        self._d["box"].value = value

    def setValueIfDifferent(self, value: float) -> None:
        self.value = value

    def setValueAlways(self, value: float) -> None:
        before = self.value
        self.value = value
        if self.value == before:
            self._changed(before)

    def stepUp(self) -> None:
        self._d["box"].stepUp()

    def stepDown(self) -> None:
        self._d["box"].stepDown()


class ctkSliderWidget(Standin, QtWidgets.QWidget):
    """A slider beside a spin box; the spin box keeps the number, the slider follows in steps."""

    DEFAULTS = {"spinBoxVisible": True, "tracking": True, "pageStep": 10.0, "orientation": Qt.Orientation.Horizontal}  # noqa: RUF012
    FORWARDED = ("decimals", "maximum", "minimum", "prefix", "singleStep", "suffix")
    STEPS = 1000

    def _build(self) -> None:
        box = self._d["box"] = QtWidgets.QDoubleSpinBox()
        slider = self._d["slider"] = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, self.STEPS)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(slider, 1)
        layout.addWidget(box)
        box.valueChanged.connect(self._changed)
        slider.sliderMoved.connect(self._moved)
        slider.sliderReleased.connect(lambda: self._moved(slider.value, released=True))

    def _changed(self, value: float) -> None:
        self._follow()
        self._emit("valueIsChanging(double)", value)
        self._emit("valueChanged(double)", value)

    def _moved(self, step: int, released: bool = False) -> None:
        value = self.minimum + (self.maximum - self.minimum) * step / self.STEPS
        if self.tracking or released:
            self.value = value
        else:
            self._emit("valueIsChanging(double)", value)

    def _follow(self) -> None:
        span = self.maximum - self.minimum
        self._d["slider"].value = round(self.STEPS * (self.value - self.minimum) / span) if span else 0

    def _stored(self, name: str) -> None:
        self._d["box"].visible = self.spinBoxVisible
        self._d["slider"].setInvertedAppearance(self.invertedAppearance)

    @property
    def value(self) -> float:
        return self._d["box"].value

    @value.setter
    def value(self, value: float) -> None:
        self._d["box"].value = value

    def reset(self) -> None:
        self.value = 0.0


class ctkDoubleSlider(Standin, QtWidgets.QWidget):
    """Only the number is emulated."""

    DEFAULTS = {"maximum": 99.0, "singleStep": 1.0, "pageStep": 10.0, "tracking": True}  # noqa: RUF012

    def _stored(self, name: str) -> None:
        if name == "value":
            self._emit("valueChanged(double)", self.value)


class ctkRangeWidget(Standin, QtWidgets.QWidget):
    """Two numbers within bounds."""

    DEFAULTS = {"maximum": 99.0, "maximumValue": 99.0, "singleStep": 1.0, "decimals": 2, "tracking": True}  # noqa: RUF012

    def setRange(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def setValues(self, low: float, high: float) -> None:
        self.minimumValue, self.maximumValue = low, high

    def _stored(self, name: str) -> None:
        if name in ("minimumValue", "maximumValue"):
            self._emit(f"{name}Changed(double)", getattr(self, name))
            self._emit("valuesChanged(double,double)", self.minimumValue, self.maximumValue)


class ctkMessageBox(Standin, dialogs.QMessageBox):
    """Answered by the test, as QMessageBox is."""


class ctkComboBox(Standin, QtWidgets.QComboBox):
    @property
    def currentUserDataAsString(self) -> str:
        return str(self.currentData or "")

    @currentUserDataAsString.setter
    def currentUserDataAsString(self, text: str) -> None:
        self.setCurrentIndex(self.findData(text))


class ctkCheckableComboBox(Standin, QtWidgets.QComboBox):
    def _build(self) -> None:
        self.model().dataChanged.connect(lambda *_: self._emit("checkedIndexesChanged()"))

    def checkableModel(self) -> Any:
        return self.model()

    def checkState(self, index: QtCore.QModelIndex) -> Qt.CheckState:
        return Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole) or 0)

    def setCheckState(self, index: QtCore.QModelIndex, state: Qt.CheckState) -> None:
        self.model().setData(index, state, Qt.ItemDataRole.CheckStateRole)

    def checkedIndexes(self) -> list[QtCore.QModelIndex]:
        indexes = (self.model().index(row, 0) for row in range(self.count))
        return [index for index in indexes if self.checkState(index) == Qt.CheckState.Checked]

    def allChecked(self) -> bool:
        return len(self.checkedIndexes()) == self.count

    def noneChecked(self) -> bool:
        return not self.checkedIndexes()


def forward(cls: type, name: str) -> None:
    """Lets a property of the stand-in be that of its inner spin box."""

    def read(self: Any) -> Any:
        return getattr(self._d["box"], name)

    def write(self: Any, value: Any) -> None:
        setattr(self._d["box"], name, value)
        if name in ("minimum", "maximum") and "slider" in self._d:
            self._follow()

    setattr(cls, name, property(read, write))


for spin_class in (ctkDoubleSpinBox, ctkSliderWidget):
    for forwarded in spin_class.FORWARDED:
        forward(spin_class, forwarded)


def lookup(name: str) -> Any:
    """`ctk.name`."""
    if name in pictures.UTILITIES:
        return pictures.UTILITIES[name]
    if name.startswith("ctk"):
        return standin_class(name)
    raise AttributeError(f"ctk has no '{name}'")


def build() -> types.ModuleType:
    """The module object that goes into sys.modules["ctk"]."""
    module = types.ModuleType("ctk", __doc__)
    module.__getattr__ = lookup  # type: ignore[method-assign]
    return module
