"""Processes together with their children, on POSIX and Windows."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def start_with_pipes(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process as the head of its own group, with pipes for all three streams."""
    return subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        **_own_group(),
    )


def terminate_tree(process: subprocess.Popen[bytes]) -> None:
    """Ask a process and its children to end; on Windows, where most cannot be asked, end them."""
    if sys.platform == "win32":
        kill_tree(process)
    else:
        _signal_group(process.pid, signal.SIGTERM)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children now. Children that outlived it are ended too."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
            process.kill()
    else:
        _signal_group(process.pid, signal.SIGKILL)


def end_own_tree() -> None:
    """End this process and its children now; children alone are spared where it is not the head of its group."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(os.getpid())], capture_output=True, check=False)
    elif os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all gone; macOS says so by refusing
        os.killpg(group, number)
