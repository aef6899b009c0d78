"""The worker's answers, one line at a time, from whichever thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from bonedensity.jobs.protocol import Log, Message, Progress, encode

PROGRESS_EVERY_S = 0.05
"""Progress faster than this is left out: no eye follows it."""

Send = Callable[[Message], None]
"""Sends one answer."""


class Outbox:
    """Writes messages to the client.

    Args:
        stream: The line to the client; nothing else may write to it.
        on_broken: Called when nobody reads any more.
    """

    def __init__(self, stream: BinaryIO, on_broken: Callable[[], None]) -> None:
        self._stream = stream
        self._on_broken = on_broken
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Write one line.

        Raises:
            TypeError: A value that JSON does not know; nothing was written.
        """
        line = encode(message)
        try:
            with self._lock:
                self._stream.write(line)
                self._stream.flush()
        except (OSError, ValueError):
            self._on_broken()


class ProgressReporter:
    """A task's progress, as often as an eye can follow; the fraction never goes back.

    Args:
        job_id: Whose progress.
        send: Where to.
    """

    def __init__(self, job_id: str, send: Send) -> None:
        self._job_id = job_id
        self._send = send
        self._last = -PROGRESS_EVERY_S
        self._fraction = 0.0

    def __call__(self, fraction: float, message: str, data: dict[str, Any] | None = None) -> None:
        """Report the finished fraction in [0, 1], a sentence, and data to be shown meanwhile."""
        self._fraction = max(self._fraction, min(1.0, float(fraction)))
        now = time.monotonic()
        if now - self._last < PROGRESS_EVERY_S and self._fraction < 1.0:
            return
        self._last = now
        self._send(Progress(self._job_id, self._fraction, message, data or {}))


class LogSender(logging.Handler):
    """Log records of this package as messages, without tracebacks.

    Args:
        send: Where to.
    """

    def __init__(self, send: Send) -> None:
        super().__init__(logging.INFO)
        self._send_message = send

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            self._send_message(Log(record.levelname, record.getMessage()))
        except Exception:
            self.handleError(record)
