"""Work shared out among processes, no further ahead than they soon get to."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from typing import Any, TypeVar

from bonedensity.errors import GeometryError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""Items handed out per process: enough to keep it busy, few enough that a generator is not drained."""

Sorted = tuple[set[Any], set[Any]]
"""Futures that are done, and the others."""


def by_processes(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """What comes of each item, as it comes; with one worker in this process and in order.

    What the function or the items raise ends it all, once those under way are done.

    Args:
        function: Of a module, as it is sent to the processes.
        items: Drawn as they are needed.
        workers: Processes; they share the cores.

    Raises:
        GeometryError: Fewer than one worker.
    """
    if workers < 1:
        raise GeometryError(f"{workers} workers cannot make anything; give 1 or more.")
    return map(function, items) if workers == 1 else _pooled(function, items, workers)


def in_turn(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    submit: Callable[..., Any],
    ahead: int,
    first: Callable[[set[Any]], Sorted],
) -> Iterator[Result]:
    """What comes of each item, some of them under way at a time.

    Args:
        function: To be done.
        items: Drawn as they are needed.
        submit: Takes function and item, gives a future.
        ahead: How many are under way.
        first: Waits until one of some futures is done.
    """
    waiting: set[Any] = set()
    try:
        for item in items:
            waiting.add(submit(function, item))
            while len(waiting) >= ahead:
                done, waiting = first(waiting)
                yield from (future.result() for future in done)
        while waiting:
            done, waiting = first(waiting)
            yield from (future.result() for future in done)
    finally:
        for future in waiting:
            future.cancel()


def _pooled(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    fresh, threads = multiprocessing.get_context("spawn"), max(1, (os.cpu_count() or 1) // workers)
    with ProcessPoolExecutor(workers, mp_context=fresh, initializer=_take_threads, initargs=(threads,)) as pool:
        yield from in_turn(function, items, pool.submit, AHEAD * workers, _first)


def _first(waiting: set[Any]) -> Sorted:
    done, rest = wait(waiting, return_when=FIRST_COMPLETED)
    return done, rest


def _take_threads(count: int) -> None:
    """Before numba and torch are loaded, which read these; else every process would take all cores."""
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, str(count))
