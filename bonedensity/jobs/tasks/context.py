"""What every task is handed: the data exchange, the worker's memory, progress, and the wish to stop."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bonedensity.errors import CancelledError
from bonedensity.jobs.exchange import Exchange, Reference
from bonedensity.jobs.packing import Packable
from bonedensity.progress import ShouldStop

DATA_KEPT = 8
"""Volumes, segmentations and radiographs that stay in the worker's memory."""

PROJECTORS_KEPT = 3
"""Prepared projectors that stay: each is a copy of its volume as float32."""

BONES_KEPT = 12
"""Prepared projectors of single bones that stay: small, since each is cropped to its bone."""

T = TypeVar("T")


class TaskProgress(Protocol):
    """A `progress.OnProgress` that can carry data to be shown meanwhile."""

    def __call__(self, fraction: float, message: str, data: dict[str, Any] | None = None) -> None:
        """Report the finished fraction in [0, 1] and a sentence."""


class StoppedEarlyError(CancelledError):
    """The task was asked to stop, and `partial` is what it had by then."""

    def __init__(self, partial: dict[str, Any]) -> None:
        super().__init__("Cancelled: this is the state at that moment.")
        self.partial = partial


class Memory:
    """The things used last, up to a number.

    Args:
        size: How many are kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of a key, made where it is not there."""
        if key not in self._entries:
            self._entries[key] = make()
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
        self._entries.move_to_end(key)
        value: T = self._entries[key]
        return value


@dataclass(frozen=True, slots=True)
class Cache:
    """What the worker remembers between jobs."""

    data: Memory = field(default_factory=lambda: Memory(DATA_KEPT))
    projectors: Memory = field(default_factory=lambda: Memory(PROJECTORS_KEPT))
    bones: Memory = field(default_factory=lambda: Memory(BONES_KEPT))

    def clear(self) -> None:
        """Forget everything, when memory is short."""
        self.data.clear()
        self.projectors.clear()
        self.bones.clear()


@dataclass(frozen=True, slots=True)
class TaskContext:
    """The world of one run of a task.

    Attributes:
        exchange: For references; `load` reads through the cache.
        on_progress: Fraction, sentence and optional data.
        should_stop: Whether the job was cancelled or overtaken; `progress.stop_if_asked` raises on it.
        cache: Lives as long as the worker.
    """

    exchange: Exchange
    on_progress: TaskProgress
    should_stop: ShouldStop
    cache: Cache

    def load(self, reference: object, expected: type[T]) -> T:
        """The object of a reference, from memory where it was used lately.

        Raises:
            BadReferenceError: No reference, or to another kind of object.
        """
        return self.cache.data.get((key_of(reference), expected), lambda: self.exchange.get(reference, expected))

    def hand_over(self, value: Packable) -> Reference:
        """Put an object that later jobs will use into the exchange, and keep it in memory."""
        reference = self.exchange.put(value)
        self.cache.data.get((key_of(reference), type(value)), lambda: value)
        return reference


def key_of(reference: object) -> str:
    """Text that is equal for equal references."""
    return json.dumps(reference, sort_keys=True)
