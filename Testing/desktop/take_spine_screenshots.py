"""Pictures of the SpineDXAGen window for README and documentation, on a virtual person.

    python Testing/desktop/take_spine_screenshots.py [WEIGHTS]

The window is the module's own, run on the stand-ins in Qt's Fusion style. Without a folder the shipped
weights are used.
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

from PySide6 import QtGui, QtWidgets  # noqa: E402
from spine_window import page, rest, tab  # noqa: E402
from standins import harness  # noqa: E402

TARGET = ROOT / "Resources" / "Screenshots"
PANEL_PX = 520
SECTIONS = ("load", "ask", "see", "sweep", "ct")


def main(weights: str, target: Path) -> None:
    """Run the window to its finished state and picture it."""
    QtWidgets.QApplication.setStyle("Fusion")
    target.mkdir(parents=True, exist_ok=True)
    widget = harness.load_module(ROOT / "SpineDXAGen" / "SpineDXAGen.py")
    widget.parent.show()
    widget.parent.resize(PANEL_PX, 900)
    tab(widget).session.choose_model(weights)
    finish(widget)
    for section in SECTIONS:
        save(grab(widget, {section}), target / f"SpineDXAGen-{section}.png")
    page(widget).cardButton.click()
    save(grab(widget, {"load"}), target / "SpineDXAGen-card.png")
    harness.unload_module(widget)


def finish(widget: Any) -> None:
    """Virtual person, older, a sweep, a grid, and the change in the person's CT."""
    ui, session = page(widget), tab(widget).session
    ui.virtualButton.click()
    harness.wait_until(lambda: session.state.abduction is not None, 240)
    rest(widget)
    ui.keepButton.click()
    for age in (50.0, 80.0):
        tab(widget).what_if.rows.sliders["age"].value = age
        rest(widget)
        ui.keepButton.click()
    ui.sweepButton.click()
    harness.wait_until(lambda: session.state.sweep is not None, 120)
    ui.playButton.click()
    tab(widget).what_if.rows.sliders["age"].value = 52.0
    rest(widget)
    ui.virtualCtButton.click()
    harness.wait_until(lambda: session.state.ct is not None, 240)
    ui.volumeButton.click()
    harness.wait_until(lambda: session.state.volume is not None, 120)


def grab(widget: Any, shown: set[str]) -> QtGui.QImage:
    """The panel with some of its sections open."""
    for section in SECTIONS:
        getattr(page(widget), f"{section}Section").collapsed = section not in shown
    for _ in range(4):
        harness.slicer.app.processEvents()
    tab(widget).refresh()
    tab(widget).see.draw()
    for _ in range(4):
        harness.slicer.app.processEvents()
    height = widget.parent.sizeHint().height()
    widget.parent.resize(PANEL_PX, height)
    for _ in range(4):
        harness.slicer.app.processEvents()
    return widget.parent.grab().toImage()


def save(picture: QtGui.QImage, path: Path) -> None:
    if not picture.save(str(path)):
        raise OSError(f"could not write {path}")
    print(f"{path.name}: {picture.width()} x {picture.height()}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "", Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET)
