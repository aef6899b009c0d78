"""Whether packages work: imported in a process of their own, where a broken one can do no harm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

SECONDS = 180
"""PyTorch on a cold disk takes a minute."""

HEARD_S = 0.03
"""How long the window stands still at most."""

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
    """Name of each package that cannot be imported in a fresh process, and why; the window goes on meanwhile.

    Args:
        names: As they are imported.
    """
    python = shutil.which("PythonSlicer") or sys.executable
    try:
        said = _output([python, "-c", PROGRAM, json.dumps(list(names))])
        found: dict[str, str] = json.loads(said.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return dict.fromkeys(names, f"no answer within {SECONDS} s")
    except (OSError, ValueError, IndexError):
        return dict.fromkeys(names, "the process that tried it ended without an answer")
    return found


def _output(command: Sequence[str]) -> str:
    """What a program printed; while it runs the window is drawn and hears its worker, and takes no clicks.

    Raises:
        subprocess.TimeoutExpired: It took longer than `SECONDS`.
    """
    end = time.monotonic() + SECONDS
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while True:
            try:
                return process.communicate(timeout=HEARD_S)[0]
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    process.kill()
                    raise
            _let_the_window_go_on()


def _let_the_window_go_on() -> None:
    import qt
    import slicer

    slicer.app.processEvents(qt.QEventLoop.ExcludeUserInputEvents)
