"""The people of a simulated cohort as subjects of `registration_acceptance.py`: each with a body of its own.

A person's CT as written (1.5 mm, scanner noise, phantom and table in it) is X-rayed; what is registered is a coarser
copy, averaged to 3 mm, so that search and X-ray share no grid.
"""

from __future__ import annotations

from pathlib import Path

from acceptance_scenes import Subject

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.resample import coarser

REGISTERED_MM = 3.0


def persons(cohort: Path) -> list[Path]:
    """Folders of first visits with a CT, in order."""
    return sorted(path.parent for path in cohort.glob("*/visit_0/ct.nii.gz"))


def person(folder: Path) -> Subject:
    """One person; all of a region bear one name, since they are summed up together."""
    ct, labels = read_ct(folder / "ct.nii.gz"), read_label_map(folder / "labels.nii.gz", names=TOTALSEGMENTATOR_NAMES)
    reduced = coarser(ct, REGISTERED_MM)
    name = f"virtual cohort, {folder.parent.name.split('-')[0]}s"
    return Subject(name, reduced, place_on_grid(labels, reduced), ct, labels, alone=True)
