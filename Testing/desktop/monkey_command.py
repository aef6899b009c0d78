"""The command of a monkey: how long, from which seed, and where the result goes.

It is imported once the stand-ins are installed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import slicer
from monkey import Monkey, Report
from standins import harness

Say = Callable[[str], None]
Make = Callable[[int, Path, Say], Monkey]
"""A window and what is done to it, from a seed, with files in this folder, telling each action."""

Ready = Callable[[Monkey, random.Random], object]
"""Brings the window as far as a first user comes by himself."""

MOST_GROWTH_PERCENT = 10.0
"""Of the window's memory."""

WARM_UP_S, WARM_UP_SHARE = 360.0, 0.2
"""Before memory is looked at first: the shorter of a time and a share of the run."""


def play_and_exit(make: Make, ready: Ready, description: str | None, script: str) -> NoReturn:
    """Parse, play, tell, and end this process: with 1 where anything failed or memory grew."""
    arguments = parsed(description)
    log = None if arguments.log is None else arguments.log.open("w", buffering=1)

    def say(line: str) -> None:
        if line.startswith("FAILURE"):
            print(line, flush=True)
        if log is not None:
            log.write(line + "\n")

    with tempfile.TemporaryDirectory() as folder:
        report = play(make(arguments.seed, Path(folder), say), ready, arguments)
    tell(report, script, arguments.json)
    growth = report.memory.growth_percent()
    slicer.app.processEvents()
    sys.stdout.flush()
    os._exit(int(bool(report.failures) or (growth is not None and growth > MOST_GROWTH_PERCENT)))


def play(monkey: Monkey, ready: Ready, arguments: argparse.Namespace) -> Report:
    """One run."""
    ready(monkey, random.Random(arguments.seed))
    seconds = 60 * arguments.minutes
    warm_up_s = min(WARM_UP_S, WARM_UP_SHARE * seconds)
    report = monkey.run(seconds=seconds, steps=arguments.steps, warm_up_s=warm_up_s)
    harness.unload_module(monkey.widget)
    return report


def tell(report: Report, script: str, target: Path | None) -> None:
    """Print the result, and write it where that was asked for."""
    command = " ".join(["python", f"Testing/desktop/{Path(script).name}", *sys.argv[1:]])
    text = json.dumps({"command": command, **report.to_json()}, indent=1, ensure_ascii=False)
    if target is not None:
        target.write_text(text + "\n", "utf-8")
    print(text)


def parsed(description: str | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--log", type=Path)
    return parser.parse_args()
