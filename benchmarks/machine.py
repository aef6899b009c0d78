"""What a result was measured on, for the file it is written to."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn


def described_machine(script: str, libraries: Iterable[str]) -> dict:
    """Command, processor, load and versions."""
    return {
        "command": " ".join(["python", f"benchmarks/{script}", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "load_at_end": [round(x, 2) for x in os.getloadavg()],
        },
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in libraries}},
    }


def write_json(file: Path, values: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    print(f"\nWritten: {file}")


def tell_and_exit(script: str, libraries: Iterable[str], result: dict, target: Path | None) -> NoReturn:
    """Print what a window was measured to do, write it where asked for, and end at once, whatever Qt still holds."""
    print(json.dumps(result, indent=1))
    if target is not None:
        write_json(target, {**described_machine(script, libraries), **result})
    sys.stdout.flush()
    os._exit(0)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
