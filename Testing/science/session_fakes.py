"""A worker that a test answers for, a session's smallest inputs, and both as fixtures that a test file takes over."""

from __future__ import annotations

import numpy as np
import pytest

from bonedensity.imaging import LabelMap, PixelSpacing, Radiograph, Volume
from bonedensity.jobs import Exchange, JobError
from bonedensity.registration.config import Level, Spread
from bonedensity.workflows.session import Session

QUICK = (Level(64, 4.0, 1.0, Spread(7.0, 8.0, 25.0), population=14, generations=30),)
ENDLESS = (Level(64, 4.0, 1.0, Spread(7.0, 8.0, 25.0), population=14, generations=3000, starts=100),)


class FakeWorker:
    """Keeps what is submitted; the test answers."""

    def __init__(self):
        self.exchange = Exchange.create()
        self.jobs = {}
        self.cancelled = []

    def submit(self, task, parameters=None, *, on_progress=None, on_result=None, on_error=None, **_):
        job_id = str(len(self.jobs) + 1)
        self.jobs[job_id] = {
            "task": task,
            "parameters": parameters,
            "progress": on_progress,
            "result": on_result,
            "error": on_error,
            "open": True,
        }
        return job_id

    def cancel(self, job_id):
        self.cancelled.append(job_id)

    def wait(self, job_id, timeout_s=None, **_):
        raise NotImplementedError

    def open(self, task):
        return [job for job in self.jobs.values() if job["task"] == task and job["open"]]

    def answer(self, task, value):
        job = self.open(task)[0]
        job["open"] = False
        job["result"](value)

    def fail(self, task, sentence, kind="input"):
        job = self.open(task)[0]
        job["open"] = False
        job["error"](JobError(sentence, kind))


def make_ct():
    return Volume(np.zeros((4, 5, 6), dtype=np.int16), np.diag([2.0, 2.0, 2.0, 1.0]), name="CT")


def make_labels(ct):
    return LabelMap(ct.with_array(np.ones(ct.array.shape, dtype=np.uint8), unit="1"), {1: "femur_left", 2: "sacrum"})


def make_radiograph(spacing=None):
    return Radiograph(np.arange(12.0, dtype=np.float32).reshape(3, 4), spacing=spacing)


def bone(name, centre, metal=0.0):
    return {"name": name, "voxels": 10, "metal_share": metal, "centre": centre, "points": [centre]}


BONES = [bone("femur_left", [10.0, 0.0, 0.0]), bone("sacrum", [0.0, 0.0, 30.0]), bone("hip_left", [0, 0, 0], metal=0.5)]


def load(session, worker):
    """CT, bones and an X-ray, as a scene gives them."""
    ct = make_ct()
    session.use_ct(ct, origin="node 1")
    labels = make_labels(ct)
    session.use_labels(labels, origin="node 2")
    worker.answer("prepare_bones", {"labels": worker.exchange.put(labels), "bones": BONES})
    session.use_radiograph(make_radiograph(PixelSpacing(0.5, 0.5, "imager")), origin="node 3")


def simulated(client, levels):
    """A session on the real worker, with a coarse virtual patient and its X-ray."""
    session = Session(client, levels=levels)
    session.make_virtual_patient(1, spacing_mm=4.0)
    session.wait(240)
    session.simulate_xray(1)
    session.wait(240)
    return session


@pytest.fixture
def worker():
    """Answers when the test says so."""
    fake = FakeWorker()
    yield fake
    fake.exchange.remove()


def listening(worker):
    """A session without inputs, and in `said` the sentences that its user would read."""
    session = Session(worker)
    session.said = []
    session.desk.failed.connect(session.said.append)
    session.desk.noticed.connect(session.said.append)
    return session


@pytest.fixture
def loaded(worker):
    """A listening session with CT, bones and an X-ray."""
    session = listening(worker)
    load(session, worker)
    return session
