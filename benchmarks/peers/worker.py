"""One tool in its own process: `python worker.py TOOL`, JSON lines in and out (standard output), volumes as files.

Memory is this process's own, from the kernel, so that compiled libraries count too.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints must not disturb the answers
    started = time.perf_counter()
    state = State()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(state, request.pop("do"))(**request)
        except Exception as error:  # the tool is left out, with this as its reason
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["process_seconds"] = time.perf_counter() - started
        print(json.dumps(answer), file=answers)


class State:
    def __init__(self) -> None:
        self._tool: Any = None
        self._class: Any = None
        self._base_mb = 0.0

    def load(self, tool: str) -> dict:
        """Import the tool's libraries."""
        from peers import load

        started = time.perf_counter()
        self._class = load(tool)
        return {"seconds": time.perf_counter() - started}

    def prepare(self, volume: str, affine: list, options: dict) -> dict:
        """Hand the volume over."""
        self._tool = None
        _forget_peak()
        self._base_mb = _memory_mb("VmRSS")
        array = np.load(volume, mmap_mode="r")
        started = time.perf_counter()
        self._tool = self._class(array, np.array(affine), **options)
        return {"seconds": time.perf_counter() - started}

    def render(self, start: list, end: list, rows: int, columns: int, save: str | None = None) -> dict:
        """One DRR."""
        from bonedensity.geometry import RayGrid

        rays = RayGrid(np.array(start), np.array(end), rows, columns)
        started = time.perf_counter()
        image = self._tool(rays)
        seconds = time.perf_counter() - started
        if getattr(self._tool, "measures_itself", False):
            seconds = self._tool.seconds
        if save:
            np.save(save, image)
        return {"seconds": seconds}

    def memory(self) -> dict:
        """Peak since the volume was handed over, above what the libraries alone take (MB)."""
        if getattr(self._tool, "measures_itself", False):
            return {"peak_extra_mb": self._tool.peak_mb}
        return {"peak_extra_mb": _memory_mb("VmHWM") - self._base_mb}


def _memory_mb(name: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main()
