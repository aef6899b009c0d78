"""How long the BMDEstimator window is silent at a stretch while its worker segments, registers and measures.

The whole window runs on the stand-ins of Testing/desktop, with a virtual hip (synthetic) of 300 x 300 x 300 voxels in
the real scene. Counted is the main thread's processor time in one turn of the event loop, which other work on the
machine hardly changes: so long a click would wait. The turn in which a result enters the scene is one of them.

    OMP_NUM_THREADS=1 python benchmarks/window_answers.py --json benchmarks/results/window_answers.json
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Testing" / "desktop"))

import standins  # noqa: E402

standins.install()

import numpy as np  # noqa: E402
import slicer  # noqa: E402
from drr_under_mouse import VOXELS, hip_of  # noqa: E402
from machine import tell_and_exit  # noqa: E402
from standins import harness  # noqa: E402

from bonedensity.scene.volumes import volume_to_node  # noqa: E402

REST_S = 0.002
"""Between two turns of the event loop."""

ENGINES = ("THRESHOLD", "BAYESIAN_UNET")


def main() -> None:
    """Measure and print, and write JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voxels", type=int, default=VOXELS, help="along each axis of the CT")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    widget = harness.load_module(ROOT / "BMDEstimator" / "BMDEstimator.py")
    widget.parent.resize(470, 1400)
    widget.parent.show()
    result = {"voxels": options.voxels, "silent_ms": walked(widget, options.voxels)}
    harness.unload_module(widget)
    tell_and_exit("window_answers.py", ("numpy", "torch"), result, options.json)


def walked(widget: Any, voxels: int) -> dict[str, dict[str, float]]:
    """Each job's turns of the event loop, from its click until the window rests."""
    ui, parameters = widget.ui, widget._parameterNode
    parameters.ct = volume_to_node(slicer.mrmlScene, hip_of(voxels)[0], "hip")
    found = {}
    for engine in ENGINES:
        parameters.engine = type(parameters.engine)[engine]
        found[f"segmentation, {parameters.engine.value}"] = turns(widget, ui.segmentButton.click)
    found["simulated X-ray"] = turns(widget, ui.simulateButton.click)
    found["registration"] = turns(widget, ui.registerButton.click)
    found["densitometry"] = turns(widget, ui.measureButton.click)
    return found


def turns(widget: Any, click: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of the turns until nothing runs: the longest, the 99th percentile, and how long all lasted (s)."""
    desk, spent, began = widget.window.session.desk, [timed(click)], time.monotonic()
    while desk.title or desk.picturing:
        spent.append(timed(slicer.app.processEvents))
        time.sleep(REST_S)
    return {
        "longest": round(1000 * max(spent), 1),
        "percentile_99": round(1000 * float(np.percentile(spent, 99)), 1),
        "lasted_s": round(time.monotonic() - began, 1),
    }


def timed(act: Callable[[], object]) -> float:
    """Processor seconds of this thread."""
    before = time.thread_time()
    act()
    return time.thread_time() - before


if __name__ == "__main__":
    main()
