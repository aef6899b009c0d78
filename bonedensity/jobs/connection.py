"""One running worker process and the threads that carry its lines: nothing here ever waits for the worker."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO

from bonedensity.jobs.processes import kill_tree, start_with_pipes, terminate_tree
from bonedensity.jobs.protocol import Message, ProtocolError, Shutdown, decode, encode

Lines = deque[str]
"""The last lines of a log."""


class Connection:
    """A worker process, with queues in place of its pipes.

    Args:
        command: The worker's command line.
        environment: Its whole environment.
        log: Takes what the worker writes to standard error.

    Raises:
        OSError: The command cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Lines) -> None:
        self._process = start_with_pipes(command, environment)
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._incoming: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._end = weakref.finalize(self, _end, self._process, self._outgoing)
        for target, arguments in (
            (_write, (self._process.stdin, self._outgoing)),
            (_read, (self._process.stdout, self._incoming, log)),
            (_collect, (self._process.stderr, log)),
        ):
            threading.Thread(target=target, args=arguments, name="bonedensity worker", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id of the worker, which is the id of its group too."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the worker has ended."""
        return self._process.poll() is not None

    def send(self, message: Message) -> None:
        """Queue a message for the worker.

        Raises:
            TypeError: A value that JSON does not know.
        """
        self._outgoing.put(encode(message))

    def receive(self, timeout_s: float) -> Message | None:
        """The next message; None when the worker has ended.

        Raises:
            queue.Empty: Nothing came in time.
        """
        return self._incoming.get(timeout=timeout_s) if timeout_s > 0 else self._incoming.get_nowait()

    def terminate(self) -> None:
        """Have the system ask the worker and its children to end."""
        terminate_tree(self._process)

    def kill(self) -> int:
        """End the worker, if it has not ended, and its children.

        Returns:
            Its exit code; negative: the signal that ended it.
        """
        self._end()
        return self._process.returncode

    def shut_down(self, timeout_s: float) -> None:
        """Let the worker end by itself, then make it."""
        self.send(Shutdown())
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        self.kill()


def _end(process: subprocess.Popen[bytes], outgoing: queue.SimpleQueue[bytes | None]) -> None:
    outgoing.put(None)
    kill_tree(process)
    process.wait()


def _write(pipe: IO[bytes], outgoing: queue.SimpleQueue[bytes | None]) -> None:
    try:
        with pipe:
            while (line := outgoing.get()) is not None:
                pipe.write(line)
                pipe.flush()
    except (OSError, ValueError):  # the worker has ended; the reading thread says so
        pass


def _read(pipe: IO[bytes], incoming: queue.SimpleQueue[Message | None], log: Lines) -> None:
    with pipe:
        for line in pipe:
            try:
                incoming.put(decode(line))
            except ProtocolError:
                log.append(line.decode("utf-8", "replace").rstrip())
    incoming.put(None)


def _collect(pipe: IO[bytes], log: Lines) -> None:
    with pipe:
        for line in pipe:
            log.append(line.decode("utf-8", "replace").rstrip())
