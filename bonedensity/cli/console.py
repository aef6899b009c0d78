"""What every command shares: one JSON object on standard output, everything else on standard error."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bonedensity.progress import OnProgress, ShouldStop

JsonFlag = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on standard output.")]

PARTLY_DONE = 3
"""Exit status when some of what was asked for could not be made."""

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def answer(values: dict[str, Any], as_json: bool, text: Callable[[], str]) -> None:
    """Print the result, as JSON or as text for people."""
    if as_json:
        sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(text() + "\n")


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """A bar on standard error, silent when that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=1.0)

        def report(fraction: float, message: str) -> None:
            bar.update(task, completed=fraction, description=message)

        yield report


@contextmanager
def stopped_by_ctrl_c() -> Iterator[ShouldStop]:
    """The first Ctrl-C asks a run to end with its checkpoint, the second ends it at once."""
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def this_command() -> str:
    """What the user typed, for a model's card."""
    return " ".join(["bonedensity", *sys.argv[1:]])
