"""The messages between a window and its worker: JSON, one object a line, ASCII only.

To the worker go `Request`, `Pause`, `Cancel` and `Shutdown`; everything else comes from it. Every request is answered
by exactly one of `Result`, `Failed`, `Cancelled` and `Superseded`, after any number of `Progress`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

import numpy as np

from bonedensity.errors import BoneDensityError

FailureKind = Literal["input", "bug"]
"""input: the user can mend it, and the message says how. bug: an error of this program."""


class ProtocolError(BoneDensityError):
    """A line that is no message; `job_id` is the job it names, if it names one."""

    def __init__(self, message: str, job_id: str = "") -> None:
        super().__init__(message)
        self.job_id = job_id


@dataclass(frozen=True, slots=True)
class Message:
    """What one line says; the class attribute `type` is the line's "type"."""

    type: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"type": self.type} | {part.name: getattr(self, part.name) for part in fields(self)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Message:
        """From a JSON object of this type; what it does not know, it leaves.

        Raises:
            ProtocolError: A field is missing or of another kind.
        """
        known = {part.name: values[part.name] for part in fields(cls) if part.name in values}
        job_id = values.get("id")
        named = job_id if isinstance(job_id, str) else ""
        for part in fields(cls):
            if part.name in known and not isinstance(known[part.name], JSON_TYPES[str(part.type)]):
                raise ProtocolError(f"“{part.name}” of a {cls.type} message must be {part.type}.", named)
        try:
            return cls(**known)
        except TypeError as error:
            needed = ", ".join(part.name for part in fields(cls))
            raise ProtocolError(f"A {cls.type} message needs {needed}.", named) from error


JSON_TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "dict[str, Any]": dict,
    "str | None": (str, type(None)),
    "dict[str, Any] | None": (dict, type(None)),
    "FailureKind": str,
}
"""What a field of that annotation may be after JSON."""


@dataclass(frozen=True, slots=True)
class Request(Message):
    """Run a task. A later request with the same `supersedes` overtakes this one: latest request wins."""

    type: ClassVar[str] = "request"
    id: str
    task: str
    parameters: dict[str, Any] = field(default_factory=dict)
    supersedes: str | None = None


@dataclass(frozen=True, slots=True)
class Pause(Message):
    """Let the running job rest (`on`) or go on, at the next point where it could be stopped."""

    type: ClassVar[str] = "pause"
    id: str
    on: bool


@dataclass(frozen=True, slots=True)
class Cancel(Message):
    """Stop a job, or take it out of the queue."""

    type: ClassVar[str] = "cancel"
    id: str


@dataclass(frozen=True, slots=True)
class Shutdown(Message):
    """End the worker, at the next point where the running task can be stopped."""

    type: ClassVar[str] = "shutdown"


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """The worker listens; its process id."""

    type: ClassVar[str] = "ready"
    pid: int


@dataclass(frozen=True, slots=True)
class Progress(Message):
    """A job's finished fraction in [0, 1], a sentence for the user, and what a task may show meanwhile."""

    type: ClassVar[str] = "progress"
    id: str
    fraction: float
    message: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log(Message):
    """A line for the log view; `level` as in `logging` ("INFO", "WARNING")."""

    type: ClassVar[str] = "log"
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class Result(Message):
    """What the task returned."""

    type: ClassVar[str] = "result"
    id: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """The task ended with an error; `message` is shown as it stands. The id is empty where a line named no job."""

    type: ClassVar[str] = "failed"
    id: str
    message: str
    kind: FailureKind = "bug"


@dataclass(frozen=True, slots=True)
class Cancelled(Message):
    """The job was stopped as asked; `partial` is what it had found by then, where that is of use."""

    type: ClassVar[str] = "cancelled"
    id: str
    partial: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Superseded(Message):
    """The job was overtaken by a later one with the same key."""

    type: ClassVar[str] = "superseded"
    id: str


MESSAGES: dict[str, type[Message]] = {
    kind.type: kind
    for kind in (Request, Pause, Cancel, Shutdown, Ready, Progress, Log, Result, Failed, Cancelled, Superseded)
}
"""Message class by its "type"."""


def encode(message: Message) -> bytes:
    """The message as one line, with its end.

    Raises:
        TypeError: A value that JSON does not know.
    """
    return json.dumps(message.to_json(), ensure_ascii=True, default=_plain).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line.

    Raises:
        ProtocolError: The line is no JSON object, of no known type, or lacks a field.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("A line is not JSON.") from error
    if not isinstance(values, dict):
        raise ProtocolError("A line is not a JSON object.")
    kind = MESSAGES.get(str(values.get("type")))
    if kind is None:
        job_id = values.get("id")
        raise ProtocolError(
            f"“{values.get('type')}” is no type of message; there are {', '.join(MESSAGES)}.",
            job_id if isinstance(job_id, str) else "",
        )
    return kind.from_json(values)


def _plain(value: object) -> object:
    """NumPy's scalars and small arrays as numbers and lists."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no JSON value; put arrays into the exchange and send the reference.")
