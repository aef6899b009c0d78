"""Whether the worker answers, and what it runs on."""

from __future__ import annotations

import os
import platform
from typing import Any

from bonedensity import __version__
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters


def ping(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Process id, versions and processors of the worker; `echo` comes back."""
    return {
        "pid": os.getpid(),
        "version": __version__,
        "python": platform.python_version(),
        "processors": os.cpu_count() or 1,
        "echo": parameters.get("echo"),
    }
