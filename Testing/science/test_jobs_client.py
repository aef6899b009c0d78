"""The window's side of the worker: callbacks in order, cancelling that always works, restarts, nothing left over."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bonedensity.jobs import JobError, WorkerClient
from bonedensity.jobs.launch import worker_environment

TEST_WORKER = Path(__file__).with_name("jobs_test_worker.py")

COMMAND = [sys.executable, str(TEST_WORKER)]

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")


class Heard:
    """Collects the callbacks of jobs."""

    def __init__(self):
        self.events = []
        self.threads = set()

    def callbacks(self, name=""):
        return {
            "on_progress": lambda fraction, message, data: self._hear("progress", name, (fraction, message, data)),
            "on_result": lambda value: self._hear("result", name, value),
            "on_error": lambda error: self._hear("error", name, error),
        }

    def _hear(self, kind, name, what):
        self.events.append((kind, name, what))
        self.threads.add(threading.get_ident())

    def of(self, kind):
        return [(name, what) for heard, name, what in self.events if heard == kind]


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def restarts():
    return []


@pytest.fixture
def client(restarts):
    with WorkerClient(COMMAND, grace_s=0.3, on_restart=restarts.append) as made:
        yield made


def poll_until(client, condition, timeout_s=15):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, client.log
        client.poll()
        time.sleep(0.01)


def alive(pid):
    """Whether the process runs; one that has ended and waits for its parent's notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_soon(pid, seconds=5.0):
    """Whether a process that was killed is gone; the kernel takes a moment for one that is not our own child."""
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not alive(pid)


def zombies():
    listed = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "stat="], capture_output=True, text=True)
    return [line for line in listed.stdout.split() if line.startswith("Z")]


def test_the_state_goes_from_stopped_to_ready_to_busy(client):
    assert client.state == "stopped"
    client.start()
    assert client.state == "starting"
    poll_until(client, lambda: client.state == "ready")
    job = client.submit("polite", {"steps": 5})
    assert client.state == "busy"
    client.wait(job, 10)
    assert client.state == "ready"


def test_progress_comes_in_order_before_the_result_and_on_the_calling_thread(client, heard):
    client.wait(client.submit("polite", {"steps": 40}, **heard.callbacks()), 10)
    fractions = [what[0] for _, what in heard.of("progress")]
    assert len(fractions) >= 3
    assert fractions == sorted(fractions)
    assert heard.of("progress")[0][1] == (0.0, "step 0", {"step": 0})
    assert heard.events[-1] == ("result", "", {"steps": 40})
    assert heard.threads == {threading.get_ident()}


def test_nothing_is_called_but_in_poll(client, heard):
    client.submit("ping", **heard.callbacks())
    time.sleep(1.0)
    assert heard.events == []
    poll_until(client, lambda: heard.events)


def test_a_cancelled_job_ends_with_one_error_and_never_a_result(client, heard):
    job = client.submit("polite", {"steps": 5000}, **heard.callbacks())
    poll_until(client, lambda: heard.events)
    worker = client.pid
    client.cancel(job)
    client.cancel(job)
    with pytest.raises(JobError, match="Cancelled") as cancelled:
        client.wait(job, 5)
    assert cancelled.value.kind == "cancelled"
    assert [kind for kind, _, _ in heard.events].count("error") == 1
    assert heard.of("result") == []
    assert client.pid == worker


def test_cancelling_a_job_that_has_just_finished_gives_no_result(client, heard):
    client.run("ping")
    job = client.submit("ping", **heard.callbacks())
    time.sleep(0.3)  # it has ended, but nobody has heard of it
    client.cancel(job)
    poll_until(client, lambda: heard.events)
    assert heard.events[0][2].kind == "cancelled"
    assert heard.events[0][2].partial["python"]


