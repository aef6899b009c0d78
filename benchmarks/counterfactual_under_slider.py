"""Counterfactuals a second while the age slider is dragged, from the worker to the window's pictures.

The whole window runs on the stand-ins of Testing/desktop: slider, session, worker process, exchange, volume nodes of
the real scene, outlines and the three pictures. The DXA is a drawn spine of 780 x 716 pixels (a Lunar export's size),
the network sees 192 x 192. Reported: frames a second by the clock; the time from a movement of the slider to the first
picture that knows it; processor time a frame, of the window and of the worker; and how soon after a DXA is loaded, with
weights warm, its first picture is there. Other work on the machine makes the clock worse, processor time hardly.

    OMP_NUM_THREADS=1 python benchmarks/counterfactual_under_slider.py --json benchmarks/results/RESULT.json
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Testing" / "desktop"))

import standins  # noqa: E402

standins.install()

import numpy as np  # noqa: E402
from machine import tell_and_exit  # noqa: E402
from PySide6 import QtCore  # noqa: E402
from spine_window import DRAWN, PERSON, WEIGHTS, page, rest, tab  # noqa: E402
from standins import harness  # noqa: E402

from bonedensity.generators.chvae.reading.resample import resized  # noqa: E402
from bonedensity.workflows.spine.state import Dxa  # noqa: E402

EXPORT = (780, 716)
EVENT_S = 0.008
"""Between two movements of a mouse."""

SPAN_YEARS, PERIOD_S = 30.0, 4.0
"""The slider goes to and fro over so many years in so long."""

LOADS = 5


def main() -> None:
    """Measure and print, and write JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="", help="folder of a model; default the shipped, else untrained ones")
    parser.add_argument("--size", default="small", help="of untrained weights")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long the slider is dragged")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        widget = harness.load_module(ROOT / "SpineDXAGen" / "SpineDXAGen.py")
        widget.parent.show()
        widget.parent.resize(520, 900)
        page(widget).seeSection.collapsed = False
        session = tab(widget).session
        weights = chosen(session, options, Path(folder))
        result = {"weights": weights, "load": loaded(widget), "drag": dragged(widget, options.seconds)}
        harness.unload_module(widget)
    tell_and_exit("counterfactual_under_slider.py", ("numpy", "torch"), result, options.json)


def chosen(session: Any, options: argparse.Namespace, folder: Path) -> str:
    """Let the session use weights; what they are."""
    if options.weights:
        session.choose_model(options.weights)
    if session.state.model is None:
        session.choose_model(str(WEIGHTS["write_weights"](folder / "weights", options.size)))
    card = session.state.model.card
    return f"{card.name} {card.size}, trained on {card.data}"


def drawn() -> Dxa:
    """A spine of an export's size."""
    greys = np.asarray(resized(DRAWN["draw_spine"](PERSON, 1).astype(np.float32), EXPORT))
    return Dxa(greys, (0.25, 0.25), "user")


def loaded(widget: Any) -> dict[str, Any]:
    """Seconds from the choice of a DXA to its first picture of what would be; the first time with cold weights."""
    session, answers = tab(widget).session, []
    session.changed.connect(lambda what: answers.append(what) if what == "answer" and session.state.answer else None)
    seconds = []
    for _ in range(1 + LOADS):
        rest_before = time.perf_counter()
        answers.clear()
        session.use_dxa(drawn(), attributes=PERSON)
        while not answers:
            QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.AllEvents, 2)
        seconds.append(round(time.perf_counter() - rest_before, 3))
        rest(widget)
    return {"cold_s": seconds[0], "warm_s": seconds[1:]}


def dragged(widget: Any, seconds: float) -> dict[str, Any]:
    """Drag the age slider to and fro."""
    session, slider = tab(widget).session, tab(widget).what_if.rows.sliders["age"]
    moves: list[tuple[float, float]] = []
    delays: list[float] = []
    frames: list[float] = []

    def shown(what: str) -> None:
        if what != "answer" or session.state.answer is None or not moves:
            return
        now = time.perf_counter()
        frames.append(now)
        known = session.state.answer.do.get("age")
        delays.extend(now - at for at, value in moves if value == known)
        moves[:] = [(at, value) for at, value in moves if value != known]

    session.changed.connect(shown)
    window, worker = time.process_time(), processor_s(session.desk.worker.pid)
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        slider.value = PERSON["age"] + SPAN_YEARS / 2 * np.sin(2 * np.pi * passed / PERIOD_S)
        moves.append((time.perf_counter(), session.state.do.get("age")))
        del moves[:-50]
        until = time.perf_counter() + EVENT_S
        while time.perf_counter() < until:
            QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.AllEvents, 2)
            time.sleep(0.001)
    used = time.process_time() - window, processor_s(session.desk.worker.pid) - worker
    count = max(len(frames), 1)
    return {
        "frames_per_s": round(len(frames) / seconds, 1),
        "slider_to_picture_ms": {
            "median": round(1000 * float(np.median(delays)), 1),
            "95_percent": round(1000 * float(np.percentile(delays, 95)), 1),
        },
        "longest_gap_ms": round(1000 * float(np.diff(frames).max()), 1),
        "window_cpu_ms_a_frame": round(1000 * used[0] / count, 1),
        "worker_cpu_ms_a_frame": round(1000 * used[1] / count, 1),
    }


def processor_s(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
