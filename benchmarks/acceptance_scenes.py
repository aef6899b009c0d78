"""The X-rays of `registration_acceptance.py`: of whom, what moved before they were taken, and how they differ."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.ndimage import affine_transform

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.drr.xray import random_settings, simulate_radiograph
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.registration import View
from bonedensity.registration.error import surface_points
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.virtual import make_hip_patient
from bonedensity.virtual.moved import with_bone_moved

ROOT = Path(__file__).parents[1]
REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or ROOT.parent / "shared" / "data")
REAL, VIRTUAL = "real CT", "virtual hip"

Kind = Literal["rigid", "femur", "spine"]
"""What moved against the rest before the X-ray: nothing, the right femur in its joint, or each lumbar vertebra."""

PELVIS = ("sacrum", "hip_left", "hip_right")
LUMBAR = ("vertebrae_L5", "vertebrae_L4", "vertebrae_L3", "vertebrae_L2", "vertebrae_L1")
FEMUR = "femur_right"
KINDS: tuple[Kind, ...] = ("rigid", "femur", "spine")

TRUTH = np.array([8.0, 8.0, 8.0, 10.0, 10.0, 10.0])
"""Largest distance of the true pose from a straight AP view (degrees about right, down, depth; mm along them)."""

JOINT = np.array([8.0, 8.0, 8.0, 0.0, 0.0, 0.0])
"""Largest turn of the femur about its head's centre."""

NEIGHBOUR = np.array([4.0, 4.0, 4.0, 1.5, 1.5, 1.5])
"""Largest motion of each vertebra by itself."""

LATERAL_DEG = 70.0
"""Of the second view from the first."""

FINER = 2
"""Voxels of the X-rayed copy of the real CT along each voxel of the registered one."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is registered (ct) and what is X-rayed (source): the same body on a finer grid; alone: for one start."""

    name: str
    ct: Volume
    labels: LabelMap
    source: Volume
    source_labels: LabelMap
    alone: bool = False


@dataclass(frozen=True, eq=False)
class Scene:
    """X-rays of one pose: the first AP, the second from the side (rigid scenes alone have it)."""

    views: tuple[View, ...]
    truth: RigidTransform
    motions: Mapping[str, RigidTransform]

    def true_pose(self, bone: str) -> RigidTransform:
        """`world_from_ct` of one bone."""
        return self.truth @ self.motions.get(bone, RigidTransform.identity())


def subjects(wanted: str) -> Iterator[Subject]:
    """The real CT (where it is on the machine) and the virtual hip; `wanted` is all, real or virtual."""
    folder = REAL_DATA / "ct-pelvis-lspine-totalseg"
    if wanted in ("all", "real") and folder.is_dir():
        ct = read_ct(folder / "example_ct.nii.gz")
        labels = read_label_map(folder / "example_seg_fast_force_split.nii.gz", names=TOTALSEGMENTATOR_NAMES)
        fine = finer_grid(labels.volume, 0)
        yield Subject(REAL, ct, labels, finer_grid(ct, 3), LabelMap(fine, labels.names))
    if wanted in ("all", "virtual"):
        coarse, fine = make_hip_patient(11, spacing_mm=2.0), make_hip_patient(11, spacing_mm=1.5, noise_hu=0.0)
        yield Subject(VIRTUAL, coarse.ct, coarse.labels, fine.ct, fine.labels)


def finer_grid(volume: Volume, order: int) -> Volume:
    """A copy with `FINER` times the voxels along each axis, by splines of an order."""
    first = -(1 - 1 / FINER) / 2
    kept = np.asarray(volume.array)
    array = affine_transform(
        kept.astype(np.float32), [1 / FINER] * 3, first, [n * FINER for n in kept.shape], order=order, mode="nearest"
    )
    grid = volume.index_to_patient.copy()
    grid[:3, 3] = volume.to_patient(np.full(3, first))
    grid[:3, :3] /= FINER
    return Volume(array if order else array.astype(kept.dtype), grid, unit=volume.unit, name=volume.name)


def room(primary_deg: float = 0.0) -> PinholeCamera:
    """A hip radiograph with a tenth of the pelvis cut off at the sides."""
    return c_arm_camera(
        sdd_mm=1150, source_to_isocentre_mm=1000, rows=448, columns=448, pixel_spacing_mm=(0.85, 0.85),
        primary_deg=primary_deg,
    )  # fmt: skip


def random_pose(frame: ViewFrame, rng: np.random.Generator, reach: np.ndarray) -> RigidTransform:
    """Uniform within ± `reach` on each of the frame's six axes."""
    return frame.pose(rng.uniform(-1, 1, 6) * reach)


@cache
def scene(subject: Subject, kind: Kind, number: int) -> Scene:
    """The X-rays of one random pose, motion, exposure and display; the same number, the same bytes."""
    rng = np.random.default_rng([number, KINDS.index(kind)])
    cameras = [room(), room(LATERAL_DEG)] if kind == "rigid" else [room()]
    centre = surface_points(subject.labels, LUMBAR if kind == "spine" else PELVIS).mean(axis=0)
    truth = random_pose(ViewFrame(cameras[0], RigidTransform.from_translation(-centre), centre), rng, TRUTH)
    body, motions = subject.source, dict(random_motions(subject, kind, rng))
    for bone, motion in motions.items():
        body = with_bone_moved(body, subject.source_labels, bone, motion)
    views = tuple(xray(body, camera, truth, rng) for camera in cameras)
    return Scene(views, truth, motions)


def random_motions(subject: Subject, kind: Kind, rng: np.random.Generator) -> Iterator[tuple[str, RigidTransform]]:
    """Each bone that moves, and its motion in the CT's frame."""
    if kind == "femur":
        joint = fit_femur(subject.labels, "R").head_centre
        yield FEMUR, RigidTransform.from_parameters(rng.uniform(-1, 1, 6) * JOINT, centre=joint)
    for bone in LUMBAR if kind == "spine" else ():
        middle = surface_points(subject.labels, [bone]).mean(axis=0)
        yield bone, RigidTransform.from_parameters(rng.uniform(-1, 1, 6) * NEIGHBOUR, centre=middle)


def xray(body: Volume, camera: PinholeCamera, pose: RigidTransform, rng: np.random.Generator) -> View:
    """By the exact renderer, with random tube, noise, scatter, heel, collimation and display."""
    image = simulate_radiograph(body, camera, pose, settings=random_settings(rng), seed=rng).array
    return View(image, camera, body_region(image))
