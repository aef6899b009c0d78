"""Whether packages work: imported in a process of their own, where a broken one can do no harm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence

SECONDS = 180
"""PyTorch on a cold disk takes a minute."""

PROGRAM = """
import importlib, json, sys
broken = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except BaseException as error:
        broken[name] = f"{type(error).__name__}: {error}"[:200]
print("\\n" + json.dumps(broken))
"""


def broken_packages(names: Sequence[str]) -> dict[str, str]:
    """Name of each package that cannot be imported in a fresh process, and why.

    Args:
        names: As they are imported.
    """
    python = shutil.which("PythonSlicer") or sys.executable
    try:
        done = subprocess.run(
            [python, "-c", PROGRAM, json.dumps(list(names))],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        found: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return dict.fromkeys(names, f"no answer within {SECONDS} s")
    except (OSError, ValueError, IndexError):
        return dict.fromkeys(names, "the process that tried it ended without an answer")
    return found
