"""Runs the command line as a user does, in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@dataclass
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture(scope="session")
def cli():
    def run(*arguments, timeout=300):
        command = [sys.executable, "-m", "bonedensity", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        return Run(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def real_ct():
    folder = REAL_DATA / "ct-pelvis-lspine-totalseg"
    if not folder.is_dir():
        pytest.skip(f"the real CT is not on this machine ({folder.name})")
    return folder


@pytest.fixture(scope="session")
def virtual_case(cli, tmp_path_factory):
    """A virtual patient's demo, with CT and labels written beside it."""
    from bonedensity.imaging.write import write_label_map, write_volume
    from bonedensity.virtual import make_hip_patient

    folder = tmp_path_factory.mktemp("virtual")
    patient = make_hip_patient(5, spacing_mm=3.0)
    write_volume(patient.ct, folder / "ct.nii.gz")
    write_label_map(patient.labels, folder / "labels.nii.gz")
    demo = cli(
        "demo", "--ct", folder / "ct.nii.gz", "--segmentation", folder / "labels.nii.gz", "--calibration", "0.8,-4",
        "-o", folder / "demo", "--json", "--seed", 3,
    )  # fmt: skip
    return folder, demo
