"""Fixtures with which tests run a Slicer module's window, see standins/ and standins/harness.py."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path.insert(0, str(HERE))  # for the package `standins`

if importlib.util.find_spec("slicer_core") and importlib.util.find_spec("PySide6"):
    import standins

    standins.install()
else:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def slot_errors() -> Iterator[Any]:
    """Errors raised in slots fail the test, unless it expects them: `with slot_errors.expect(ValueError): …`."""
    from standins import harness

    with harness.watch_slots() as errors:
        yield errors
        harness.slicer.app.processEvents()
    errors.check()


@pytest.fixture
def recorder() -> Any:
    """What the user would have seen or been asked: messages, status, package installs; answers to give."""
    from standins.environment import recorder

    return recorder


@pytest.fixture
def file_dialogs() -> Any:
    """The answers that the file dialogs to come will give, and what was asked."""
    from standins.dialogs import RecordedFileDialog

    return RecordedFileDialog


@pytest.fixture
def slicer_app() -> Iterator[Any]:
    """`slicer.app`, with a closed scene and empty records before and after."""
    from standins import harness

    harness.reset()
    yield harness.slicer.app
    harness.reset()


@pytest.fixture
def scene(slicer_app: Any) -> Any:
    """`slicer.mrmlScene`, closed before and after the test."""
    import slicer

    return slicer.mrmlScene


@pytest.fixture
def module_factory(slicer_app: Any, slot_errors: Any) -> Iterator[Callable[[str | Path], Any]]:
    """Loads a module by name (a folder of the repository) or by the path of its file; returns its widget."""
    from standins import harness

    loaded = []

    def load(which: str | Path) -> Any:
        path = Path(which) if str(which).endswith(".py") else REPOSITORY / which / f"{which}.py"
        loaded.append(harness.load_module(path))
        return loaded[-1]

    yield load
    for widget in reversed(loaded):
        harness.unload_module(widget)


load_module = module_factory
