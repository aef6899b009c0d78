"""The worker process: `python -m bonedensity.jobs.worker --exchange FOLDER`.

One thread reads requests, the main thread works on them one at a time. When the client's end of the line closes, the
client is gone: the worker then removes the data it left and ends at once, with its children.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, BinaryIO

from bonedensity.errors import BoneDensityError, CancelledError
from bonedensity.jobs.exchange import Exchange
from bonedensity.jobs.inbox import Inbox, Ticket
from bonedensity.jobs.outbox import LogSender, Outbox, ProgressReporter
from bonedensity.jobs.processes import end_own_tree
from bonedensity.jobs.protocol import (
    Cancelled,
    Failed,
    Message,
    ProtocolError,
    Ready,
    Result,
    Shutdown,
    Superseded,
    decode,
)
from bonedensity.jobs.tasks.context import Cache, StoppedEarlyError, TaskContext
from bonedensity.jobs.tasks.registry import run_task

LONGEST_SAID = 200
"""Characters of an unexpected error's text that go into the log."""

SPEAK_OF_CODE = (TypeError, AttributeError, NameError, ImportError, IndexError, ZeroDivisionError)
"""Errors whose text names code and not data; of others the log gives the place alone."""

MEND_MEMORY = "close other programs, or crop the CT or use a coarser one."


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one client until it says `shutdown`."""
    parser = argparse.ArgumentParser(prog="bonedensity.jobs.worker", description="Computes for a BoneDensity window.")
    parser.add_argument("--exchange", required=True, help="folder through which arrays travel")
    exchange = Exchange(parser.parse_args(arguments).exchange)
    faulthandler.enable(file=2)  # where native code crashed goes into the log
    source, sink = _private_streams()
    abandon = partial(_abandon, exchange)
    outbox = Outbox(sink, abandon)
    logging.getLogger("bonedensity").addHandler(LogSender(outbox.send))
    inbox = Inbox(outbox.send)
    outbox.send(Ready(os.getpid()))
    threading.Thread(target=_listen, args=(source, inbox, outbox, abandon), name="requests", daemon=True).start()
    cache = Cache()
    while (ticket := inbox.next()) is not None:
        serve(ticket, exchange, cache, outbox)
    return 0


def serve(ticket: Ticket, exchange: Exchange, cache: Cache, outbox: Outbox) -> None:
    """Run one request and say how it ended; progress goes out meanwhile."""
    request = ticket.request
    context = TaskContext(exchange, ProgressReporter(request.id, outbox.send), ticket.asked_to_stop, cache)
    try:
        value = run_task(request.task, request.parameters, context)
        outbox.send(Cancelled(request.id, value) if ticket.why == "cancelled" else Result(request.id, value))
    except StoppedEarlyError as stopped:
        outbox.send(_stopped(ticket, stopped.partial))
    except CancelledError:
        outbox.send(_stopped(ticket, None))
    except BoneDensityError as error:
        outbox.send(Failed(request.id, str(error), "input"))
    except MemoryError:
        cache.clear()
        outbox.send(Failed(request.id, f"There is not enough memory for “{request.task}”: {MEND_MEMORY}", "input"))
    except Exception as error:
        outbox.send(_bug(request.id, request.task, error))


def _stopped(ticket: Ticket, value: dict[str, Any] | None) -> Message:
    return Superseded(ticket.request.id) if ticket.why == "superseded" else Cancelled(ticket.request.id, value)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the line; whatever libraries print goes to standard error from now on, and they read nothing."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def _listen(source: BinaryIO, inbox: Inbox, outbox: Outbox, abandon: Callable[[], None]) -> None:
    for line in source:
        try:
            message = decode(line)
            inbox.accept(message)
        except ProtocolError as error:
            outbox.send(Failed(error.job_id, str(error), "input"))
            continue
        if isinstance(message, Shutdown):
            return
    abandon()


def _abandon(exchange: Exchange) -> None:
    """Nobody listens any more: leave no data and no process behind."""
    try:
        exchange.remove()
    finally:
        end_own_tree()


def _bug(job_id: str, task: str, error: Exception) -> Failed:
    """One sentence for the user, and for the log where it happened, without any data."""
    frames = traceback.extract_tb(error.__traceback__)
    sys.stderr.write("".join(traceback.format_list(frames)) + f"{type(error).__name__}: {_harmless_text(error)}\n")
    sys.stderr.flush()
    where = f"{os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}"
    return Failed(
        job_id,
        f"The task “{task}” met an error of this program ({type(error).__name__} in {where}); nothing was changed. "
        "Please report it together with the log.",
        "bug",
    )


def _harmless_text(error: Exception) -> str:
    """What an error says, where that cannot be a path, a patient's name or an image's numbers."""
    if isinstance(error, OSError):
        return error.strerror or ""
    return str(error)[:LONGEST_SAID] if isinstance(error, SPEAK_OF_CODE) else "(its text may hold data and is left out)"


def _exit_at_once(code: int) -> None:
    """Without waiting for the thread that reads: nothing of the worker's needs to be put in order."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _exit_at_once(main())
