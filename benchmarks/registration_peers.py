"""Our registration against the same search on RTK's renders, and against gradient descent through DiffDRR.

All get the same CT, radiograph, region and start. The radiograph comes from the analytic phantom (line integrals in
closed form, beam hardening, scatter, noise, heel effect, bowel gas), so no renderer is judged on its own images.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import described_machine, write_json
from numpy.typing import NDArray
from phantom import SDD_MM, SOD_MM, WATER, Size, chords, ellipsoid, line_integrals, pelvis_phantom, voxels

from bonedensity.drr.xray import XraySettings, detected_exposure
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.geometry.rays import pinhole_rays
from bonedensity.imaging import LabelMap, Volume
from bonedensity.registration import RegistrationConfig, View, register
from bonedensity.registration import level as level_module
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region

RESULTS = Path(__file__).parent / "results"
SUCCESS_MM = 2.0
TRUTH_RANGE = np.array([8.0, 8.0, 8.0, 10.0, 10.0, 10.0])
START_RANGE = np.array([10.0, 10.0, 10.0, 10.0, 10.0, 30.0])
"""Degrees about right, down and depth, and mm along them; uniform. Starts are multiplied by --spread."""

CORTICAL_HU = 1350.0
"""Above soft tissue, where the X-ray model counts a voxel as cortical bone and nothing else."""

LEVELS_OF_DIFFDRR = 2
"""To 128 pixels: its renders at 256 take a second each."""

HEEL_EFFECT = 0.15
BONE = "pelvis"
CT = Size("ct", (160, 160, 160), (2.0, 2.0, 2.0), 512, 1.0)
LIBRARIES = ("bonedensity", "numpy", "numba", "cmaes", "torch", "itk-rtk", "diffdrr")


@dataclass(frozen=True, eq=False)
class Case:
    """One radiograph of the phantom and a start."""

    volume: Volume
    labels: LabelMap
    view: View
    centre: NDArray[np.float64]
    surface: NDArray[np.float64]
    truth: RigidTransform
    start: RigidTransform
    seed: int


@dataclass(frozen=True)
class Found:
    pose: RigidTransform
    evaluations: int


def main() -> int:
    options = parse_arguments()
    methods, left_out = available(options.methods)
    volume, labels = phantom_ct()
    outcomes: dict[str, list[dict]] = {name: [] for name in methods}
    cases = [simulated(volume, labels, [options.seed, n], options.spread) for n in range(options.n)]
    for method in methods.values():  # compiles, loads
        method(cases[0], RegistrationConfig(levels=RegistrationConfig().levels[:1]))
    for case in cases:
        for name, method in methods.items():
            outcomes[name].append(attempt(case, name, method))
    summaries = {name: summary(own, outcomes["bonedensity"]) for name, own in outcomes.items()}
    for name, values in summaries.items():
        print(
            f"{name:24s} {values['success']} of {values['count']} below {SUCCESS_MM:.0f} mm in plane; median "
            f"{values['median_in_plane_mm']:.2f} mm in plane, {values['median_depth_mm']:.2f} mm depth, "
            f"{values['median_seconds']:.2f} s, {values['times_our_seconds']:.1f} x our time, "
            f"{values['times_our_cpu_seconds']:.1f} x our processor time"
        )
    if options.json:
        values = {"spread": options.spread, "left_out": left_out, "results": {**summaries, **dict.fromkeys(left_out)}}
        write_json(options.json, {**described_machine("registration_peers.py", LIBRARIES), **values})
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=8, help="number of cases")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spread", type=float, default=1.0, help="multiplies the starts' distance from the truth")
    parser.add_argument("--methods", nargs="+", metavar="PART", help="only methods whose name holds one of these")
    parser.add_argument("--quick", action="store_true", help="2 cases, no file unless --json is given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default results/registration_peers.json")
    options = parser.parse_args()
    if options.quick:
        options.n = 2
    elif options.json is None:
        options.json = RESULTS / "registration_peers.json"
    return options


Method = Callable[[Case, RegistrationConfig], Found]


def available(wanted: list[str] | None) -> tuple[dict[str, Method], dict[str, str]]:
    """The methods that can run here, and why others cannot."""
    methods: dict[str, Method] = {"bonedensity": ours, "bonedensity, to 128 pixels": ours_to_128}
    left_out = {}
    for name, make in (("same search, RTK renders", rtk_search), ("DiffDRR, Adam", diffdrr_descent)):
        if wanted and not any(part in name for part in wanted):
            continue
        try:
            methods[name] = make()
        except ImportError as error:
            left_out[name] = str(error)
            print(f"left out: {name}: {error}")
    return methods, left_out


def ours(case: Case, config: RegistrationConfig) -> Found:
    result = register(case.volume, [case.view], initial=case.start, labels=case.labels, config=config)
    return Found(result.world_from_ct, result.evaluations)


def ours_to_128(case: Case, config: RegistrationConfig) -> Found:
    """Without the finest level: as far as DiffDRR goes."""
    return ours(case, replace(config, levels=config.levels[:LEVELS_OF_DIFFDRR]))


def rtk_search() -> Method:
    """Our search with every DRR drawn by RTK's Joseph projector."""
    from peers.rtk import RtkJoseph

    class RtkProjector(RtkJoseph):
        def __init__(self, array: NDArray, index_to_patient: NDArray, **_: Any) -> None:
            super().__init__(array, index_to_patient)

    def search(case: Case, config: RegistrationConfig) -> Found:
        with replaced(level_module, "Projector", RtkProjector):
            return ours(case, config)

    return search


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Any:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def diffdrr_descent() -> Method:
    """Adam on gradient correlation through DiffDRR's trilinear renderer."""
    from peers.descent import descend

    def search(case: Case, config: RegistrationConfig) -> Found:
        hu = np.asarray(case.volume.array)
        mask = case.labels.mask([BONE])
        bone = case.volume.with_array(np.where(mask, np.clip(hu - 50, 0, 2000) * WATER / 1000, 0).astype(np.float32))
        where = np.argwhere(mask)[:, ::-1]
        frame = ViewFrame(case.view.camera, case.start, case.centre)
        levels = config.levels[:LEVELS_OF_DIFFDRR]
        return Found(*descend(bone.cropped(where.min(axis=0), where.max(axis=0) + 1), case.view, frame, levels))

    return search


