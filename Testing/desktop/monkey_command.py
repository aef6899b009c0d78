"""The command of a monkey: how long, from which seed, and where the result goes."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monkey import Report

Say = Callable[[str], None]
Play = Callable[[argparse.Namespace, Path, Say], "Report"]
"""One run with these options in this folder, telling each action."""

MOST_GROWTH_PERCENT = 10.0
"""Of the window's memory."""


def run_command(play: Play, description: str | None, script: str) -> int:
    """Parse, play, tell; 1 where anything failed or memory grew."""
    arguments = parsed(description)
    log = None if arguments.log is None else arguments.log.open("w", buffering=1)

    def say(line: str) -> None:
        if line.startswith("FAILURE"):
            print(line, flush=True)
        if log is not None:
            log.write(line + "\n")

    with tempfile.TemporaryDirectory() as folder:
        report = play(arguments, Path(folder), say)
    result = {"command": " ".join(["python", f"Testing/desktop/{script}", *sys.argv[1:]]), **report.to_json()}
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n", "utf-8")
    print(text)
    growth = report.memory.growth_percent()
    return int(bool(report.failures) or (growth is not None and growth > MOST_GROWTH_PERCENT))


def parsed(description: str | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--log", type=Path)
    return parser.parse_args()
