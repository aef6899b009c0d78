"""Bodies that registrations are tried on: the real CT, and virtual patients X-rayed from finer voxels than their CT."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.virtual import make_hip_patient

REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")
REAL = "ct-pelvis-lspine-totalseg"
CT_MM, XRAY_MM = 2.5, 2.0

FIT_PATIENTS, TEST_PATIENTS = (31, 32, 33), (41, 42, 43)
"""Virtual patients by seed; the real CT serves both groups, with other poses and exposures."""


@dataclass(frozen=True)
class Body:
    """What is registered, what is X-rayed, and the right hip's centre (CT LPS mm)."""

    name: str
    ct: Volume
    labels: LabelMap
    source: Volume
    source_labels: LabelMap
    joint: np.ndarray


@cache
def body(name: str) -> Body:
    """The real CT (name `REAL`), or a virtual patient ("virtual 31")."""
    if name == REAL:
        ct = read_ct(REAL_DATA / REAL / "example_ct.nii.gz")
        labels = read_label_map(REAL_DATA / REAL / "example_seg_fast_force_split.nii.gz", TOTALSEGMENTATOR_NAMES)
        return Body(name, ct, labels, ct, labels, fit_femur(labels, "R").head_centre)
    seed = int(name.split()[1])
    coarse, fine = make_hip_patient(seed, spacing_mm=CT_MM), make_hip_patient(seed, spacing_mm=XRAY_MM, noise_hu=0.0)
    return Body(name, coarse.ct, coarse.labels, fine.ct, fine.labels, coarse.landmarks["femur_right_head_centre"])


def names(group: str) -> list[str]:
    """Of the group "fit" or "test"; the real CT first, where it is on the machine."""
    virtual = [f"virtual {seed}" for seed in (FIT_PATIENTS if group == "fit" else TEST_PATIENTS)]
    return [REAL, *virtual] if (REAL_DATA / REAL).is_dir() else virtual
