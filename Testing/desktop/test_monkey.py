"""Random actions on the whole BMDEstimator window for half a minute, and that the driver would notice what breaks.

The long form: `python Testing/desktop/monkey_bmdestimator.py --minutes 60 --seed 1`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import slicer
from monkey import Deed, Monkey
from monkey_files import FilePool
from monkey_widgets import widget_deeds
from PySide6 import QtCore
from standins import harness
from standins.dialogs import QFileDialog

HERE = Path(__file__).resolve().parent
TOY = HERE / "toy_module" / "ToyDensity.py"


def test_a_quarter_of_a_minute_of_random_actions_breaks_nothing(tmp_path):
    result = tmp_path / "monkey.json"
    command = [sys.executable, str(HERE / "monkey_bmdestimator.py"), "--minutes", "0.25", "--seed", "5"]
    done = subprocess.run(
        [*command, "--json", str(result)],
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        timeout=900,
    )
    assert result.exists(), done.stderr[-3000:]
    found = json.loads(result.read_text())
    assert found["failures_by_kind"] == {}
    assert found["actions"] >= 10
    assert found["memory"]["looks_s_window_mib_worker_mib"]


@pytest.fixture
def play(slicer_app, slot_errors, tmp_path):
    """A short run on the toy module; gives the report and what was done."""

    def run(deeds, steps=40, seed=1):
        lines = []
        monkey = Monkey(
            lambda: harness.load_module(TOY),
            deeds,
            seed=seed,
            files=FilePool(tmp_path),
            sessions=lambda widget: [],
            say=lines.append,
        )
        report = monkey.run(seconds=60, steps=steps)
        harness.unload_module(monkey.widget)
        return report, [line.rsplit(" (", 1)[0] for line in lines]

    return run


def fail_later(monkey, rng):
    QtCore.QTimer.singleShot(0, lambda: 1 / 0)
    return "waits to fail"


def fail_now(monkey, rng):
    raise KeyError("here")


def lose_a_volume(monkey, rng):
    node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    if node is None:
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "kept")
        return "added"
    slicer.mrmlScene.RemoveNode(node)
    return "lost"


@pytest.mark.parametrize(
    ("deed", "kind"), [(fail_later, "ZeroDivisionError"), (fail_now, "KeyError"), (lose_a_volume, "lost nodes")]
)
def test_what_breaks_is_told_with_seed_and_step(play, deed, kind):
    report, _ = play([Deed("bad", 1, deed)], steps=2)
    (name,) = report.failures
    told = report.failures[name]
    assert name.startswith(kind)
    assert (told["seed"], told["step"]) in ((1, 0), (1, 1))
    assert told["recent"][-1].endswith(("waits to fail", "raised", "lost"))


def test_the_same_seed_does_the_same_to_a_window_that_does_not_compute(play):
    first, second, other = (play(widget_deeds(), seed=seed) for seed in (3, 3, 4))
    assert first[1] == second[1] != other[1]
    assert first[0].failures == {}
    assert len(first[1]) > 10


def test_file_dialogs_are_answered_without_end_by_good_and_bad_paths(tmp_path):
    good = tmp_path / "good.nii.gz"
    good.write_bytes(b"")
    pool = FilePool(tmp_path, [good])
    with pool.answering():
        answers = {QFileDialog.getOpenFileName(None, "Open", "", "") for _ in range(200)}
        saved = {QFileDialog.getSaveFileName(None, "Save", "report.html", "") for _ in range(50)}
    assert {str(good), "", str(tmp_path / "missing.nii.gz")} <= answers
    assert str(tmp_path / "saved" / "report.html") in saved
    assert QFileDialog.getOpenFileName(None, "Open", "", "") == ""
