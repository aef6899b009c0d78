"""The worker's queue: requests in order, except that a later one with the same key overtakes an earlier one."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from bonedensity.jobs.outbox import Send
from bonedensity.jobs.protocol import Cancel, Cancelled, Failed, Message, Pause, Request, Shutdown, Superseded


def _set_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass(slots=True)
class Ticket:
    """A request in the queue or at work.

    Attributes:
        request: What was asked.
        stop: Set when it should end.
        going: Cleared while it is paused.
        why: Why it should end; the client's cancel outweighs being overtaken.
    """

    request: Request
    stop: threading.Event = field(default_factory=threading.Event)
    going: threading.Event = field(default_factory=_set_event)
    why: Literal["", "cancelled", "superseded"] = ""

    def end(self, why: Literal["cancelled", "superseded"]) -> None:
        """Ask it to end."""
        if self.why != "cancelled":
            self.why = why
        self.stop.set()
        self.going.set()

    def asked_to_stop(self) -> bool:
        """Whether it should end; a paused job waits in here."""
        self.going.wait()
        return self.stop.is_set()


class Inbox:
    """Takes messages on the reading thread, gives tickets to the working one.

    Args:
        send: Where answers go that need no work.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[Ticket] = deque()
        self._running: Ticket | None = None
        self._closed = False
        self._changed = threading.Condition()

    def accept(self, message: Message) -> None:
        """Take one message from the client; other messages than its four are refused."""
        if isinstance(message, Request):
            self._enqueue(Ticket(message))
        elif isinstance(message, Pause):
            self._pause(message)
        elif isinstance(message, Cancel):
            self._cancel(message.id)
        elif isinstance(message, Shutdown):
            self._close()
        else:
            self._send(Failed("", f"A worker takes no message of type {message.type}.", "input"))

    def next(self) -> Ticket | None:
        """The next request to work on, as soon as there is one; None when the worker should end."""
        with self._changed:
            self._running = None
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _enqueue(self, ticket: Ticket) -> None:
        request = ticket.request
        with self._changed:
            open_tickets = [*self._waiting, *([self._running] if self._running else [])]
            taken = any(other.request.id == request.id for other in open_tickets)
            overtaken = [] if taken or request.supersedes is None else self._overtake(request.supersedes)
            if not taken:
                self._waiting.append(ticket)
                self._changed.notify()
        if taken:
            self._send(Failed("", f"There is already a job “{request.id}”.", "input"))
        for other in overtaken:
            self._send(Superseded(other.request.id))

    def _overtake(self, key: str) -> list[Ticket]:
        """Take out the waiting requests of a key, and ask the running one to end."""
        overtaken = [other for other in self._waiting if other.request.supersedes == key]
        for other in overtaken:
            self._waiting.remove(other)
        if self._running is not None and self._running.request.supersedes == key:
            self._running.end("superseded")
        return overtaken

    def _pause(self, message: Pause) -> None:
        """Only the job at work can rest: one that waits rests already."""
        with self._changed:
            ticket = self._running
            if ticket is None or ticket.request.id != message.id or ticket.stop.is_set():
                return
            if message.on:
                ticket.going.clear()
            else:
                ticket.going.set()

    def _cancel(self, job_id: str) -> None:
        """A job that is not known has just ended: its answer is on the way."""
        with self._changed:
            found = next((ticket for ticket in self._waiting if ticket.request.id == job_id), None)
            if found is not None:
                self._waiting.remove(found)
            if self._running is not None and self._running.request.id == job_id:
                self._running.end("cancelled")
        if found is not None:
            self._send(Cancelled(job_id))

    def _close(self) -> None:
        with self._changed:
            self._closed = True
            if self._running is not None:
                self._running.end("cancelled")
            self._changed.notify()
