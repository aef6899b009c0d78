"""A driver that does random things to a module's window, from a seed, and says what broke.

What it can do is in `monkey_widgets.py` (every named widget) and `monkey_scene.py` (scene, files, views); a window adds
deeds and checks of its own, see `monkey_bmdestimator.py`:

    monkey = Monkey(open_module, [*widget_deeds(), *scene_deeds(), …], seed=1, files=…, sessions=…, check=…)
    report = monkey.run(seconds=60)

A step's random choices come from the seed and the step's number alone, so a failing step can be found again; how far
the worker has come by then differs from run to run.
"""

from __future__ import annotations

import contextlib
import random
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import slicer
from monkey_files import FilePool
from monkey_report import Report
from PySide6 import QtCore
from standins import harness
from standins.dialogs import RecordedFileDialog
from standins.environment import recorder

NO_NEWS = "propagateSizeHints"
"""What Qt's offscreen screen says of each window."""

RECENT = 25
"""Actions that are told with a failure."""

PATIENCE_S = 120.0
"""A job that has not ended by then hangs."""

LASTING = ("vtkMRMLVolumeNode", "vtkMRMLSegmentationNode", "vtkMRMLTableNode")
"""Nodes that only their user may take out of the scene."""


@dataclass(frozen=True)
class Deed:
    """Something that the monkey can do.

    Attributes:
        name: As it is counted.
        weight: How often, beside the others.
        do: Does it; returns what was done, or "" where it was not possible.
        removes: Nodes of the scene may go.
    """

    name: str
    weight: float
    do: Callable[[Monkey, random.Random], str]
    removes: bool = False


