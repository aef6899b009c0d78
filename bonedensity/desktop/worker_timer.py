"""The worker process of a window, heard on a timer of the main thread."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import Any

import qt

from bonedensity.jobs import WorkerClient

POLL_MS = 40
"""How often an idle worker is heard."""

BUSY_POLL_MS = 8
"""How often a worker at work is heard: a picture under the mouse must not wait for it."""

BUG = "The window met an error of this program; the data in the scene were kept. Please report what the log says."


def worker_command() -> list[str]:
    """How the worker is started: by PythonSlicer inside Slicer, whose own program is no Python, else by this Python."""
    return [shutil.which("PythonSlicer") or sys.executable, "-m", "bonedensity.jobs.worker"]


class WorkerTimer:
    """Owns a worker client and polls it.

    Args:
        on_restart: Called with one sentence when the worker died and was started again.
        on_state: Called with "stopped", "starting", "ready" or "busy" when that changes.
        on_bug: Called with one sentence when a callback of a job raised; the error itself goes to the log.
        on_heard: Called each time the worker was heard, 25 times a second or more.
        every_ms: How often it is heard.
    """

    def __init__(
        self,
        *,
        on_restart: Callable[[str], None],
        on_state: Callable[[str], None],
        on_bug: Callable[[str], None],
        on_heard: Callable[[], None],
        every_ms: int = POLL_MS,
    ) -> None:
        self.client = WorkerClient(worker_command(), on_restart=on_restart)
        self._on_state = on_state
        self._on_bug = on_bug
        self._on_heard = on_heard
        self._said = ""
        self._polling = False
        self._timer: Any = qt.QTimer()
        self._timer.setInterval(every_ms)
        self._timer.connect("timeout()", self.poll)
        self._timer.start()

    def poll(self) -> None:
        """Hear the worker; a callback that lets the event loop run does not come back in here."""
        if self._polling:
            return
        self._polling = True
        try:
            self.client.poll()
            self._on_heard()
        except Exception:
            self._on_bug(BUG)
            raise
        finally:
            self._polling = False
        if self.client.state != self._said:
            self._said = self.client.state
            self._timer.setInterval(BUSY_POLL_MS if self._said == "busy" else POLL_MS)
            self._on_state(self._said)

    def close(self) -> None:
        """End the worker; a timer that stays connected would keep the whole window alive."""
        self._timer.stop()
        self._timer.disconnect("timeout()", self.poll)
        self.client.close()
