"""`plastimatch drr` (Debian package plastimatch). Times are its own: without starting, reading and writing."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from bonedensity.geometry import RayGrid
from peers.pinhole import Pinhole

if shutil.which("plastimatch") is None:
    raise ImportError("the program plastimatch is not installed (apt-get install plastimatch)")

MM_PER_CM = 10.0


class Plastimatch:
    measures_itself = True

    def __init__(self, array: NDArray[np.float32], index_to_patient: NDArray[np.float64], algorithm: str) -> None:
        spacing = np.linalg.norm(index_to_patient[:3, :3], axis=0)
        assert np.allclose(index_to_patient[:3, :3], np.diag(spacing)), "plastimatch takes upright volumes only"
        self._algorithm = algorithm
        self._folder = tempfile.TemporaryDirectory(prefix="plastimatch-")
        self._volume = Path(self._folder.name) / "volume.mha"
        image = sitk.GetImageFromArray(np.asarray(array, dtype=np.float32))
        image.SetSpacing(spacing.tolist())
        image.SetOrigin(index_to_patient[:3, 3].tolist())
        sitk.WriteImage(image, str(self._volume))
        self.seconds = 0.0
        self.peak_mb = 0.0

    def __call__(self, rays: RayGrid) -> NDArray[np.float32]:
        seen = Pinhole.of(rays)
        assert np.allclose(seen.offset_mm, 0, atol=1e-6), "plastimatch's detector is centred here"
        up, back = -seen.world_from_camera[:3, 1], -seen.world_from_camera[:3, 2]
        prefix = Path(self._folder.name) / "out"
        isocentre = seen.source - back * 0.75 * seen.sdd_mm
        row_mm, column_mm = seen.rows * seen.spacing_mm[0], seen.columns * seen.spacing_mm[1]
        command = [
            "plastimatch", "drr", "-A", "cpu", "-i", self._algorithm, "-t", "pfm", "-P", "none",
            "-r", f"{seen.rows} {seen.columns}", "-z", f"{row_mm!r} {column_mm!r}",
            "--sad", repr(0.75 * seen.sdd_mm), "--sid", repr(seen.sdd_mm),
            "-o", _words(isocentre), "-n", _words(back), "--vup", _words(up),
            "-O", str(prefix), str(self._volume),
        ]  # fmt: skip
        done = subprocess.run(["/usr/bin/env", "python3", "-c", LAUNCH, *command], capture_output=True, text=True)
        said = {name: float(value) for name, value in re.findall(r"(\w+(?:/O)?) time: ([\d.e-]+)", done.stdout)}
        if done.returncode or "Total" not in said:
            raise RuntimeError(f"plastimatch failed: {done.stderr or done.stdout}")
        self.seconds = said["Total"] - said.get("I/O", 0.0)
        self.peak_mb = float(re.findall(r"peak_kb (\d+)", done.stdout)[0]) / 1024
        data = Path(f"{prefix}0000.pfm").read_bytes()
        pixels = np.frombuffer(data[-4 * seen.rows * seen.columns :], dtype="<f4")
        return pixels.reshape(seen.rows, seen.columns) * np.float32(MM_PER_CM)


LAUNCH = (
    "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
    "print('peak_kb', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)
"""Runs a program and says how much memory it took at most."""


def _words(vector: NDArray[np.float64]) -> str:
    return " ".join(repr(float(x)) for x in vector)
