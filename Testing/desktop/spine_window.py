"""Steps that several tests of the SpineDXAGen window share."""

from __future__ import annotations

import atexit
import runpy
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from standins.harness import wait_until

TIMEOUT = 60.0
SCIENCE = Path(__file__).resolve().parents[1] / "science"
DRAWN = runpy.run_path(str(SCIENCE / "chvae_drawings.py"))
block_ct = DRAWN["block_ct"]
WEIGHTS = runpy.run_path(str(SCIENCE / "chvae_weights.py"))
PERSON = {
    "sex": 0.0, "age": 60.0, "standing_height": 165.0, "weight": 70.0,
    "l1_l4_width": 4.3, "l1_l4_height": 13.7, "l1_l4_area": 58.0,
}  # fmt: skip


_shared: list[Any] = []


def share_worker(monkeypatch: Any) -> None:
    """Let all windows of a run use one worker process: each of its own would import torch anew."""
    from bonedensity.desktop import worker_timer
    from bonedensity.jobs import WorkerClient

    class Shared(WorkerClient):
        def close(self) -> None:
            for job in list(self._jobs):
                self.cancel(job)
            self._jobs.clear()

    def client(command: Any, *, on_restart: Any) -> Any:
        if not _shared:
            _shared.append(Shared(command, {"OMP_NUM_THREADS": "1"}))
            atexit.register(lambda: WorkerClient.close(_shared[0]))
        _shared[0].on_restart = on_restart
        return _shared[0]

    monkeypatch.setattr(worker_timer, "WorkerClient", client)


def tab(widget: Any) -> Any:
    return widget.window.counterfactual


def page(widget: Any) -> Any:
    return widget.window.pages[0]


def idle(widget: Any) -> bool:
    return not tab(widget).session.desk.title


def settled(widget: Any) -> bool:
    """Everything is read off the counterfactual, and nothing is on its way."""
    session = tab(widget).session
    answer = session.state.answer
    same = answer is not None and answer.full and dict(answer.do) == session.state.do
    return bool(same and not session.desk.title and not session.desk.picturing)


def rest(widget: Any) -> None:
    wait_until(lambda: settled(widget), TIMEOUT)


def write_drawing(folder: Path, seed: int = 1) -> Path:
    """A drawn spine as a PNG file."""
    path = folder / f"dxa{seed}.png"
    Image.fromarray(DRAWN["draw_spine"](PERSON, seed)).save(path)
    return path


def load(widget: Any, file_dialogs: Any, path: Path) -> None:
    """Open a file and fill the form."""
    file_dialogs.answers.append(str(path))
    page(widget).dxaFileButton.click()
    wait_until(lambda: idle(widget) and tab(widget).session.state.dxa is not None, TIMEOUT)
    type_person(widget)
    rest(widget)


def type_person(widget: Any, values: dict[str, float] | None = None) -> None:
    for name, value in (values or PERSON).items():
        field = tab(widget).person.form.fields[name]
        if name == "sex":
            field.setCurrentIndex(1 + int(value))
        else:
            field.setValue(value)


def greys(node: Any) -> np.ndarray:
    import slicer

    return np.array(slicer.util.arrayFromVolume(node))[0]
