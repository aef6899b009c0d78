"""The other end of `worker.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.geometry import RayGrid
from peers import TOOLS


class ToolError(Exception):
    """A tool cannot run; the text says why."""


class ToolProcess:
    """One tool, started; its libraries are imported.

    Raises:
        ToolError: It cannot be imported.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "worker.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1,
        )  # fmt: skip
        try:
            self.import_seconds = self.ask("load", tool=name)["process_seconds"]
        except ToolError:
            self.close()
            raise

    def prepare(self, volume: Path, affine: np.ndarray) -> float:
        """Hand a volume over; seconds."""
        answer = self.ask("prepare", volume=str(volume), affine=affine.tolist(), options=TOOLS[self.name].options)
        return answer["seconds"]

    def render(self, rays: RayGrid, save: Path | None = None) -> float:
        """One DRR; seconds."""
        answer = self.ask(
            "render", start=rays.start.tolist(), end=rays.end.tolist(), rows=rays.rows, columns=rays.columns,
            save=str(save) if save else None,
        )  # fmt: skip
        return answer["seconds"]

    def ask(self, what: str, **values: Any) -> dict:
        """Send one request and wait."""
        try:
            self._process.stdin.write(json.dumps({"do": what, **values}) + "\n")
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise ToolError(f"its process ended (code {self._process.poll()}); memory?")
        answer = json.loads(line)
        if "error" in answer:
            raise ToolError(answer["error"])
        return answer

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