@POSIX
def test_a_job_that_will_not_stop_is_ended_with_its_children_and_the_worker_starts_again(client, heard, restarts):
    job = client.submit("stubborn", **heard.callbacks("stubborn"))
    waiting = client.submit("ping", title="the ping", **heard.callbacks("waiting"))
    poll_until(client, lambda: heard.of("progress"))
    worker, child = client.pid, heard.of("progress")[0][1][2]["child"]
    client.cancel(job)
    started = time.monotonic()
    poll_until(client, lambda: len(heard.of("error")) == 2)
    assert time.monotonic() - started < 3
    errors = dict(heard.of("error"))
    assert errors["stubborn"].kind == "cancelled"
    assert errors["waiting"].kind == "stopped"
    assert "in the middle of the ping" in str(errors["waiting"])
    assert restarts == ["The worker process was ended to cancel “stubborn”; it was started again."]
    assert not alive(worker)
    assert not alive(child)
    assert client.run("ping", timeout_s=10)["pid"] == client.pid != worker
    with pytest.raises(JobError):
        client.wait(waiting)
    assert zombies() == []


def test_cancelling_a_waiting_job_does_not_end_the_one_that_runs(client, heard):
    running = client.submit("polite", {"steps": 100})
    waiting = client.submit("polite", {"steps": 1}, **heard.callbacks())
    client.cancel(waiting)
    with pytest.raises(JobError, match="Cancelled"):
        client.wait(waiting, 5)
    assert client.wait(running, 10) == {"steps": 100}


@POSIX
def test_a_killed_worker_is_said_and_started_again(client, heard, restarts):
    client.submit("polite", {"steps": 5000}, title="the registration", **heard.callbacks("first"))
    client.submit("ping", **heard.callbacks("second"))
    poll_until(client, lambda: heard.events)
    os.kill(client.pid, signal.SIGKILL)
    poll_until(client, lambda: len(heard.of("error")) == 2)
    assert [(name, error.kind, str(error)) for name, error in heard.of("error")] == [
        (
            "first",
            "stopped",
            "The worker process stopped (signal 9) in the middle of the registration; it was started again, and "
            "nothing was changed.",
        ),
        (
            "second",
            "stopped",
            "The worker process stopped (signal 9) in the middle of “ping”; it was started again, and nothing was "
            "changed.",
        ),
    ]
    assert restarts == ["The worker process stopped (signal 9); it was started again."]
    assert client.run("ping", timeout_s=10)["pid"] == client.pid
    assert zombies() == []


@POSIX
def test_a_worker_that_died_idle_is_started_by_the_next_job(client, restarts):
    before = client.run("ping")["pid"]
    os.kill(before, signal.SIGKILL)
    time.sleep(0.2)
    assert client.run("ping", timeout_s=10)["pid"] != before
    os.kill(client.pid, signal.SIGKILL)
    poll_until(client, lambda: client.state == "stopped")
    assert client.run("ping", timeout_s=10)["pid"] == client.pid
    assert restarts == []


def test_data_in_the_exchange_outlive_the_worker(client):
    reference = client.run("virtual_patient", {"seed": 2, "spacing_mm": 4.0})["ct"]
    with pytest.raises(JobError, match="exit code 3"):
        client.run("dies", timeout_s=10)
    camera = {"sdd_mm": 1000, "rows": 20, "columns": 20, "pixel_spacing_mm": [20, 20]}
    pose = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 800, 0, 0, 0, 1]
    parameters = {"ct": reference, "camera": camera, "pose": pose, "backend": "numpy"}
    assert client.run("render", parameters, timeout_s=20)["unit"] == "1"


def test_a_worker_that_cannot_start_says_why_and_is_not_started_over_and_over(heard, restarts):
    command = [sys.executable, "-c", "raise ImportError('No module named numpy')"]
    with WorkerClient(command, on_restart=restarts.append) as client:
        client.submit("ping", **heard.callbacks())
        poll_until(client, lambda: heard.events)
        assert str(heard.of("error")[0][1]).startswith("The worker process could not be started (exit code 1): ")
        assert client.state == "stopped"
        assert restarts == []
    with WorkerClient(["/nowhere/python"]) as client, pytest.raises(JobError, match="cannot be run"):
        client.submit("ping")


def test_only_the_latest_of_many_slider_requests_counts(client, heard):
    client.run("ping")
    jobs = [client.submit("polite", {"steps": 3}, supersedes="slider", **heard.callbacks(n)) for n in range(30)]
    assert client.wait(jobs[-1], 10) == {"steps": 3}
    assert heard.of("result")[-1][0] == 29
    assert len(heard.of("result")) < 10
    assert heard.of("error") == []
    assert client.state == "ready"
    with pytest.raises(JobError) as overtaken:
        client.wait(jobs[20])
    assert overtaken.value.kind == "superseded"


