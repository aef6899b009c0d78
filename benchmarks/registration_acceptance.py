"""How often, how closely and how fast each kind of registration succeeds, from starts far off.

    python benchmarks/registration_acceptance.py --starts 100 --json benchmarks/results/registration_acceptance.json

Radiographs are simulated by the exact renderer with beam hardening, scatter, noise and a display curve, from the real
CT (where it is on the machine) and from a virtual hip that was made anew at another voxel size for the X-ray. Femurs
are turned in their joints, vertebrae against their neighbours, before the X-ray is taken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.drr.xray import XraySettings, simulate_radiograph
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.registration import RegistrationConfig, View, register
from bonedensity.registration.articulated import register_hip, register_spine
from bonedensity.registration.error import PoseError, pose_error, surface_points
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.virtual import make_hip_patient
from bonedensity.virtual.moved import with_bone_moved

ROOT = Path(__file__).parents[1]
REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or ROOT.parent / "shared" / "data")
SUCCESS_MM = 2.0
START = np.array([20.0, 20.0, 20.0, 20.0, 20.0, 60.0])
TRUTH = np.array([8.0, 8.0, 8.0, 10.0, 10.0, 10.0])
JOINT = np.array([8.0, 8.0, 8.0, 0.0, 0.0, 0.0])
NEIGHBOUR = np.array([4.0, 4.0, 4.0, 1.5, 1.5, 1.5])


@dataclass(frozen=True)
class Subject:
    """What is registered (ct) and what is X-rayed (source): the same body, for a virtual one at another voxel size."""

    name: str
    ct: Volume
    labels: LabelMap
    source: Volume
    source_labels: LabelMap


@dataclass(frozen=True)
class Row:
    """One registration of one case."""

    subject: str
    case: str
    seed: int
    in_plane_mm: float
    depth_mm: float
    total_mm: float
    rotation_deg: float
    accepted: bool
    similarity: float
    seconds: float


def room(primary_deg: float = 0.0) -> PinholeCamera:
    """A hip radiograph with a tenth of the pelvis cut off at the sides."""
    return c_arm_camera(
        sdd_mm=1150, source_to_isocentre_mm=1000, rows=448, columns=448, pixel_spacing_mm=(0.85, 0.85),
        primary_deg=primary_deg,
    )  # fmt: skip


def subjects(wanted: str) -> Iterator[Subject]:
    folder = REAL_DATA / "ct-pelvis-lspine-totalseg"
    if wanted in ("all", "real") and folder.is_dir():
        ct = read_ct(folder / "example_ct.nii.gz")
        labels = read_label_map(folder / "example_seg_fast_force_split.nii.gz", names=TOTALSEGMENTATOR_NAMES)
        yield Subject("real CT", ct, labels, ct, labels)
    if wanted in ("all", "virtual"):
        coarse, fine = make_hip_patient(11, spacing_mm=2.0), make_hip_patient(11, spacing_mm=1.5, noise_hu=0.0)
        yield Subject("virtual hip", coarse.ct, coarse.labels, fine.ct, fine.labels)


def random_frame(frame: ViewFrame, rng: np.random.Generator, reach: np.ndarray) -> RigidTransform:
    return frame.pose(rng.uniform(-1, 1, 6) * reach)


def about(point: np.ndarray, rng: np.random.Generator, reach: np.ndarray) -> RigidTransform:
    return RigidTransform.from_parameters(rng.uniform(-1, 1, 6) * reach, centre=point)


def settings(rng: np.random.Generator) -> XraySettings:
    return XraySettings(
        kvp=rng.uniform(70, 85), scatter_fraction=rng.uniform(0.1, 0.35), contrast=rng.uniform(0.7, 1.1)
    )


def xray(volume: Volume, camera: PinholeCamera, pose: RigidTransform, rng: np.random.Generator) -> View:
    image = simulate_radiograph(volume, camera, pose, settings=settings(rng), seed=rng).array
    return View(image, camera, body_region(image))


def rigid_case(
    subject: Subject, bones: list[str], seed: int, angles: tuple[float, ...]
) -> list[tuple[str, PoseError, object]]:
    rng = np.random.default_rng(seed)
    cameras = [room(angle) for angle in angles]
    points = surface_points(subject.labels, bones)
    centre = points.mean(axis=0)
    truth = random_frame(ViewFrame(cameras[0], RigidTransform.from_translation(-centre), centre), rng, TRUTH)
    start = random_frame(ViewFrame(cameras[0], truth, centre), rng, START)
    views = [xray(subject.source, camera, truth, rng) for camera in cameras]
    result = register(
        subject.ct, views, initial=start, config=RegistrationConfig(seed=seed), labels=subject.labels, bones=bones
    )
    return [("", pose_error(result.world_from_ct, truth, points, cameras[0]), result)]


def femur_case(
    subject: Subject, bones: list[str], seed: int, angles: tuple[float, ...]
) -> list[tuple[str, PoseError, object]]:
    rng = np.random.default_rng(seed)
    camera = room(angles[0])
    femur = "femur_right"
    joint = fit_femur(subject.labels, "R").head_centre
    motion = about(joint, rng, JOINT)
    centre = surface_points(subject.labels, bones).mean(axis=0)
    truth = random_frame(ViewFrame(camera, RigidTransform.from_translation(-centre), centre), rng, TRUTH)
    start = random_frame(ViewFrame(camera, truth, centre), rng, START)
    view = xray(with_bone_moved(subject.source, subject.source_labels, femur, motion), camera, truth, rng)
    result = register_hip(
        subject.ct, [view], initial=start, labels=subject.labels, sides=["R"], config=RegistrationConfig(seed=seed)
    )
    points = surface_points(subject.labels, [femur])
    return [("", pose_error(result.parts[femur].world_from_ct, truth @ motion, points, camera), result.parts[femur])]


def spine_case(
    subject: Subject, bones: list[str], seed: int, angles: tuple[float, ...]
) -> list[tuple[str, PoseError, object]]:
    rng = np.random.default_rng(seed)
    camera = room(angles[0])
    centre = surface_points(subject.labels, bones).mean(axis=0)
    truth = random_frame(ViewFrame(camera, RigidTransform.from_translation(-centre), centre), rng, TRUTH)
    start = random_frame(ViewFrame(camera, truth, centre), rng, START)
    volume, motions = subject.source, {}
    for bone in bones:
        middle = surface_points(subject.labels, [bone]).mean(axis=0)
        motions[bone] = about(middle, rng, NEIGHBOUR)
        volume = with_bone_moved(volume, subject.source_labels, bone, motions[bone])
    view = xray(volume, camera, truth, rng)
    result = register_spine(
        subject.ct, [view], initial=start, labels=subject.labels, vertebrae=bones, config=RegistrationConfig(seed=seed)
    )
    return [
        (f" {bone}", pose_error(result.parts[bone].world_from_ct, truth @ motions[bone],
                                surface_points(subject.labels, [bone]), camera), result.parts[bone])
        for bone in bones
    ]  # fmt: skip


CaseRunner = Callable[[Subject, list[str], int, tuple[float, ...]], list[tuple[str, PoseError, object]]]

LUMBAR = ["vertebrae_L5", "vertebrae_L4", "vertebrae_L3", "vertebrae_L2", "vertebrae_L1"]
PELVIS = ["sacrum", "hip_left", "hip_right"]
CASES: dict[str, tuple[CaseRunner, list[str], tuple[float, ...]]] = {
    "pelvis": (rigid_case, PELVIS, (0.0,)),
    "whole hip": (rigid_case, [*PELVIS, "femur_right"], (0.0,)),
    "two views": (rigid_case, [*PELVIS, "femur_right"], (0.0, 70.0)),
    "femur after pelvis": (femur_case, PELVIS, (0.0,)),
    "vertebrae after chain": (spine_case, LUMBAR, (0.0,)),
}


def run(subject: Subject, case: str, starts: int) -> list[Row]:
    runner, bones, angles = CASES[case]
    rows = []
    for seed in range(starts):
        began = time.perf_counter()
        for part, error, result in runner(subject, bones, seed, angles):
            rows.append(
                Row(subject.name, case + part, seed, **asdict(error), accepted=result.quality.accepted,
                    similarity=result.quality.similarity, seconds=result.seconds)
            )  # fmt: skip
        print(
            f"\r{subject.name}, {case}: {seed + 1}/{starts} ({time.perf_counter() - began:.1f} s)",
            end="",
            file=sys.stderr,
        )
    print(file=sys.stderr)
    return rows


def summary(rows: list[Row]) -> dict[str, float]:
    in_plane = np.array([row.in_plane_mm for row in rows])
    good = in_plane < SUCCESS_MM
    accepted = np.array([row.accepted for row in rows])
    return {
        "n": len(rows),
        "success_share": float(good.mean()),
        "median_in_plane_mm": float(np.median(in_plane)),
        "median_depth_mm": float(np.median([row.depth_mm for row in rows])),
        "median_total_mm": float(np.median([row.total_mm for row in rows])),
        "median_seconds": float(np.median([row.seconds for row in rows])),
        "failures_flagged": float((~accepted[~good]).mean()) if (~good).any() else float("nan"),
        "false_alarms": float((~accepted[good]).mean()) if good.any() else float("nan"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--subjects", choices=("all", "real", "virtual"), default="all")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows: list[Row] = []
    for subject in subjects(chosen.subjects):
        for case in chosen.cases:
            rows += run(subject, case, chosen.starts)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        case = next(name for name in CASES if row.case.startswith(name))
        groups.setdefault(f"{row.subject}, {case}", []).append(row)
    table = {name: summary(group) for name, group in groups.items()}
    print(f"{'case':36} {'n':>4} {'<2 mm':>7} {'in-plane':>9} {'depth':>7} {'3D':>7} {'time':>7} flagged false-alarm")
    for name, s in table.items():
        print(
            f"{name:36} {s['n']:4} {s['success_share']:7.0%} {s['median_in_plane_mm']:6.2f} mm "
            f"{s['median_depth_mm']:4.2f} mm {s['median_total_mm']:4.2f} mm {s['median_seconds']:5.2f} s "
            f"{s['failures_flagged']:7.0%} {s['false_alarms']:7.0%}"
        )
    if chosen.json:
        about_run = {"command": " ".join(["python benchmarks/registration_acceptance.py", *sys.argv[1:]]),
                     "processors": os.cpu_count(), "machine": platform.machine()}  # fmt: skip
        chosen.json.write_text(json.dumps({**about_run, "summary": table, "rows": [asdict(r) for r in rows]}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
