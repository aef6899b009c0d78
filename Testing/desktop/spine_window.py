"""Steps that several tests of the SpineDXAGen window share."""

from __future__ import annotations

import atexit
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from standins.harness import wait_until

TIMEOUT = 60.0
SCIENCE = Path(__file__).resolve().parents[1] / "science"
DRAWN = runpy.run_path(str(SCIENCE / "chvae_drawings.py"))
block_ct = DRAWN["block_ct"]
WEIGHTS = runpy.run_path(str(SCIENCE / "chvae_weights.py"))
PERSON = DRAWN["PERSON"]


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


@pytest.fixture(scope="session")
def weights(tmp_path_factory: Any) -> Path:
    """Folder of untrained weights."""
    folder: Path = WEIGHTS["write_weights"](tmp_path_factory.mktemp("chvae"))
    return folder


@pytest.fixture
def bare(module_factory: Any, monkeypatch: Any, tmp_path: Path) -> Any:
    """The window without any weights."""
    share_worker(monkeypatch)
    monkeypatch.setattr("bonedensity.learning.weights.SHIPPED", tmp_path / "shipped")
    return module_factory("SpineDXAGen")


@pytest.fixture
def widget(bare: Any, weights: Path) -> Any:
    """The window with untrained weights."""
    tab(bare).session.choose_model(str(weights))
    return bare


@pytest.fixture
def person(widget: Any, file_dialogs: Any, tmp_path: Path) -> Any:
    """The window with a drawn person, abducted."""
    load(widget, file_dialogs, write_drawing(tmp_path))
    return widget


def sweep(widget: Any, count: int = 5, last: float = 70.0) -> None:
    """A sweep of age from 50 years, until it is there."""
    ui, session = page(widget), tab(widget).session
    ui.fromBox.value, ui.toBox.value, ui.framesBox.value = 50.0, last, count
    ui.sweepButton.click()
    wait_until(lambda: session.state.sweep is not None and idle(widget), TIMEOUT)


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
