"""Pictures of the BMDEstimator window for README and documentation, on a virtual patient: `make screenshots`.

The window is the module's own, run on the stand-ins in Qt's Fusion style; the views beside it are the live picture.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import standins  # noqa: E402

standins.install()

from bmd_window import idle  # noqa: E402
from PySide6 import QtCore, QtGui, QtWidgets  # noqa: E402
from standins import harness  # noqa: E402

TARGET = ROOT / "Resources" / "Screenshots"
PATIENCE_S = 900
PANEL_PX = 470
VIEW_PX = 516
GAP_PX = 12
SECTIONS = ("ct", "xray", "register", "estimate", "results")


def main() -> None:
    """Run the window to its finished state and picture it."""
    QtWidgets.QApplication.setStyle("Fusion")
    TARGET.mkdir(parents=True, exist_ok=True)
    widget = harness.load_module(ROOT / "BMDEstimator" / "BMDEstimator.py")
    widget.parent.show()
    finish(widget)
    pictures = {section: grab(widget, {section}) for section in SECTIONS}
    for section, picture in pictures.items():
        save(picture, TARGET / f"BMDEstimator-{section}.png")
    columns = [grab(widget, {"xray", "estimate"}), grab(widget, {"register"}), grab(widget, {"results"}), views(widget)]
    save(side_by_side(columns), TARGET / "BMDEstimator.png")
    harness.unload_module(widget)


def finish(widget: Any) -> None:
    """Virtual patient, calibration by tissues, X-ray, registration, two measurements, a plot."""
    ui, window = widget.ui, widget.window
    grab(widget, set(SECTIONS))
    ui.virtualButton.click()
    harness.wait_until(lambda: idle(widget) and window.session.state.bones, PATIENCE_S)
    ui.calibrationBox.currentText = "The patient's own tissues"
    ui.calibrateButton.click()
    harness.wait_until(lambda: idle(widget) and window.session.state.evidence is not None, PATIENCE_S)
    ui.simulateButton.click()
    harness.wait_until(lambda: window.session.state.preview is not None, PATIENCE_S)
    harness.wait_until(lambda: window.worker.client.state == "ready", PATIENCE_S)
    start = window.session.state.parameters
    register_fully(widget, start)
    for region in ("Lumbar spine L1-L4", "Total hip"):
        ui.regionBox.currentText = region
        before = len(window.session.state.measurements)
        ui.measureButton.click()
        harness.wait_until(lambda: idle(widget) and len(window.session.state.measurements) > before, PATIENCE_S)  # noqa: B023
    ui.ageBox.value = 64
    ui.plotAgeButton.click()
    harness.wait_until(lambda: idle(widget) and window.session.state.plots, PATIENCE_S)


def register_fully(widget: Any, start: Any) -> None:
    """With the default levels, which takes half a minute."""
    widget.window.session.set_parameters(start)
    widget.ui.registerButton.click()
    harness.wait_until(lambda: idle(widget) and widget.window.session.state.outcome is not None, PATIENCE_S)
    harness.wait_until(lambda: widget.window.worker.client.state == "ready", PATIENCE_S)


def grab(widget: Any, shown: set[str]) -> QtGui.QImage:
    """The panel with some of its sections open."""
    for section in SECTIONS:
        getattr(widget.ui, f"{section}Section").collapsed = section not in shown
    widget.parent.resize(PANEL_PX, 200)
    harness.slicer.app.processEvents()
    widget.window.register.draw()
    for _ in range(3):
        harness.slicer.app.processEvents()
    height = widget.parent.layout().heightForWidth(PANEL_PX) if widget.parent.layout().hasHeightForWidth() else 0
    widget.parent.resize(PANEL_PX, max(height, widget.parent.minimumSizeHint().height()))
    for _ in range(3):
        harness.slicer.app.processEvents()
    return widget.parent.grab().toImage()


def views(widget: Any) -> QtGui.QImage:
    """The X-ray with the registered bones: in fields of both in turn, and the bones' edges."""
    from bonedensity.desktop.pictures import to_image
    from bonedensity.workflows.overlays import Look, compose, grey_bytes

    state = widget.window.session.state
    xray = grey_bytes(state.preview_xray())
    canvas = blank(VIEW_PX, 2 * VIEW_PX + GAP_PX)
    painter = QtGui.QPainter(canvas)
    for row, (mode, name) in enumerate((("checkerboard", "Checkerboard"), ("edges", "Edges"))):
        place = QtCore.QRect(0, row * (VIEW_PX + GAP_PX), VIEW_PX, VIEW_PX)
        image = to_image(compose(Look(mode), xray, state.preview))
        smooth = QtCore.Qt.TransformationMode.SmoothTransformation
        painter.drawImage(place, image.scaled(place.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio, smooth))
        caption = f"{name} · synthetic X-ray"
        box = painter.fontMetrics().boundingRect(caption).size() + QtCore.QSize(14, 6)
        painter.fillRect(QtCore.QRect(place.topLeft(), box), QtGui.QColor(0, 0, 0, 190))
        painter.setPen(QtGui.QColor("white"))
        painter.drawText(QtCore.QRect(place.topLeft(), box), QtCore.Qt.AlignmentFlag.AlignCenter, caption)
    painter.end()
    return canvas


def side_by_side(columns: list[QtGui.QImage]) -> QtGui.QImage:
    """Pictures next to each other, on the window's own background."""
    height = max(column.height() for column in columns) + 2 * GAP_PX
    width = sum(column.width() for column in columns) + (len(columns) + 1) * GAP_PX
    canvas = blank(width, height)
    painter = QtGui.QPainter(canvas)
    left = GAP_PX
    for column in columns:
        painter.drawImage(left, GAP_PX, column)
        left += column.width() + GAP_PX
    painter.end()
    return canvas


def blank(width: int, height: int) -> QtGui.QImage:
    canvas = QtGui.QImage(width, height, QtGui.QImage.Format.Format_RGB888)
    canvas.fill(QtWidgets.QApplication.palette().color(QtGui.QPalette.ColorRole.Window))
    return canvas


def save(picture: QtGui.QImage, path: Path) -> None:
    if not picture.save(str(path)):
        raise OSError(f"could not write {path}")
    print(f"{path.relative_to(ROOT)}: {picture.width()} x {picture.height()}")


if __name__ == "__main__":
    main()