def phantom_ct() -> tuple[Volume, LabelMap]:
    """The phantom as a CT in HU, and its bones as one label."""
    phantom = pelvis_phantom(CT.half_box_mm)
    bone = voxels(phantom.bones, CT)
    hu = (voxels(phantom.body, CT) + bone) * (1000 / WATER) - 1000
    grid = CT.index_to_patient
    labels = (bone > 100 * WATER / 1000).astype(np.uint8)
    return Volume(hu.astype(np.float32), grid, name="phantom"), LabelMap(Volume(labels, grid, unit="1"), {1: BONE})


def simulated(volume: Volume, labels: LabelMap, seed: list[int], spread: float) -> Case:
    rng = np.random.default_rng(seed)
    surface = surface_points(labels, [BONE])
    centre = surface.mean(axis=0)
    camera = c_arm_camera(
        sdd_mm=SDD_MM,
        source_to_isocentre_mm=SOD_MM,
        rows=CT.detector,
        columns=CT.detector,
        pixel_spacing_mm=(CT.pixel_mm, CT.pixel_mm),
    )
    truth = ViewFrame(camera, RigidTransform.identity(), centre).pose(rng.uniform(-TRUTH_RANGE, TRUTH_RANGE))
    start = ViewFrame(camera, truth, centre).pose(spread * rng.uniform(-START_RANGE, START_RANGE))
    image = radiograph(camera, truth, rng)
    view = View(image, camera, body_region(image))
    return Case(volume, labels, view, centre, surface, truth, start, int(rng.integers(2**31)))


def radiograph(camera: PinholeCamera, pose: RigidTransform, rng: np.random.Generator) -> NDArray[np.float32]:
    """From line integrals in closed form to 12 grey bits."""
    rays = pinhole_rays(camera).moved(pose.inverse().matrix)
    phantom = pelvis_phantom(CT.half_box_mm)
    bone = line_integrals(phantom.bones, rays) / (CORTICAL_HU * WATER / 1000)
    gas = [ellipsoid(rng.uniform((-60, -70, 0), (60, -30, 90)), rng.uniform(6, 18, 3), -1000) for _ in range(6)]
    soft = chords(phantom.body[0], rays) - bone - sum(chords(bubble, rays) for bubble in gas)
    exposure = detected_exposure(
        np.maximum(soft, 0).astype(np.float32), bone.astype(np.float32), (CT.pixel_mm, CT.pixel_mm), XraySettings(), rng
    )
    exposure = exposure * (1 + HEEL_EFFECT * np.linspace(-1, 1, camera.rows)[:, None])
    shown = -np.log(np.maximum(exposure, 1e-6))
    low, high = np.percentile(shown[shown > 1], (5, 99.8))
    return np.round(4095 * np.clip((shown - low) / (high - low), 0, 1) ** 0.9).astype(np.float32)


def attempt(case: Case, name: str, method: Method) -> dict:
    started, worked = time.perf_counter(), time.process_time()
    found = method(case, RegistrationConfig(seed=case.seed))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    error = pose_error(found.pose, case.truth, case.surface, case.view.camera)
    first = pose_error(case.start, case.truth, case.surface, case.view.camera)
    print(
        f"{name:24s} start {first.in_plane_mm:5.1f} mm {first.rotation_deg:5.1f}°  end {error.in_plane_mm:6.2f} mm in "
        f"plane {error.depth_mm:6.2f} mm depth {error.rotation_deg:5.2f}°  {seconds:6.2f} s "
        f"{found.evaluations} evaluations",
        flush=True,
    )
    return {
        "start_in_plane_mm": round(first.in_plane_mm, 3),
        "in_plane_mm": round(error.in_plane_mm, 3),
        "depth_mm": round(error.depth_mm, 3),
        "total_mm": round(error.total_mm, 3),
        "rotation_deg": round(error.rotation_deg, 3),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "evaluations": found.evaluations,
        "success": error.in_plane_mm < SUCCESS_MM,
    }


def summary(outcomes: list[dict], own: list[dict]) -> dict:
    def median(key: str) -> float:
        return round(float(np.median([one[key] for one in outcomes])), 3)

    def times_ours(key: str) -> float:
        return round(float(np.median([a[key] / b[key] for a, b in zip(outcomes, own, strict=True)])), 2)

    return {
        "count": len(outcomes),
        "success": sum(one["success"] for one in outcomes),
        "success_below_mm": SUCCESS_MM,
        "median_in_plane_mm": median("in_plane_mm"),
        "median_depth_mm": median("depth_mm"),
        "median_seconds": median("seconds"),
        "median_evaluations": median("evaluations"),
        "median_cpu_seconds": median("cpu_seconds"),
        "times_our_seconds": times_ours("seconds"),
        "times_our_cpu_seconds": times_ours("cpu_seconds"),
        "each": outcomes,
    }


if __name__ == "__main__":
    sys.exit(main())
