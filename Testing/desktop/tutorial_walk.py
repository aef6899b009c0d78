"""What docs/tutorial-bmdestimator.md tells, done in the window; each of its pictures is taken on the way.

    python Testing/desktop/tutorial_walk.py        takes the pictures anew, in Resources/Screenshots

`test_tutorial.py` walks the same way coarsely, and compares what the tutorial names with what the window shows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import standins  # noqa: E402

standins.install()

import numpy as np  # noqa: E402
import slicer  # noqa: E402
from bmd_window import idle, wait_idle  # noqa: E402
from standins import harness  # noqa: E402
from standins.environment import SampleDataLogic  # noqa: E402

PICTURES = ("sample", "registered", "measured", "own-xray", "doubtful", "by-hand", "femur", "report")
"""Of the tutorial, in order."""

TIMEOUT = 600.0

Keep = Callable[[str, set[str]], None]
"""Takes a picture: its name, and the sections that are open."""


def file_of(picture: str) -> str:
    """The name of a picture's file."""
    return f"tutorial-{picture}.png"


def walk(widget: Any, keep: Keep) -> None:
    """All chapters."""
    first_case(widget, keep)
    own_xray(widget, keep)
    doubtful(widget, keep)
    one_femur(widget, keep)
    report(widget, keep)


def first_case(widget: Any, keep: Keep) -> None:
    """Sample Data, Register, Measure."""
    ui, session = widget.ui, widget.window.session
    SampleDataLogic.registered[-1]["customDownloader"](SampleDataLogic.registered[-1])
    widget.parent.enter()
    harness.wait_until(lambda: idle(widget) and session.state.bones and session.state.preview is not None, TIMEOUT)
    keep("sample", {"ct", "register"})
    register(widget)
    keep("registered", {"register"})
    ui.measureButton.click()
    harness.wait_until(lambda: idle(widget) and session.state.measurements, TIMEOUT)
    keep("measured", {"results"})


def own_xray(widget: Any, keep: Keep) -> None:
    """A volume that Slicer loaded has no geometry yet."""
    ours = widget._parameterNode.xray
    plain = slicer.util.addVolumeFromArray(slicer.util.arrayFromVolume(ours).copy(), name="DX of my own")
    widget.ui.xraySelector.setCurrentNode(plain)
    keep("own-xray", {"xray"})
    widget.ui.spacingBox.value = 0.8
    widget.ui.xraySelector.setCurrentNode(ours)
    harness.wait_until(lambda: idle(widget) and widget.window.session.state.preview is not None, TIMEOUT)


def doubtful(widget: Any, keep: Keep) -> None:
    """A start that is far off; then near the place by hand, and once more."""
    ui, session = widget.ui, widget.window.session
    ui.resetButton.click()
    ui.spinSlider.value, ui.rightSlider.value, ui.downSlider.value = 55.0, 140.0, 120.0
    register(widget)
    keep("doubtful", {"register"})
    ui.resetButton.click()
    for name, near in zip(("tilt", "twist", "spin", "right", "down", "depth"), near_truth(session), strict=True):
        getattr(ui, f"{name}Slider").value = round(float(near), 1)
    ui.modeBox.currentText = "Edges"
    harness.wait_until(lambda: idle(widget) and not session.desk.picturing, TIMEOUT)
    keep("by-hand", {"register"})
    ui.modeBox.currentText = "Blend"
    register(widget)


def near_truth(session: Any) -> Any:
    """Six numbers as a patient hand finds them: degrees and millimetres beside the truth."""
    state = session.state
    beside = np.array([2.0, -1.5, 1.0, 2.0, -2.0, 10.0])
    return state.frame().parameters(state.truth) + beside


def one_femur(widget: Any, keep: Keep) -> None:
    """The left femur by itself."""
    ui, state = widget.ui, widget.window.session.state
    ui.movingBox.currentText = "Left femur"
    assert state.moving == "femur_left"
    register(widget)
    keep("femur", {"register"})


def report(widget: Any, keep: Keep) -> None:
    """Both femurs and the spine are measured, and what can be written is shown."""
    ui = widget.ui
    ui.regionBox.currentText, ui.sideBox.currentText = "Femoral neck", "Left"
    ui.measureButton.click()
    wait_idle(widget)
    ui.exportGroup.collapsed = False
    keep("report", {"results"})


def register(widget: Any) -> None:
    """Press Register and wait for the verdict."""
    session = widget.window.session
    harness.wait_until(lambda: idle(widget), TIMEOUT)
    session.state.outcome = None
    widget.ui.registerButton.click()
    harness.wait_until(lambda: idle(widget) and session.state.outcome is not None, TIMEOUT)


def main() -> None:
    """Take the pictures."""
    from PySide6 import QtWidgets
    from take_screenshots import ROOT, SECTIONS, TARGET, grab, save

    QtWidgets.QApplication.setStyle("Fusion")
    widget = harness.load_module(ROOT / "BMDEstimator" / "BMDEstimator.py")
    widget.parent.show()
    grab(widget, set(SECTIONS))
    walk(widget, lambda name, shown: save(grab(widget, shown), TARGET / file_of(name)))
    harness.unload_module(widget)


if __name__ == "__main__":
    main()
