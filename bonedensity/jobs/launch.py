"""How the worker is started: which Python, and with which environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import bonedensity

DEFAULT_COMMAND = (sys.executable, "-m", "bonedensity.jobs.worker")
"""This Python. Inside Slicer, whose `sys.executable` need not be a Python, give the path of PythonSlicer."""


def worker_environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, with the folder of `bonedensity` on the worker's path.

    Args:
        changes: Further variables, such as CUDA_VISIBLE_DEVICES.
    """
    environment = dict(os.environ)
    folder = Path(bonedensity.__file__).resolve().parents[1]
    if folder.name not in ("site-packages", "dist-packages"):  # those are on the path, and behind the standard library
        before = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{before}{os.pathsep}{folder}" if before else str(folder)
    environment["PYTHONSAFEPATH"] = "1"  # files of the folder that the user works in are no modules
    environment["PYTHONIOENCODING"] = "utf-8:backslashreplace"
    return environment | dict(changes or {})
