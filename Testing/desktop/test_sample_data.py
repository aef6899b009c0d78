"""The tiles of Sample Data: made while the window goes on, with progress and Cancel; chosen in the module."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import qt
from bmd_window import nodes_of_scene, same_nodes
from PIL import Image
from standins.application import set_testing
from standins.environment import SampleDataLogic

STILL_S, STILL_ON_A_BUSY_MACHINE_S = 0.1, 0.5
"""Longest time in which nothing is drawn: as a rule, and once."""

TICK_MS = 10
TILES = {"BMDEstimator": "Virtual hip", "SpineDXAGen": "Virtual spine DXA"}
LAST_STEP = {"BMDEstimator": "Simulating the X-ray", "SpineDXAGen": "Making the virtual person (about ten seconds)"}
"""In the worker's words: it has begun, and for the hip the CT is made already."""


@pytest.fixture(params=TILES)
def tile(request, module_factory, monkeypatch):
    """A module whose window was left, in a scene without its nodes: its tile, and what chooses the tile's nodes."""
    widget = module_factory(request.param)
    if request.param == "BMDEstimator":
        from BMDEstimatorLib import sample_data

        made = sample_data.add_virtual_hip
        monkeypatch.setattr(sample_data, "add_virtual_hip", lambda scene, node: made(scene, node, spacing_mm=4.0))
    widget.parent.exit()
    return Tile(request.param, widget)


class Tile:
    """What a user presses."""

    def __init__(self, module, widget):
        self.module, self.widget = module, widget
        self.offered = [one for one in SampleDataLogic.registered if one["sampleName"] == TILES[module]][-1]

    def press(self):
        return self.offered["customDownloader"](self.offered)

    def chosen(self):
        parameters = self.widget._parameterNode
        names = ("ct", "segmentation", "xray") if self.module == "BMDEstimator" else ("dxa",)
        return [getattr(parameters, name) for name in names]


def dialogs():
    return [one for one in qt.QApplication.topLevelWidgets() if one.className() == "QProgressDialog" and one.visible]


@contextmanager
def ticking(each=lambda: None):
    """Calls `each` on a timer while the block runs; the times at which it was called."""
    ticks, timer = [], qt.QTimer()

    def tick():
        ticks.append(time.monotonic())
        each()

    timer.setInterval(TICK_MS)
    timer.connect("timeout()", tick)
    timer.start()
    try:
        yield ticks
    finally:
        timer.stop()


def test_each_tile_has_a_picture_of_the_right_size_and_downloads_nothing(tile):
    assert tile.offered["category"] == "BoneDensity"
    assert not tile.offered["uris"]
    picture = Path(tile.offered["thumbnailFileName"])
    assert picture.name.startswith(tile.module)  # Slicer merges the resources of all modules
    assert Image.open(picture).size == (260, 280)


def test_while_it_is_made_the_window_is_never_still_and_then_it_is_chosen(tile):
    seen = []
    with ticking(lambda: seen.extend(one.labelText for one in dialogs())) as ticks:
        nodes = tile.press()
    while_making = np.diff(ticks[: len(seen)])
    assert len(while_making) > 20
    assert np.quantile(while_making, 0.95) < STILL_S
    assert while_making.max() < STILL_ON_A_BUSY_MACHINE_S
    assert LAST_STEP[tile.module] in seen
    assert not dialogs()
    assert tile.chosen() == nodes
    assert None not in nodes


def test_cancel_leaves_the_scene_as_it_was_and_says_so_in_the_status_bar(tile, recorder):
    before = nodes_of_scene()

    def cancel():
        for dialog in dialogs():
            if dialog.labelText == LAST_STEP[tile.module]:
                dialog.cancel()

    started = time.monotonic()
    with ticking(cancel):
        assert tile.press() == []
    assert time.monotonic() - started < 20
    assert same_nodes(before, nodes_of_scene())
    assert recorder.status == ["Cancelled: nothing was changed."]
    assert not recorder.messages
    assert not dialogs()


def test_what_cannot_be_made_is_said_once_in_a_window(tile, recorder, monkeypatch):
    from bonedensity.errors import BoneDensityError

    script = __import__(f"{tile.module}Lib.script", fromlist=["script"])
    monkeypatch.setattr(script, "worker_command", lambda: ["/no/such/python"])
    before = nodes_of_scene()
    with pytest.raises(BoneDensityError):
        tile.press()
    assert len(recorder.texts("error")) == 1
    assert "could not be made" in recorder.texts("error")[0]
    assert "could not be started" in recorder.texts("error")[0]
    assert same_nodes(before, nodes_of_scene())
    assert not dialogs()


@pytest.mark.parametrize("testing", [False, True])
def test_a_dialog_is_shown_to_a_user_and_not_to_slicers_own_tests(slicer_app, testing):
    from bonedensity.desktop.job_dialog import JobDialog

    set_testing(slicer_app, testing)
    with JobDialog("Virtual hip"):
        slicer_app.processEvents()
        assert len(dialogs()) == (not testing)
        assert all(one.modal for one in dialogs())
    assert not dialogs()
