"""Which sums run: compiled by numba, or numpy where it is missing."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Literal

from bonedensity.drr.projector import resolve_backend

Engine = Literal["auto", "compiled", "numpy"]
"""compiled: numba. numpy: without it, slower, same values to 1e-6. auto: compiled, else numpy (said in the log)."""


def resolved(engine: Engine) -> Engine:
    """The engine that will run.

    Raises:
        MissingDependencyError: The compiled one was asked for, but numba is not installed.
    """
    if engine == "auto":
        return "compiled" if resolve_backend("auto") != "numpy" else "numpy"
    if engine == "compiled":
        resolve_backend("fast")
    return engine


@cache
def part(engine: Engine, name: str) -> ModuleType:
    """One module of an engine: "sums", "windows" or "histogram"."""
    return import_module(
        f"bonedensity.registration.similarity.{'compiled' if engine == 'compiled' else 'plain'}_{name}"
    )
