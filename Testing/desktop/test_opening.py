"""Opening either window costs Slicer nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

STARTED = """
import sys
sys.path.insert(0, sys.argv[1])
import standins
standins.install()
from standins import harness
widget = harness.load_module(sys.argv[2])
heavy = [name for name in ("numba", "cmaes", "torch", "matplotlib", "typer", "rich") if name in sys.modules]
print(heavy, widget.window.worker.client.pid)
harness.unload_module(widget)
"""


@pytest.mark.parametrize("module", ["BMDEstimator", "SpineDXAGen"])
def test_opening_the_window_loads_nothing_heavy_and_starts_no_process(module):
    done = subprocess.run(
        [sys.executable, "-c", STARTED, str(HERE), str(HERE.parents[1] / module / f"{module}.py")],
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.stdout.splitlines()[-1:] == ["[] None"], done.stderr[-2000:]
