"""The worker process at the end of a bare pipe: what it answers, and how it ends."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bonedensity.jobs.launch import worker_environment

TEST_WORKER = Path(__file__).with_name("jobs_test_worker.py")

REPOSITORY = Path(__file__).parents[2]


class Line:
    """A worker and its pipes."""

    def __init__(self, exchange):
        self.process = subprocess.Popen(
            [sys.executable, str(TEST_WORKER), "--exchange", str(exchange.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=worker_environment(),
            start_new_session=sys.platform != "win32",
        )

    def write(self, *lines):
        for line in lines:
            self.process.stdin.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        return json.loads(self.process.stdout.readline())

    def answers(self):
        """All that comes until the worker has shut down."""
        self.write({"type": "shutdown"})
        out, err = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return [json.loads(line) for line in out.splitlines()], err.decode()

    def answer_to(self, job_id):
        while True:
            message = self.read()
            if message.get("id") == job_id and message["type"] != "progress":
                return message


@pytest.fixture
def line(exchange):
    made = Line(exchange)
    yield made
    made.process.kill()
    made.process.wait()
    for pipe in (made.process.stdin, made.process.stdout, made.process.stderr):
        pipe.close()


def request(job_id, task, supersedes=None, **parameters):
    return {"type": "request", "id": job_id, "task": task, "parameters": parameters, "supersedes": supersedes}


def test_malformed_lines_are_answered_and_do_no_harm(line):
    line.write(
        b"nonsense\n", b"\xff\xfe\n", b"\n", b"[]\n", {"type": "sing", "id": "x"}, {"type": "request", "id": "y"}
    )
    line.write({"type": "result", "id": "z", "value": {}}, request("1", "ping", echo="still there"))
    assert line.read()["type"] == "ready"
    refused = [line.read() for _ in range(7)]
    assert [(answer["type"], answer["kind"]) for answer in refused] == [("failed", "input")] * 7
    assert [answer["id"] for answer in refused] == ["", "", "", "", "x", "y", ""]
    assert line.answer_to("1")["value"]["echo"] == "still there"


def test_prints_of_libraries_do_not_reach_the_line(line):
    line.write(request("5", "noisy"))
    assert line.answer_to("5")["value"] == {"read": ""}
    messages, log = line.answers()
    assert messages == []
    assert "printed by Python" in log
    assert "printed by a child" in log


def test_an_error_of_ours_is_one_sentence_with_the_place_in_the_log_but_no_data(line):
    line.write(request("1", "buggy"), request("2", "missing_file"), request("3", "unsendable"))
    failed = [line.answer_to(job_id) for job_id in "123"]
    assert [answer["kind"] for answer in failed] == ["bug"] * 3
    assert "ValueError in jobs_test_worker.py" in failed[0]["message"]
    assert "\n" not in failed[0]["message"]
    _, log = line.answers()
    assert "ValueError: (its text may hold data" in log
    assert "in buggy" in log
    assert str(111 * 10007) not in log
    assert "Erika" not in log
    assert "FileNotFoundError: No such file" in log
    assert "TypeError: object is no JSON value" in log


def test_too_little_memory_is_no_bug(line):
    line.write(request("1", "out_of_memory"))
    answer = line.answer_to("1")
    assert answer["kind"] == "input"
    assert "not enough memory" in answer["message"]


@pytest.mark.parametrize(
    ("task", "parameters", "said"),
    [
        ("sing", {}, "There is no task “sing”; there are ping, read_ct"),
        ("render", {"camera": {}}, "The task “render” lacks the parameter “ct”, “pose”."),
        ("ping", {"ecco": 1}, "The task “ping” takes no parameter “ecco”; it takes echo."),
        ("read_ct", {"path": 3}, "Task “read_ct”: “path” must be text."),
        ("read_ct", {"path": "/nowhere/at/all.nii"}, "all.nii"),
        ("virtual_patient", {"seed": "x"}, "Task “virtual_patient”: “seed” must be a whole number."),
        ("register", {"ct": {}, "views": [], "initial": []}, "reference"),
        ("render", {"ct": {"kind": "volume"}, "camera": {"rows": 3}, "pose": []}, "camera description lacks"),
        ("simulate_xray", {"ct": 1, "camera": 1, "pose": 1, "settings": {"kv": 3}}, "XraySettings"),
    ],
)
def test_a_wrong_request_is_answered_with_what_is_wrong(line, task, parameters, said):
    line.write(request("1", task, **parameters))
    answer = line.answer_to("1")
    assert (answer["type"], answer["kind"]) == ("failed", "input")
    assert said in answer["message"]


def test_the_latest_of_a_key_overtakes_those_that_wait_and_stops_the_one_that_runs(line):
    line.write(request("1", "polite", "slider", steps=2000))
    assert (line.read()["type"], line.read()["type"]) == ("ready", "progress")
    line.write(*[request(str(number), "polite", "slider", steps=1) for number in range(2, 10)])
    line.write(request("10", "polite", "other", steps=1))
    ended = {answer["id"]: answer["type"] for answer in [line.answer_to(str(n)) for n in (8, 1, 9, 10)]}
    assert ended == {"8": "superseded", "1": "superseded", "9": "result", "10": "result"}


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(line):
    line.write(request("1", "polite", steps=2000), request("2", "polite", steps=1))
    assert (line.read()["type"], line.read()["type"]) == ("ready", "progress")
    line.write({"type": "cancel", "id": "2"}, {"type": "cancel", "id": "nobody"})
    assert line.answer_to("2")["type"] == "cancelled"
    line.write({"type": "cancel", "id": "1"})
    assert line.answer_to("1") == {"type": "cancelled", "id": "1", "partial": None}


def test_two_open_jobs_of_one_name_are_refused(line):
    line.write(request("1", "polite", steps=2000), request("1", "ping"))
    assert "already a job" in line.answer_to("")["message"]


def test_shutting_down_stops_the_running_job(line, exchange):
    line.write(request("1", "polite", steps=2000))
    assert (line.read()["type"], line.read()["type"]) == ("ready", "progress")
    messages, _ = line.answers()
    assert messages[-1] == {"type": "cancelled", "id": "1", "partial": None}
    assert exchange.folder.exists()


def test_a_worker_without_a_client_ends_at_once_and_leaves_no_data(line, exchange):
    line.write(request("1", "virtual_patient", seed=1, spacing_mm=4.0), request("2", "stubborn"))
    while line.read().get("message") != "stuck":
        pass
    assert os.listdir(exchange.folder)
    line.process.stdin.close()
    line.process.wait(timeout=5)
    assert not exchange.folder.exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_when_the_window_is_killed_its_worker_and_the_workers_children_end(tmp_path):
    code = f"""
import time
from bonedensity.jobs import WorkerClient
client = WorkerClient([{sys.executable!r}, {str(TEST_WORKER)!r}])
def show(fraction, message, data):
    print(client.pid, data["child"], client.exchange.folder, flush=True)
client.submit("stubborn", on_progress=show)
while True:
    client.poll()
    time.sleep(0.02)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=worker_environment(), text=True
    ) as window:
        worker, child, folder = window.stdout.readline().split()
        assert alive(worker)
        assert alive(child)
        window.kill()
    deadline = time.monotonic() + 5
    while (alive(worker) or alive(child) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(worker)
    assert not alive(child)
    assert not Path(folder).exists()


def alive(pid):
    """Whether the process runs; one that has ended and waits for its parent's notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
