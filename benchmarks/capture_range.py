"""From how far one radiograph of the real CT's pelvis finds home, by a small budget: a map as JSON and picture.

python benchmarks/capture_range.py --json benchmarks/results/capture_range.json
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from decision_bodies import REAL, REAL_DATA, body
from machine import described_machine, write_json

from bonedensity.drr.xray import simulate_radiograph
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.registration import RegistrationConfig, View
from bonedensity.registration.capture_range import QUICK_LEVELS, Offsets, capture_range
from bonedensity.registration.error import surface_points
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.workflows.quality_pictures import capture_png

BONES = ("sacrum", "hip_left", "hip_right")
TRUTH = (3.0, -4.0, 2.0, 4.0, -3.0, 5.0)
OFFSETS = Offsets(turns_deg=(10, 20, 30, 45), shifts_mm=(20, 40, 60, 90), depths_mm=(50, 100, 150, 200), directions=8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="the picture is written beside it")
    chosen = parser.parse_args()
    if not (REAL_DATA / REAL).is_dir():
        print(f"The real CT “{REAL}” is absent: name its parent folder in BONEDENSITY_REAL_DATA.", file=sys.stderr)
        return 2
    one = body(REAL)
    camera = c_arm_camera(sdd_mm=1150, source_to_isocentre_mm=1000, rows=448, columns=448, pixel_spacing_mm=(0.9, 0.9))
    centre = surface_points(one.labels, BONES).mean(axis=0)
    truth = ViewFrame(camera, RigidTransform.from_translation(-centre), centre).pose(np.array(TRUTH))
    image = simulate_radiograph(one.source, camera, truth, seed=1).array
    began = time.perf_counter()
    found = capture_range(
        one.ct, [View(image, camera, body_region(image))], truth, labels=one.labels, bones=BONES, offsets=OFFSETS,
        config=RegistrationConfig(levels=QUICK_LEVELS),
        on_progress=lambda fraction, message: print(f"\r{fraction:4.0%} {message:40}", end="", file=sys.stderr),
    )  # fmt: skip
    values = {
        **described_machine("capture_range.py", ("bonedensity", "numpy", "numba", "cmaes")),
        "data": REAL,
        "bones": BONES,
        "seconds": round(time.perf_counter() - began, 1),
        **found.to_json(),
    }
    write_json(chosen.json, values)
    chosen.json.with_suffix(".png").write_bytes(
        capture_png(found, title="Pelvis of the real CT, one simulated AP radiograph, small budget")
    )
    print(found.to_json()["ranges"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
