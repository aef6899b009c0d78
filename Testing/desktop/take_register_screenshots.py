"""Pictures of the registration's panel and of every way to check it, on a virtual patient."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")

from bmd_window import endless_levels, idle
from PySide6 import QtCore, QtGui, QtWidgets
from render_3d import render_models
from standins import harness
from take_screenshots import GAP_PX, ROOT, SECTIONS, TARGET, blank, grab, register_fully, save, side_by_side

MODES = ("Blend", "Checkerboard", "Flicker", "Curtain", "Edges", "Outlines of each bone", "Difference")
INNER = ("lookSection", "pairsSection", "viewsSection", "casesSection")
TILE_PX = 320
COLUMNS = 4


def main() -> None:
    """Run the window through a search, its check and a second view, and picture each."""
    QtWidgets.QApplication.setStyle("Fusion")
    widget = harness.load_module(ROOT / "BMDEstimator" / "BMDEstimator.py")
    widget.parent.show()
    grab(widget, set(SECTIONS))
    make_case(widget)
    save(searching(widget), TARGET / "BMDEstimator-search.png")
    register_fully(widget, widget.window.session.state.parameters)
    widget.ui.acceptButton.click()
    widget.ui.ratingBox.currentIndex = 5
    save(views_grid(widget), TARGET / "BMDEstimator-qa-views.png")
    widget.ui.modeBox.currentText = "Outlines of each bone"
    harness.wait_until(lambda: widget.window.session.state.rims, 30)
    checked = grab(widget, {"register"})
    second_view(widget)
    widget.ui.show3DButton.click()
    render_models(TARGET / "BMDEstimator-3d.png")
    opened = grab_open(widget, INNER)
    save(side_by_side([checked, opened]), TARGET / "BMDEstimator-check.png")
    harness.unload_module(widget)


def make_case(widget: Any) -> None:
    """Virtual patient and X-ray."""
    session = widget.window.session
    widget.ui.virtualButton.click()
    harness.wait_until(lambda: idle(widget) and session.state.bones, 120)
    widget.ui.simulateButton.click()
    harness.wait_until(lambda: idle(widget) and session.state.preview is not None, 120)


def searching(widget: Any) -> QtGui.QImage:
    """The panel in the middle of a search, which is then cancelled."""
    session = widget.window.session
    session.levels = endless_levels()
    widget.ui.registerButton.click()
    harness.wait_until(lambda: session.search.trace.evaluations > 4000, 120)
    session.pause()
    picture = grab(widget, {"register"})
    session.cancel()
    harness.wait_until(lambda: idle(widget), 30)
    session.levels = ()
    return picture


def views_grid(widget: Any) -> QtGui.QImage:
    """Every mode with its name."""
    tiles = []
    for mode in MODES:
        widget.ui.modeBox.currentText = mode
        if mode.startswith("Outlines"):
            harness.wait_until(lambda: widget.window.session.state.rims, 30)
        if mode == "Flicker":
            harness.wait_until(lambda: widget.window.register.pictures.look().second, 5)
            widget.window.register.draw()
        tiles.append((mode, widget.window.register.pictures.picture.copy()))
    widget.ui.modeBox.currentText = "Difference"
    return arranged(tiles)


def arranged(tiles: list[tuple[str, Any]]) -> QtGui.QImage:
    """Pictures in rows, each under its caption."""
    from bonedensity.desktop.pictures import to_image

    rows = -(-len(tiles) // COLUMNS)
    canvas = blank(COLUMNS * (TILE_PX + GAP_PX) - GAP_PX, rows * (TILE_PX + GAP_PX) - GAP_PX)
    painter = QtGui.QPainter(canvas)
    for number, (name, picture) in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        place = QtCore.QRect(column * (TILE_PX + GAP_PX), row * (TILE_PX + GAP_PX), TILE_PX, TILE_PX)
        smooth = QtCore.Qt.TransformationMode.SmoothTransformation
        image = to_image(picture).scaled(place.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio, smooth)
        painter.drawImage(place.topLeft(), image)
        box = QtCore.QRect(place.topLeft(), painter.fontMetrics().boundingRect(name).size() + QtCore.QSize(14, 6))
        painter.fillRect(box, QtGui.QColor(0, 0, 0, 190))
        painter.setPen(QtGui.QColor("white"))
        painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, name)
    painter.end()
    return canvas


def second_view(widget: Any) -> None:
    """A second X-ray at 60 degrees."""
    session = widget.window.session
    widget.ui.secondAngleBox.value = 60.0
    widget.ui.modeBox.currentText = "Blend"
    widget.ui.simulateSecondButton.click()
    harness.wait_until(lambda: idle(widget) and session.state.second is not None, 60)
    harness.wait_until(lambda: session.state.second.preview is not None, 30)


def grab_open(widget: Any, names: tuple[str, ...]) -> QtGui.QImage:
    """The registration's panel with its inner sections open."""
    for name in names:
        getattr(widget.ui, name).collapsed = False
    return grab(widget, {"register"})


if __name__ == "__main__":
    main()
