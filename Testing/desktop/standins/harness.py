"""Loads a module as Slicer does, and helps tests to wait, to look and to notice errors in slots."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from . import application
from .dialogs import RecordedFileDialog
from .environment import recorder


class SlotErrors:
    """Errors that no caller saw: those raised in slots, observers and timers."""

    def __init__(self) -> None:
        self.caught: list[BaseException] = []

    def hook(self, kind: type[BaseException], error: BaseException, traceback: Any) -> None:
        self.caught.append(error.with_traceback(traceback))

    def unraisable(self, report: Any) -> None:
        if isinstance(report.exc_value, Exception):
            self.caught.append(report.exc_value)

    @contextmanager
    def expect(self, kind: type[BaseException], match: str = "") -> Iterator[None]:
        """Within the block, exactly such errors may be raised in slots, and one must be."""
        before = len(self.caught)
        yield
        raised = self.caught[before:]
        del self.caught[before:]
        if not raised:
            raise AssertionError(f"no slot raised {kind.__name__}")
        for error in raised:
            if not isinstance(error, kind) or not re.search(match, str(error)):
                raise AssertionError(f"a slot raised {error!r}, not {kind.__name__} matching '{match}'") from error

    def check(self) -> None:
        """Raises the first error that was not expected."""
        if self.caught:
            error, count = self.caught[0], len(self.caught)
            self.caught.clear()
            raise AssertionError(f"{count} unhandled error(s) in slots, the first: {error!r}") from error


@contextmanager
def watch_slots() -> Iterator[SlotErrors]:
    """Collects errors of slots, which Qt prints and forgets."""
    errors = SlotErrors()
    before = sys.excepthook, sys.unraisablehook
    sys.excepthook, sys.unraisablehook = errors.hook, errors.unraisable
    try:
        yield errors
    finally:
        sys.excepthook, sys.unraisablehook = before


def load_module(path: str | Path) -> Any:
    """Imports a module file and makes its module and widget, as Slicer does; returns the widget."""
    path = Path(path).resolve()
    name = path.stem
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # at the end, as Slicer does
    spec = importlib.util.spec_from_file_location(name, path)
    python = importlib.util.module_from_spec(spec)
    sys.modules[name] = python
    spec.loader.exec_module(python)
    module = slicer.qSlicerScriptedLoadableModule()
    module._place(name, str(path))
    module._d["python"] = getattr(python, name)(module)
    setattr(slicer.modules, name.lower(), module)
    setattr(slicer.modules, f"{name}Instance", module._d["python"])
    application.complete_startup(slicer.app)
    return make_widget(python, module)


def make_widget(python: Any, module: Any) -> Any:
    """The module's widget in a parent that has a layout and a scene, set up and entered."""
    name = module.name
    representation = slicer.qSlicerScriptedLoadableModuleWidget()
    representation.setLayout(QtWidgets.QVBoxLayout())
    representation.setMRMLScene(slicer.mrmlScene)
    widget = getattr(python, f"{name}Widget")(representation)
    representation._d["python"] = widget
    representation._d["values"]["moduleName"] = name
    module._d["representation"] = representation
    setattr(slicer.modules, f"{name}Widget", widget)
    widget.setup()
    representation.enter()
    return widget


def unload_module(widget: Any) -> None:
    """Leaves and cleans up, as Slicer does when it closes."""
    name = widget.moduleName
    widget.parent.exit()
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(name)
    widget.parent.hide()
    widget.parent.deleteLater()
    delete_later_now()
    for attribute in (name.lower(), f"{name}Instance", f"{name}Widget"):
        delattr(slicer.modules, attribute)
    slicer.selfTests.pop(name, None)
    sys.modules.pop(name, None)


def delete_later_now() -> None:
    """Deletes what waits for deletion, which only a running event loop would do."""
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
    slicer.app.processEvents()


def reset() -> None:
    """A closed scene, empty records, no testing mode."""
    slicer.mrmlScene.Clear(False)
    recorder.reset()
    RecordedFileDialog.reset()
    application.set_testing(slicer.app, False)
    slicer.app.processEvents()


def wait_until(condition: Callable[[], Any], timeout: float = 10.0) -> Any:
    """Runs the event loop until the condition holds; returns its value, or raises after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {timeout} s: {getattr(condition, '__name__', condition)}")
        QtCore.QCoreApplication.processEvents()
        time.sleep(0.005)
    return result


def screenshot(widget: Any, path: str | Path, size: tuple[int, int] | None = None) -> Path:
    """A picture of a widget (or of a module's widget) as a PNG file."""
    target = widget if isinstance(widget, QtWidgets.QWidget) else widget.parent
    if size is not None:
        target.resize(*size)
    target.show()
    slicer.app.processEvents()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not target.grab().save(str(path)):
        raise OSError(f"could not write {path}")
    return Path(path)
