"""The worker with a few more tasks, as badly behaved as tasks can be; started by the tests of `jobs`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bonedensity.jobs.tasks.registry import TASKS, Task
from bonedensity.jobs.worker import main
from bonedensity.progress import stop_if_asked


def secret():
    """A name that stands nowhere in the source, which tracebacks quote."""
    return "akirE^retsuM"[::-1]


def polite(parameters, context):
    """Counts to a number, a step every 10 ms."""
    for step in range(parameters["steps"]):
        stop_if_asked(context.should_stop)
        context.on_progress(step / parameters["steps"], f"step {step}", {"step": step})
        time.sleep(0.01)
    return {"steps": parameters["steps"]}


def stubborn(parameters, context):
    """Has a child, and never looks at `should_stop`."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    context.on_progress(0.5, "stuck", {"child": child.pid})
    time.sleep(600)


def noisy(parameters, context):
    """Prints in every way there is."""
    print("printed by Python")
    os.write(1, b'{"type": "result", "id": "1", "value": {}}\n')
    subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    return {"read": sys.stdin.read()}


def buggy(parameters, context):
    """Raises with data in the text."""
    raise ValueError(f"{secret()} {np.arange(5) + 111 * 10007}")


def unsendable(parameters, context):
    return {"value": object()}


def missing_file(parameters, context):
    Path(f"/nowhere/{secret()}.dcm").read_bytes()


def out_of_memory(parameters, context):
    raise MemoryError


def dies(parameters, context):
    os._exit(3)


TASKS |= {
    "polite": Task(polite, needs=("steps",)),
    "stubborn": Task(stubborn),
    "noisy": Task(noisy),
    "buggy": Task(buggy),
    "unsendable": Task(unsendable),
    "missing_file": Task(missing_file),
    "out_of_memory": Task(out_of_memory),
    "dies": Task(dies),
}

if __name__ == "__main__":
    raise SystemExit(main())
