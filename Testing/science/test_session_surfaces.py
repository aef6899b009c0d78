"""A session's bone surfaces: asked for once, of the present segmentation, and as the worker's task makes them."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import Cache, TaskContext
from bonedensity.jobs.tasks.registry import run_task

FAKES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("session_fakes.py"))))
worker, session = FAKES.worker, FAKES.loaded


def answer(worker, name="femur_left"):
    parts = {"points": np.zeros((3, 3), np.float32), "triangles": np.array([[0, 1, 2]], np.int32),
             "normals": np.zeros((3, 3), np.float32)}  # fmt: skip
    put = {part: worker.exchange.put(array) for part, array in parts.items()}
    worker.answer("surfaces", {"bones": [{"name": name, **put}]})


def test_surfaces_are_asked_for_once_and_told_when_they_came(session, worker):
    heard = []
    session.changed.connect(heard.append)
    assert session.surfaces() == {}
    assert session.surfaces() == {}
    assert len(worker.open("surfaces")) == 1
    assert session.making_surfaces
    answer(worker)
    assert heard == ["surfaces"]
    assert list(session.surfaces()) == ["femur_left"]
    assert session.surfaces() is session.surfaces()
    assert not worker.open("surfaces")


def test_another_segmentation_has_surfaces_of_its_own(session, worker):
    session.surfaces()
    labels = FAKES.make_labels(session.state.ct)
    session.use_labels(labels)
    worker.answer("prepare_bones", {"labels": worker.exchange.put(labels), "bones": FAKES.BONES})
    answer(worker, "femur_right")  # late, of the segmentation before
    assert session.surfaces() == {}
    answer(worker, "sacrum")
    assert list(session.surfaces()) == ["sacrum"]


def test_a_failure_is_said_and_does_not_come_back(session, worker):
    session.surfaces()
    worker.fail("surfaces", "There is no voxel to make a surface of.")
    assert "no voxel" in session.said[-1]
    assert not session.making_surfaces
    assert session.surfaces() == {}
    assert not worker.open("surfaces")


def test_the_worker_makes_a_surface_of_each_bone_where_the_bone_is(worker):
    array = np.zeros((20, 22, 24), dtype=np.uint8)
    array[4:12, 5:15, 6:18], array[15:18, 3:8, 3:8] = 76, 77
    affine = np.diag([2.0, -2.0, 3.0, 1.0])
    labels = LabelMap(Volume(array, affine, "1"), {76: "femur_right", 77: "hip_left"})
    context = TaskContext(worker.exchange, lambda *_: None, lambda: False, Cache())
    value = run_task("surfaces", {"labels": worker.exchange.put(labels)}, context)
    assert [bone["name"] for bone in value["bones"]] == ["femur_right", "hip_left"]
    for bone in value["bones"]:
        voxels = labels.volume.to_patient(np.argwhere(labels.mask([bone["name"]]))[:, ::-1])
        points = worker.exchange.take(bone["points"], np.ndarray)
        for edge in (np.min, np.max):
            assert edge(points, axis=0) == pytest.approx(edge(voxels, axis=0), abs=2.0)