def test_a_callback_that_raises_stops_no_other_callback(client, heard):
    def fail(value):
        raise RuntimeError("from the callback")

    client.submit("ping", on_result=fail)
    client.submit("ping", **heard.callbacks())
    with pytest.raises(RuntimeError, match="from the callback"):
        poll_until(client, lambda: False)
    poll_until(client, lambda: heard.of("result"))


def test_callbacks_may_submit_wait_and_close(client, heard):
    def then(value):
        heard.events.append(client.run("ping", {"echo": "inner"}, timeout_s=10)["echo"])
        client.close()

    client.submit("ping", on_result=then)
    poll_until(client, lambda: heard.events)
    assert heard.events == ["inner"]
    assert client.state == "stopped"


def test_submitting_never_waits_for_a_worker_that_does_not_read(heard):
    with WorkerClient([sys.executable, "-c", "import time; time.sleep(600)"]) as client:
        started = time.monotonic()
        for _ in range(200):
            client.submit("ping", {"echo": "x" * 2000})
            client.poll()
        assert time.monotonic() - started < 3
        assert client.state == "starting"
        started = time.monotonic()
    assert time.monotonic() - started < 1


@POSIX
def test_closing_ends_the_process_and_removes_the_folder_even_in_mid_job(heard):
    client = WorkerClient(COMMAND)
    job = client.submit("stubborn", **heard.callbacks())
    poll_until(client, lambda: heard.events)
    worker, child = client.pid, heard.events[0][2][2]["child"]
    client.close()
    client.close()
    assert not alive(worker)
    assert gone_soon(child)
    assert not client.exchange.folder.exists()
    assert len(heard.events) == 1
    with pytest.raises(JobError, match="closed"):
        client.wait(job)
    with pytest.raises(RuntimeError, match="closed"):
        client.submit("ping")
    assert zombies() == []


@POSIX
def test_a_script_that_forgets_to_close_leaves_nothing():
    code = """
from bonedensity.jobs import WorkerClient
client = WorkerClient()
print(client.run("ping")["pid"], client.exchange.folder)
client.submit("virtual_patient", {"seed": 1})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=worker_environment(), timeout=20
    )
    worker, folder = done.stdout.split()
    assert done.stderr == ""
    assert not alive(worker)
    assert not Path(folder).exists()


def test_a_wait_that_is_too_short_leaves_the_job_running(client):
    job = client.submit("polite", {"steps": 60})
    with pytest.raises(TimeoutError):
        client.wait(job, 0.1)
    assert client.wait(job, 10) == {"steps": 60}
    with pytest.raises(KeyError):
        client.wait(job)


def test_who_waits_goes_on_meanwhile_and_may_cancel(client, heard):
    began, asked = time.monotonic(), []

    def meanwhile():
        asked.append(time.monotonic())
        if heard.of("progress"):
            client.cancel(job)

    job = client.submit("polite", {"steps": 5000}, **heard.callbacks())
    with pytest.raises(JobError, match="Cancelled"):
        client.wait(job, 10, meanwhile=meanwhile)
    assert max(after - before for before, after in zip([began, *asked], asked, strict=False)) < 0.2


def test_what_the_worker_prints_is_in_the_log_and_the_log_is_short(client):
    client.run("noisy", timeout_s=10)
    client.run("ping")
    assert "printed by Python" in client.log
    for _ in range(25):
        with pytest.raises(JobError):
            client.run("buggy")
    assert len(client.log) == 200


def test_the_environment_reaches_the_worker():
    command = [sys.executable, "-c", "import os; print(os.environ['BONE'], os.environ['PYTHONSAFEPATH'])"]
    with WorkerClient(command, {"BONE": "femur"}) as client:
        client.submit("ping")
        poll_until(client, lambda: client.log)
        assert client.log[0] == "femur 1"


def test_importing_the_client_is_light():
    code = "import json, sys, bonedensity.jobs; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=worker_environment())
    loaded = set(json.loads(done.stdout))
    heavy = {"numba", "llvmlite", "cmaes", "SimpleITK", "torch", "pydicom", "highdicom", "matplotlib", "typer", "rich"}
    assert loaded & heavy == set()
