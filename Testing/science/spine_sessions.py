"""Spine sessions of a drawn person with untrained weights and the real worker; fixtures that a test file takes over."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

import numpy as np
import pytest

from bonedensity.jobs import WorkerClient
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.state import Dxa

HERE = Path(__file__).parent
DRAWN = runpy.run_path(str(HERE / "chvae_drawings.py"))
PERSON = DRAWN["PERSON"]
write_weights = runpy.run_path(str(HERE / "chvae_weights.py"))["write_weights"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Folder of untrained weights."""
    return write_weights(tmp_path_factory.mktemp("chvae"))


@pytest.fixture(scope="module")
def client():
    """A worker process, one for the tests of a file."""
    with WorkerClient(environment={"OMP_NUM_THREADS": "1"}) as client:
        yield client


def listening(client):
    """A session without inputs: what changed in `heard`, its errors in `said`, its other sentences in `noticed`."""
    session = SpineSession(client)
    session.heard, session.said, session.noticed = [], [], []
    session.changed.connect(session.heard.append)
    session.desk.failed.connect(session.said.append)
    session.desk.noticed.connect(session.noticed.append)
    return session


def drawn(seed=1):
    """A drawing of the person, in greys."""
    return DRAWN["draw_spine"](PERSON, seed).astype(np.float32)


def dxa_of(array=None):
    """The drawing, or another array, as an export whose user knows the pixel size."""
    return Dxa(drawn() if array is None else array, (1.25, 1.25), "user", "drawn")


def rest(session, until=lambda state: True, timeout=120.0):
    """Poll, as a window does, until everything is read off the counterfactual; returns the state."""
    end = time.monotonic() + timeout
    while not (session.state.answer is not None and session.state.answer.full and session._settled
               and not session.desk.job and until(session.state)):  # fmt: skip
        session.desk.worker.poll()
        session.settle()
        assert time.monotonic() < end, session.said
    return session.state
