"""A new user's path: a virtual patient from Sample Data, registered and measured in a few clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, quick, quick_levels
from standins.environment import SampleDataLogic
from standins.harness import wait_until

MOST_CLICKS = 6


class Clicks:
    """Counts what a person would have to click."""

    def __init__(self):
        self.count = 0

    def press(self, button):
        assert button.enabled, button.toolTip
        self.count += 1
        button.click()


def sample():
    return [one for one in SampleDataLogic.registered if one["sampleName"] == "Virtual hip"][-1]


@pytest.fixture
def coarse(monkeypatch):
    """A virtual patient that is quickly made."""

    def coarser(widget):
        from BMDEstimatorLib import sample_data

        made = sample_data.add_virtual_hip
        monkeypatch.setattr(sample_data, "add_virtual_hip", lambda scene, node: made(scene, node, spacing_mm=4.0))
        return widget

    return coarser


def test_sample_data_offers_a_virtual_patient_with_a_picture_and_no_download(module_factory):
    module_factory("BMDEstimator")
    offered = sample()
    assert offered["category"] == "BoneDensity"
    assert not offered["uris"]
    assert Path(offered["thumbnailFileName"]).is_file()


def test_from_sample_data_to_a_measured_hip_in_at_most_six_clicks(module_factory, coarse):
    widget = coarse(quick(module_factory("BMDEstimator")))
    widget.window.session.levels = quick_levels()
    widget.parent.exit()
    clicks = Clicks()
    clicks.count += 1  # the tile in Sample Data
    nodes = sample()["customDownloader"](sample())
    assert nodes[0].GetName() == "virtual CT"
    clicks.count += 2  # the list of modules, and the module in it
    widget.parent.enter()
    session, ui = widget.window.session, widget.ui
    wait_until(lambda: idle(widget) and session.state.bones and session.state.preview is not None, TIMEOUT)
    assert "Synthetic" in ui.noticeLabel.text
    assert "virtual patient's own" in ui.calibrationLabel.text
    clicks.press(ui.registerButton)
    wait_until(lambda: idle(widget) and session.state.outcome is not None, TIMEOUT)
    assert session.state.outcome.error.in_plane_mm < 2.0
    clicks.press(ui.measureButton)
    wait_until(lambda: idle(widget) and session.state.measurements, TIMEOUT)
    assert clicks.count <= MOST_CLICKS
    assert widget._parameterNode.results.GetNumberOfRows() > 3
    assert any("X-ray's view" in m.name for m in session.state.measurements)


def test_the_sample_fills_a_module_that_was_never_opened(module_factory, coarse):
    widget = coarse(quick(module_factory("BMDEstimator")))
    slicer.mrmlScene.Clear(False)
    nodes = sample()["customDownloader"](sample())
    wait_until(lambda: idle(widget) and widget.window.session.state.bones, TIMEOUT)
    chosen = widget._parameterNode
    assert [chosen.ct, chosen.segmentation, chosen.xray] == nodes
    assert np.isclose(widget.ui.spacingBox.value, 0.8)