class Monkey:
    """Drives one window.

    Args:
        open_module: Loads the module and returns its widget, ready.
        deeds: What it can do.
        seed: Of all random choices.
        files: Answers file dialogs.
        sessions: Gives a widget's sessions, whose failures are heard.
        check: Says what is wrong with the window as it stands.
        say: Called with one line per action.

    Attributes:
        widget: The module's widget as it is now; reloading makes a new one.
    """

    def __init__(
        self,
        open_module: Callable[[], Any],
        deeds: Sequence[Deed],
        *,
        seed: int,
        files: FilePool,
        sessions: Callable[[Any], Sequence[Any]],
        check: Callable[[Monkey], Sequence[str]] = lambda monkey: (),
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._open, self._deeds, self._seed = open_module, list(deeds), seed
        self._sessions, self._check, self._say = sessions, check, say
        self.files = files
        self.report = Report(seed)
        self.recent: deque[str] = deque(maxlen=RECENT)
        self.widget: Any = None
        QtCore.qInstallMessageHandler(print_news)
        self.open()

    def run(
        self, *, seconds: float, steps: int | None = None, warm_up_s: float = 0.0, look_every_s: float = 300
    ) -> Report:
        """Do things for so long, or so many; memory is looked at after the warm-up, now and then, and at the end."""
        began = time.monotonic()
        look_at = warm_up_s
        with harness.watch_slots() as errors, self.files.answering():
            for step in range(steps or 10**9):
                passed = time.monotonic() - began
                if passed > seconds:
                    break
                if passed >= look_at:
                    self._look(passed)
                    look_at = passed + look_every_s
                self._step(step, errors)
            self._settle()
            self._look(time.monotonic() - began)
            self._collect(errors, self.report.steps)
        self.report.seconds = time.monotonic() - began
        return self.report

    def open(self) -> None:
        """Load the module."""
        self.widget = self._open()
        for session in self._sessions(self.widget):
            desk = session.desk
            desk.failed.connect(lambda sentence, desk=desk: self._heard(desk, sentence))

    def reopen(self, forget: Callable[[str], bool]) -> None:
        """Reload the module and what it imported (modules for whose name `forget` is true), as Reload does."""
        harness.unload_module(self.widget)
        for name in [name for name in sys.modules if forget(name)]:
            del sys.modules[name]
        self.open()

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return any(session.desk.title for session in self._sessions(self.widget))

    def wait(self, seconds: float = PATIENCE_S) -> bool:
        """Let the window go on until no job runs; False where that takes too long."""
        for session in self._sessions(self.widget):
            session.desk.pause(False)
        with contextlib.suppress(TimeoutError):
            harness.wait_until(lambda: not self.busy, seconds)
            return True
        return False

    def _step(self, step: int, errors: harness.SlotErrors) -> None:
        rng = random.Random(f"{self._seed}/{step}")
        deed = rng.choices(self._deeds, [each.weight for each in self._deeds])[0]
        recorder.answers[:] = [rng.random() < 0.8 for _ in range(3)]
        before = None if deed.removes else lasting_nodes()
        began = time.monotonic()
        what = self._try(deed, rng, step)
        lasted = time.monotonic() - began
        if what:
            self._count(deed, what, step, lasted)
        self._pause(rng)
        self._collect(errors, step)
        if before is not None and (lost := before - lasting_nodes()):
            self._failed("lost nodes", f"left the scene: {sorted(lost)}", step)
        for sentence in self._check(self):
            self._failed(sentence, sentence, step)
        recorder.reset()
        RecordedFileDialog.asked.clear()
        self.report.steps = step + 1

    def _try(self, deed: Deed, rng: random.Random, step: int) -> str:
        try:
            return deed.do(self, rng)
        except Exception as error:
            self.recent.append(f"{step} {deed.name}: raised")
            self._raised(error, step)
            return "raised"

    def _count(self, deed: Deed, what: str, step: int, lasted: float) -> None:
        line = f"{step} {deed.name}: {what}"
        self.recent.append(line)
        self._say(f"{line} ({1000 * lasted:.0f} ms)")
        self.report.done[deed.name] += 1
        if not deed.removes:
            self.report.slowest = max(self.report.slowest, (lasted, line))

    def _pause(self, rng: random.Random) -> None:
        """A person waits now and then; mostly the next action comes at once."""
        chance = rng.random()
        if chance < 0.03:
            self._settle()
            return
        end = time.monotonic() + (0.0 if chance < 0.6 else rng.uniform(0.0, 0.08) if chance < 0.9 else 0.4)
        QtCore.QCoreApplication.processEvents()
        while time.monotonic() < end:
            QtCore.QCoreApplication.processEvents()
            time.sleep(0.004)

    def _settle(self) -> None:
        if not self.wait():
            titles = [session.desk.title for session in self._sessions(self.widget)]
            self._failed(f"never ended: {titles}", f"after {PATIENCE_S:.0f} s: {titles}", self.report.steps)
            for session in self._sessions(self.widget):
                session.cancel()

    def _look(self, passed: float) -> None:
        """Memory with an empty scene and nothing under way, so that looks can be compared."""
        self._settle()
        slicer.mrmlScene.Clear(False)
        harness.wait_until(lambda: True, 1.0)
        self._settle()
        harness.delete_later_now()
        worker = getattr(getattr(self.widget, "window", None), "worker", None)
        self.report.memory.look(passed, None if worker is None else worker.client.pid)

    def _collect(self, errors: harness.SlotErrors, step: int) -> None:
        for error in errors.caught:
            self._raised(error, step)
        errors.caught.clear()

    def _heard(self, desk: Any, sentence: str) -> None:
        if getattr(desk.error, "kind", "input") == "bug":
            self._failed(sentence, sentence, self.report.steps)
        elif "Traceback" in sentence or not sentence.strip():
            self._failed("no sentence", sentence, self.report.steps)

    def _raised(self, error: BaseException, step: int) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
        self._failed(f"{type(error).__name__} at {where}", "".join(traceback.format_exception(error)), step)

    def _failed(self, kind: str, text: str, step: int) -> None:
        if kind not in self.report.failures:
            self._say(f"FAILURE at seed {self._seed}, step {step}: {text}")
        self.report.fail(kind, text, step, self.recent)


def print_news(kind: Any, context: Any, text: str) -> None:
    """What Qt warns of goes to standard error."""
    if NO_NEWS not in text:
        print(f"Qt: {text}", file=sys.stderr)


def lasting_nodes() -> set[str]:
    """Those nodes of the scene that are saved with it."""
    return set(each_lasting())


def each_lasting() -> Iterator[str]:
    scene = slicer.mrmlScene
    for kind in LASTING:
        for index in range(scene.GetNumberOfNodesByClass(kind)):
            node = scene.GetNthNodeByClass(index, kind)
            if node.GetSaveWithScene() and not node.GetHideFromEditors():
                yield node.GetID()
