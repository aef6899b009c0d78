"""How often, how closely and how fast each kind of registration succeeds, from starts far off.

    python benchmarks/registration_acceptance.py --starts 100 --lines /tmp/acceptance.jsonl \\
        --json benchmarks/results/registration_acceptance.json

    bonedensity simulate hip -n 100 --seed 2026 --radiographs none --dxa none -o cohort
    python benchmarks/registration_acceptance.py --cohort cohort --starts 100 --lines /tmp/hips.jsonl

Radiographs are simulated (`acceptance_scenes.py`) and each serves several starts; of a cohort every start is another
person. Every start is written to `--lines` as soon as it is done; with `--resume` those already there are not run
again. The summary is made from the lines.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from acceptance_cohort import person, persons
from acceptance_scenes import FEMUR, LUMBAR, PELVIS, Kind, Scene, Subject, random_pose, scene, subjects
from machine import described_machine, write_json

from bonedensity.geometry import RigidTransform
from bonedensity.registration import RegistrationConfig, RegistrationResult, register
from bonedensity.registration.articulated import BASE_LEVELS, register_hip, register_spine
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.pose import ViewFrame

SUCCESS_MM = 2.0
START = np.array([20.0, 20.0, 20.0, 20.0, 20.0, 60.0])
"""Largest distance of a start from the truth (degrees about right, down, depth; mm along them); uniform."""

XRAYS = 20
"""Of each kind and subject: start n begins on X-ray n modulo this. A person of a cohort has X-ray n alone."""

LIBRARIES = ("bonedensity", "numpy", "scipy", "numba", "cmaes", "SimpleITK")


@dataclass(frozen=True)
class Case:
    """One kind of registration."""

    kind: Kind
    bones: tuple[str, ...]
    views: int
    run: Callable[[Subject, Scene, Case, int], Iterator[Found]]


@dataclass(frozen=True)
class Found:
    """The pose of one bone, or of several as one."""

    part: str
    bones: tuple[str, ...]
    truth: RigidTransform
    result: RegistrationResult


def start_of(subject: Subject, shown: Scene, case: Case, number: int) -> RigidTransform:
    frame = ViewFrame(shown.views[0].camera, shown.truth, surface_points(subject.labels, case.bones).mean(axis=0))
    return random_pose(frame, np.random.default_rng([number, 5]), START)


def rigid(subject: Subject, shown: Scene, case: Case, number: int) -> Iterator[Found]:
    result = register(
        subject.ct, shown.views[: case.views], initial=start_of(subject, shown, case, number),
        config=RegistrationConfig(seed=number), labels=subject.labels, bones=case.bones,
    )  # fmt: skip
    yield Found("", case.bones, shown.truth, result)


def femur(subject: Subject, shown: Scene, case: Case, number: int) -> Iterator[Found]:
    found = register_hip(
        subject.ct, shown.views, initial=start_of(subject, shown, case, number), labels=subject.labels, sides=["R"],
        config=RegistrationConfig(levels=BASE_LEVELS, seed=number),
    )  # fmt: skip
    yield Found(FEMUR, (FEMUR,), shown.true_pose(FEMUR), found.parts[FEMUR])


def spine(subject: Subject, shown: Scene, case: Case, number: int) -> Iterator[Found]:
    found = register_spine(
        subject.ct, shown.views, initial=start_of(subject, shown, case, number), labels=subject.labels,
        vertebrae=case.bones, config=RegistrationConfig(levels=BASE_LEVELS, seed=number),
    )  # fmt: skip
    for bone in case.bones:
        yield Found(bone, (bone,), shown.true_pose(bone), found.parts[bone])


CASES = {
    "pelvis": Case("rigid", PELVIS, 1, rigid),
    "whole hip": Case("rigid", (*PELVIS, FEMUR), 1, rigid),
    "two views": Case("rigid", (*PELVIS, FEMUR), 2, rigid),
    "femur after pelvis": Case("femur", PELVIS, 1, femur),
    "vertebrae after chain": Case("spine", LUMBAR, 1, spine),
}


def lines_of(subject: Subject, name: str, number: int) -> list[dict]:
    """One start: a line for each bone that was found."""
    case = CASES[name]
    shown = scene(subject, case.kind, number if subject.alone else number % XRAYS)
    began, worked = time.perf_counter(), time.process_time()
    found = list(case.run(subject, shown, case, number))
    spent = {
        "chain_seconds": time.perf_counter() - began,
        "chain_cpu_seconds": time.process_time() - worked,
        "load": os.getloadavg()[0],
    }
    return [{"subject": subject.name, "case": name, "start": number, **measured(one, subject, shown), **spent}
            for one in found]  # fmt: skip


def measured(one: Found, subject: Subject, shown: Scene) -> dict:
    points = surface_points(subject.labels, one.bones)
    error = pose_error(one.result.world_from_ct, one.truth, points, shown.views[0].camera)
    quality = one.result.quality
    return {"part": one.part, **asdict(error), "accepted": quality.accepted, "similarity": quality.similarity,
            "seconds": one.result.seconds, "evaluations": one.result.evaluations}  # fmt: skip


def summary(lines: list[dict]) -> dict[str, float | None]:
    """Of one case; times per start are of the whole chain, `seconds` of one registration in it."""

    def median(key: str) -> float:
        return round(float(np.median([line[key] for line in lines])), 3)

    good = np.array([line["in_plane_mm"] < SUCCESS_MM for line in lines])
    accepted = np.array([line["accepted"] for line in lines])
    return {
        "starts": len({line["start"] for line in lines}),
        "n": len(lines),
        "success_share": round(float(good.mean()), 4),
        **{f"median_{key}": median(key) for key in
           ("in_plane_mm", "depth_mm", "total_mm", "rotation_deg", "seconds", "chain_seconds", "chain_cpu_seconds",
            "evaluations", "load")},
        "failures_flagged": round(float((~accepted[~good]).mean()), 3) if (~good).any() else None,
        "false_alarms": round(float((~accepted[good]).mean()), 3) if good.any() else None,
    }  # fmt: skip


def main() -> int:
    chosen = parse_arguments()
    if not chosen.resume:
        chosen.lines.unlink(missing_ok=True)
    done = {(line["subject"], line["case"], line["start"]) for line in read_lines(chosen.lines)}
    numbers = range(chosen.part[0], chosen.starts, chosen.part[1])
    for subject, some in of_cohort(chosen.cohort, numbers) if chosen.cohort else of_few(chosen.subjects, numbers):
        for name in cases_of(subject, chosen.cases):
            for number in (n for n in some if (subject.name, name, n) not in done):
                with chosen.lines.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(line) + "\n" for line in lines_of(subject, name, number))
    lines = read_lines(chosen.lines)
    table = {f"{subject}, {name}": summary([one for one in lines if (one["subject"], one["case"]) == (subject, name)])
             for subject, name in dict.fromkeys((line["subject"], line["case"]) for line in lines)}  # fmt: skip
    show(table)
    if chosen.json:
        about = described_machine("registration_acceptance.py", LIBRARIES)
        write_json(chosen.json, {**about, "xrays": XRAYS, "summary": table, "failures": failures(lines)})
    return 0


def of_few(wanted: str, numbers: range) -> Iterator[tuple[Subject, range]]:
    """Subjects that serve all starts."""
    return ((subject, numbers) for subject in subjects(wanted))


def of_cohort(folder: Path, numbers: range) -> Iterator[tuple[Subject, range]]:
    """Start n on person n."""
    folders = persons(folder)
    return ((person(folders[n]), range(n, n + 1)) for n in numbers if n < len(folders))


def cases_of(subject: Subject, wanted: Sequence[str]) -> list[str]:
    """What can be registered of a subject: all bones of the case are in its CT."""
    there = set(subject.labels.present())
    needed = {name: {*CASES[name].bones, *([FEMUR] if CASES[name].kind == "femur" else [])} for name in wanted}
    return [name for name in wanted if needed[name] <= there]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--subjects", choices=("all", "real", "virtual"), default="all")
    parser.add_argument("--cohort", type=Path, metavar="FOLDER", help="of `bonedensity simulate`, in place of subjects")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--part", type=part, default=(0, 1), metavar="I/N", help="starts I, I + N, ...: one of N parts")
    parser.add_argument("--lines", type=Path, required=True, metavar="FILE", help="one JSON line a bone and start")
    parser.add_argument("--resume", action="store_true", help="keep the lines that are there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary of all lines")
    return parser.parse_args()


def part(text: str) -> tuple[int, int]:
    index, parts = map(int, text.split("/"))
    return index, parts


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def failures(lines: list[dict]) -> list[dict]:
    return [line for line in lines if line["in_plane_mm"] >= SUCCESS_MM]


def show(table: dict[str, dict]) -> None:
    print(
        f"{'case':36} {'n':>4} {'<2 mm':>7} {'in plane':>9} {'depth':>7} {'3D':>7} {'time':>7} {'CPU':>7} flagged false"
    )
    for name, s in table.items():
        print(
            f"{name:36} {s['n']:4} {s['success_share']:7.1%} {s['median_in_plane_mm']:6.2f} mm "
            f"{s['median_depth_mm']:4.2f} mm {s['median_total_mm']:4.2f} mm {s['median_seconds']:5.2f} s "
            f"{s['median_chain_cpu_seconds']:5.2f} s {s['failures_flagged']}"
        )


if __name__ == "__main__":
    sys.exit(main())
