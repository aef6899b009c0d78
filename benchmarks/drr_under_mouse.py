"""Frames a second while the mouse drags the bones, time to full quality at rest, and how soon the window answers.

The path is the window's own without its widgets: session, worker process, exchange, and the composed picture. A virtual
hip (synthetic) is brought to 300 x 300 x 300 voxels; the X-ray has 512 x 512 pixels. Processor time a frame, of the
window and of the worker (all its threads), tells what a machine at rest would do where other work runs beside.

    python benchmarks/drr_under_mouse.py --json benchmarks/results/drr_under_mouse.json
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
from machine import described_machine, write_json
from scipy.ndimage import zoom

from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.jobs import WorkerClient
from bonedensity.virtual.hip import make_hip_patient
from bonedensity.workflows.overlays import Look, compose, grey_bytes
from bonedensity.workflows.session import Session
from bonedensity.workflows.setup import nominal_camera

VOXELS = 300
POLL_S = 0.008
"""As `desktop.worker_timer` polls a worker at work."""

EVENT_S = 0.008
"""Between two movements of a mouse."""


def main() -> None:
    """Measure and print, and write JSON where it is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6.0, help="how long each drag takes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ct, labels = hip_of(VOXELS)
    with WorkerClient() as client:
        session, frames = open_case(client, ct, labels)
        rest(session, frames)
        found = {gesture: dragged(session, frames, gesture, options.seconds) for gesture in ("shift", "turn", "spin")}
        answers = searched(session, options.seconds)
    result = {"drags": found, "window_blocked_ms": answers}
    print(json.dumps(result, indent=1))
    if options.json is not None:
        write_json(options.json, {**described_machine("drr_under_mouse.py", ("numpy", "numba")), **result})


def hip_of(voxels: int) -> tuple[Volume, LabelMap]:
    """A virtual hip on a grid of that many voxels along each axis."""
    patient = make_hip_patient(1, spacing_mm=2.0)
    shape = np.array(patient.ct.array.shape)
    grid = patient.ct.index_to_patient.copy()
    grid[:3, :3] = grid[:3, :3] * (shape[::-1] / voxels)
    ct = zoom(patient.ct.array.astype(np.float32), voxels / shape, order=1).astype(np.int16)
    labels = zoom(patient.labels.volume.array, voxels / shape, order=0)
    return Volume(ct, grid, unit="HU", name="hip"), LabelMap(Volume(labels, grid, unit="1"), patient.labels.names)


def open_case(client: WorkerClient, ct: Volume, labels: LabelMap) -> tuple[Session, list[float]]:
    """A session that composes every picture it gets, and the times of these."""
    session, frames = Session(client), []
    session.use_ct(ct, synthetic=True)
    session.use_labels(labels)
    session.wait()
    image = np.random.default_rng(0).random((512, 512)).astype(np.float32)
    session.use_radiograph(Radiograph(image), camera=nominal_camera())
    xray = grey_bytes(image)

    def shown(what: str) -> None:
        if what == "preview" and session.state.preview is not None:
            compose(Look(), xray, session.state.preview)
            frames.append(time.perf_counter())

    session.changed.connect(shown)
    return session, frames


def rest(session: Session, frames: list[float]) -> None:
    """Wait for the exact picture, as the window's timer does."""
    while not (frames and session._settled and not session.desk.picturing):
        session.desk.worker.poll()
        session.settle()
        time.sleep(POLL_S)


def dragged(session: Session, frames: list[float], gesture: str, seconds: float) -> dict[str, float]:
    """Frames a second during a drag, and milliseconds from its last movement to the exact picture."""
    frames.clear()
    session.grip((300.0, 220.0))
    window, worker = time.process_time(), processor_s(session.desk.worker.pid)
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        turn = 3.0 * (time.perf_counter() - began)
        session.drag(gesture, (300 + 60 * np.sin(turn), 220 + 40 * np.cos(turn)))  # type: ignore[arg-type]
        until = time.perf_counter() + EVENT_S
        while time.perf_counter() < until:
            session.desk.worker.poll()
            time.sleep(0.001)
    moving, last = len(frames), time.perf_counter()
    used = time.process_time() - window, processor_s(session.desk.worker.pid) - worker
    session.release()
    rest(session, frames)
    return {
        "frames_per_s": round(moving / seconds, 1),
        "exact_after_ms": round(1000 * (frames[-1] - last), 0),
        "window_cpu_ms_a_frame": round(1000 * used[0] / max(moving, 1), 1),
        "worker_cpu_ms_a_frame": round(1000 * used[1] / max(moving, 1), 1),
    }


def processor_s(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def searched(session: Session, seconds: float) -> dict[str, float]:
    """How long one turn of the window's timer takes while a registration runs: so long a click would wait."""
    session.reset_pose()
    session.register()
    turns = []
    began = time.perf_counter()
    while session.desk.title and time.perf_counter() - began < seconds:
        started = time.perf_counter()
        session.desk.worker.poll()
        session.settle()
        turns.append(time.perf_counter() - started)
        time.sleep(POLL_S)
    session.cancel()
    return {"median": round(1000 * float(np.median(turns)), 2), "longest": round(1000 * max(turns), 1)}


if __name__ == "__main__":
    main()
