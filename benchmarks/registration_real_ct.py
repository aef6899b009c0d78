"""How well one radiograph registers the pelvis and right femur of a real CT, from starts as far off as a hand leaves.

The radiograph is simulated from the CT at a random pose by another renderer (exact), at another resolution and with
beam hardening, scatter and noise; the pose found is compared with that pose on the bones' surface (mTRE).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.drr.xray import simulate_radiograph
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.registration import RegistrationConfig, RegistrationResult, View, register
from bonedensity.registration.error import PoseError, pose_error, surface_points
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region

ROOT = Path(__file__).parents[1]
REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or ROOT.parent / "shared" / "data")
CASE = "ct-pelvis-lspine-totalseg"
BONES = ("sacrum", "hip_right", "hip_left", "femur_right")

SUCCESS_MM = 2.0
"""In-plane mTRE below which a registration has succeeded."""

TRUTH_RANGE = np.array([8.0, 8.0, 8.0, 10.0, 10.0, 10.0])
"""Largest distance of the true pose from a straight AP view (degrees about right, down, depth; mm along them)."""

START_RANGE = np.array([10.0, 10.0, 10.0, 10.0, 10.0, 30.0])
"""Largest distance of the start from the true pose, in the same order; uniform."""

FAR_DEG = (60.0, 90.0)
FAR_MM = 150.0
FAR_STARTS = 10
"""Starts that no search should find home from: half turned by `FAR_DEG`, half shifted by `FAR_MM` in plane."""

LIBRARIES = ("bonedensity", "numpy", "scipy", "numba", "cmaes", "SimpleITK")


@dataclass(frozen=True)
class Case:
    """One CT and the X-ray room."""

    volume: Volume
    labels: LabelMap
    camera: PinholeCamera
    surface: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        return self.surface.mean(axis=0)


@dataclass(frozen=True)
class Outcome:
    """One start and where it ended."""

    seed: int
    start: PoseError
    end: PoseError
    similarity: float
    accepted: bool
    reasons: tuple[str, ...]
    seconds: float

    @property
    def success(self) -> bool:
        return self.end.in_plane_mm < SUCCESS_MM


def main() -> int:
    options = parse_arguments()
    folder = REAL_DATA / CASE
    if not folder.is_dir():
        print(f"The real CT “{CASE}” is absent: name its parent folder in BONEDENSITY_REAL_DATA.", file=sys.stderr)
        return 2
    try:
        case = read_case(folder)
    except BoneDensityError as error:
        print(error, file=sys.stderr)
        return 2
    print("Starts within 10°, 10 mm in plane and 30 mm in depth:")
    near = [report(attempt(case, [options.seed, number], near_start)) for number in range(options.n)]
    results = {"starts": summary(near)}
    print_summary(results["starts"])
    if options.failures:
        print(f"\nStarts {FAR_DEG[0]:.0f}-{FAR_DEG[1]:.0f}° or {FAR_MM:.0f} mm off, which should be called doubtful:")
        far = [
            report(attempt(case, [options.seed, 1000 + number], far_turned if number % 2 else far_shifted))
            for number in range(FAR_STARTS)
        ]
        results["far_starts"] = summary(far)
        print_summary(results["far_starts"])
    if options.json:
        options.json.write_text(json.dumps(described(results, options), indent=1) + "\n", encoding="utf-8")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=20, help="number of starts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", action="store_true", help=f"also {FAR_STARTS} starts that are far off")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    return parser.parse_args()


def read_case(folder: Path) -> Case:
    volume = read_ct(folder / "example_ct.nii.gz")
    labels = read_label_map(folder / "example_seg_fast_force_split.nii.gz", TOTALSEGMENTATOR_NAMES)
    surface = surface_points(labels, BONES)
    camera = c_arm_camera(
        sdd_mm=1200,
        source_to_isocentre_mm=950,
        rows=640,
        columns=640,
        pixel_spacing_mm=(0.68, 0.68),
        isocentre=surface.mean(axis=0),
    )
    return Case(volume, labels, camera, surface)


def near_start(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-START_RANGE, START_RANGE)


def far_turned(rng: np.random.Generator) -> np.ndarray:
    axis = Rotation.random(random_state=int(rng.integers(2**31))).apply([1.0, 0.0, 0.0])
    return np.concatenate([axis * rng.uniform(*FAR_DEG), np.zeros(3)])


def far_shifted(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([0, 0, 0, FAR_MM * np.cos(angle), FAR_MM * np.sin(angle), 0])


def attempt(case: Case, seed: list[int], offset: Callable[[np.random.Generator], np.ndarray]) -> Outcome:
    rng = np.random.default_rng(seed)
    truth = ViewFrame(case.camera, RigidTransform.identity(), case.centre).pose(rng.uniform(-TRUTH_RANGE, TRUTH_RANGE))
    start = ViewFrame(case.camera, truth, case.centre).pose(offset(rng))
    xray = simulate_radiograph(case.volume, case.camera, truth, seed=rng)
    view = View(xray.array, case.camera, body_region(xray.array))
    config = RegistrationConfig(seed=int(rng.integers(2**31)))
    result = register(case.volume, [view], initial=start, labels=case.labels, bones=BONES, config=config)
    return outcome(case, seed[-1], truth, result)


def outcome(case: Case, seed: int, truth: RigidTransform, result: RegistrationResult) -> Outcome:
    return Outcome(
        seed=seed,
        start=pose_error(result.initial, truth, case.surface, case.camera),
        end=pose_error(result.world_from_ct, truth, case.surface, case.camera),
        similarity=result.quality.similarity,
        accepted=result.quality.accepted,
        reasons=result.quality.reasons,
        seconds=result.seconds,
    )


def report(one: Outcome) -> Outcome:
    print(
        f"{one.seed:5d}  start {one.start.in_plane_mm:6.1f} mm {one.start.rotation_deg:5.1f}°"
        f"  end {one.end.in_plane_mm:6.2f} mm in plane {one.end.depth_mm:6.2f} mm depth {one.end.rotation_deg:6.2f}°"
        f"  similarity {one.similarity:.3f}  {'accepted' if one.accepted else 'doubtful'}  {one.seconds:5.1f} s"
        + "".join(f"\n       {reason}" for reason in one.reasons),
        flush=True,
    )
    return one


def summary(outcomes: list[Outcome]) -> dict:
    def median(values: list[float]) -> float:
        return round(float(np.median(values)), 3)

    def count(*, success: bool, accepted: bool) -> int:
        return sum(one.success == success and one.accepted == accepted for one in outcomes)

    return {
        "count": len(outcomes),
        "success": sum(one.success for one in outcomes),
        "success_below_mm": SUCCESS_MM,
        "median_in_plane_mm": median([one.end.in_plane_mm for one in outcomes]),
        "worst_in_plane_mm": round(max(one.end.in_plane_mm for one in outcomes), 3),
        "median_depth_mm": median([one.end.depth_mm for one in outcomes]),
        "median_rotation_deg": median([one.end.rotation_deg for one in outcomes]),
        "median_seconds": median([one.seconds for one in outcomes]),
        "success_accepted": count(success=True, accepted=True),
        "success_doubtful": count(success=True, accepted=False),
        "failure_accepted": count(success=False, accepted=True),
        "failure_doubtful": count(success=False, accepted=False),
        "each": [{**rounded(asdict(one)), "success": one.success} for one in outcomes],
    }


def rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def print_summary(values: dict) -> None:
    print(
        f"{values['success']} of {values['count']} end with an in-plane mTRE below {SUCCESS_MM:.0f} mm; median "
        f"{values['median_in_plane_mm']:.2f} mm in plane, {values['median_depth_mm']:.2f} mm in depth, "
        f"{values['median_seconds']:.1f} s.\n"
        f"Of the successes {values['success_accepted']} are accepted and {values['success_doubtful']} doubtful; of the "
        f"failures {values['failure_accepted']} are accepted and {values['failure_doubtful']} doubtful."
    )


def described(results: dict, options: argparse.Namespace) -> dict:
    flags = " --failures" if options.failures else ""
    return {
        "command": f"python benchmarks/registration_real_ct.py -n {options.n} --seed {options.seed}{flags}",
        "data": CASE,
        "bones": BONES,
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        **results,
    }


if __name__ == "__main__":
    sys.exit(main())
