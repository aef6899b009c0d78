"""DRRs of the simulated CTs: calibrated by their phantom and seen as each radiograph sees the person.

The truth beside a radiograph comes from the anatomy itself. What a study has in its place is a CT: with its kernel,
noise, beam hardening and calibration, its region found on labels, taken in another posture and laid onto the
radiograph. Here the posture is known; a study registers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from virtual_figures_people import PHANTOM, SIDE, Row

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES, femur_name
from bonedensity.densitometry.areal import areal_density
from bonedensity.densitometry.close_up import close_up
from bonedensity.densitometry.hip_regions import proximal_femur
from bonedensity.densitometry.phantoms import calibrate_by_phantom
from bonedensity.drr.render import rays_in_patient
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import RigidTransform
from bonedensity.geometry.camera_json import camera_from_json
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.virtual.cohort.bodies import bodies_for
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.radiographs.taking import LEAST_G_CM2

Landmarks = Mapping[str, NDArray[np.float64]]


def ct_drr_row(folder: Path, person: Person) -> Row:
    """Mean areal density (g/cm²) of the proximal femur by posture; None where the CT cannot be measured."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    ct = read_ct(folder / "ct.nii.gz")
    labels = read_label_map(folder / "labels.nii.gz", TOTALSEGMENTATOR_NAMES)
    try:
        density = calibrate_by_phantom(ct, PHANTOM).calibration.apply(ct)
        part = proximal_femur(labels, SIDE)
    except BoneDensityError as error:
        return {"views": None, "why": str(error)}
    seen, bodies = close_up(density, labels, part.bone, part.mask), bodies_for("hip", person)
    scanned, means = bodies("ct").landmarks, {}
    for scan in (scan for scan in truth["radiographs"].values() if scan["side"] == SIDE):
        pose = femur_moved(scanned, bodies(scan["posture"]).landmarks)
        standing = RigidTransform(np.reshape(scan["world_from_body"], (4, 4)))
        rays = rays_in_patient(camera_from_json(scan["camera"]), standing).moved(pose.inverse().matrix)
        image = areal_density(seen.density, rays, seen.region)
        means[scan["posture"]] = float(image[image > LEAST_G_CM2].mean())
    return {"views": means}


def femur_moved(before: Landmarks, after: Landmarks) -> RigidTransform:
    """The femur's motion from one posture to another."""
    names = [name for name in before if name.startswith(femur_name(SIDE))]
    first, second = (np.array([landmarks[name] for name in names]) for landmarks in (before, after))
    turn = Rotation.align_vectors(second - second.mean(axis=0), first - first.mean(axis=0))[0].as_matrix()
    return RigidTransform.from_rotation_translation(turn, second.mean(axis=0) - turn @ first.mean(axis=0))
