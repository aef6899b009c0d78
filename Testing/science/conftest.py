"""What the science tests share: a small phantom, and the real images where a machine has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bonedensity.drr.xray import simulate_radiograph
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.jobs.exchange import Exchange
from bonedensity.registration import View
from bonedensity.registration.region import body_region

REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
"""Folder of real images; never part of the repository."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; the test is skipped where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real images at {REAL_DATA}; name their folder in BONEDENSITY_REAL_DATA")
    return REAL_DATA


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Networks as small as those of tests are quicker without waking others, above all on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """What a window and its worker share, in a folder of its own."""
    made = Exchange.create()
    yield made
    made.remove()


SMALL_VOXEL_MM = 3.0
SMALL_SIZE = 64


def _within(points: np.ndarray, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    return (((points - np.array(centre)) / np.array(radii)) ** 2).sum(axis=-1) <= 1


@pytest.fixture(scope="session")
def small_phantom() -> tuple[Volume, LabelMap]:
    """Soft tissue that holds bone without any symmetry, labelled sacrum; the label femur_left has no voxel."""
    at = (np.arange(SMALL_SIZE) - (SMALL_SIZE - 1) / 2) * SMALL_VOXEL_MM
    points = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)[..., ::-1]
    shell = _within(points, (-25, 5, 30), (30, 22, 26)) & ~_within(points, (-22, 5, 28), (22, 15, 19))
    solids = [
        _within(points, (30, -15, 25), (12, 20, 25)),
        _within(points, (5, 20, -20), (35, 12, 10)),
        _within(points, (-30, -10, -40), (9, 9, 22)),
    ]
    hu = np.where(_within(points, (0, 0, 0), (90, 70, 120)), 40.0, -1000.0)
    label = np.zeros(hu.shape, np.uint8)
    for part in (shell, *solids):
        hu[part], label[part] = 700, 25
    grid = index_to_patient(spacing=[SMALL_VOXEL_MM] * 3, origin=[-(SMALL_SIZE - 1) / 2 * SMALL_VOXEL_MM] * 3)
    labels = LabelMap(Volume(label, grid, unit="1", name="bones"), {25: "sacrum", 75: "femur_left"})
    return Volume(hu.astype(np.float32), grid, name="phantom"), labels


@pytest.fixture(scope="session")
def small_view(small_phantom: tuple[Volume, LabelMap]) -> Callable[[PinholeCamera, RigidTransform], View]:
    """Simulates a radiograph of the small phantom from a camera at a pose."""

    def seen(camera: PinholeCamera, pose: RigidTransform) -> View:
        image = simulate_radiograph(small_phantom[0], camera, pose, seed=0).array
        return View(image, camera, body_region(image))

    return seen
