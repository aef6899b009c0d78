"""From which side a radiograph shows the patient, and turning it to how the X-ray source sees it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from bonedensity.imaging.dicom_tags import text, texts

DIRECTIONS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "H": (0, 0, 1), "F": (0, 0, -1)}
"""PatientOrientation's letters as LPS directions."""

BEAMS = {"AP": (0, 1, 0), "PA": (0, -1, 0)}
"""Direction (LPS) in which the X-rays go, by ViewPosition."""

LATERAL_VIEWS = ("LL", "RL", "LLD", "RLD", "LAT", "LATERAL")
"""ViewPosition of side views; which side was nearer the source is written in too many ways to rely on."""


def view_of(dataset: Dataset) -> str:
    """ViewPosition: "AP", "PA", "LATERAL" or as the file has it; empty where it says nothing."""
    view = text(dataset, "ViewPosition").upper()
    return "LATERAL" if view in LATERAL_VIEWS else view


def laterality_of(dataset: Dataset) -> str:
    """ "L", "R" or empty, from ImageLaterality or Laterality; both sides ("B") and unpaired ("U") are empty."""
    for keyword in ("ImageLaterality", "Laterality"):
        side = text(dataset, keyword).upper()
        if side in ("L", "R"):
            return side
    return ""


def must_mirror(dataset: Dataset) -> tuple[bool, tuple[str, ...]]:
    """Whether columns must be reversed so that the image is as seen from the source, and notes on why.

    PatientOrientation tells which way the viewer looks; where that is not the way of the beam, the image is as seen
    from the detector. Without it, a PA image is taken as hospitals show it: the patient's left on the right, which
    is the detector's side.
    """
    view = view_of(dataset)
    looking = _viewing_direction(dataset)
    if view not in BEAMS:
        if view == "" and (looking is None or abs(looking[1]) == 1):
            return False, ("The file does not say whether the X-rays came from the front or the back: taken as AP.",)
        return False, ()
    if looking is None:
        if view == "PA":
            return True, (
                "PA without PatientOrientation: taken as displayed from the front and mirrored to the source.",
            )
        return False, ()
    along = float(np.dot(looking, BEAMS[view]))
    if along < 0:
        return True, (f"The {view} image was stored as seen from the detector; it was mirrored to the source's side.",)
    if along == 0:
        return False, (f"The header's PatientOrientation contradicts its {view} view; check left and right.",)
    return False, ()


def _viewing_direction(dataset: Dataset) -> NDArray[np.int_] | None:
    """Direction (LPS) into the image, from the main letters of PatientOrientation, or None."""
    letters = texts(dataset, "PatientOrientation")
    if len(letters) != 2 or not all(letter[:1] in DIRECTIONS for letter in letters):
        return None
    right, down = (np.array(DIRECTIONS[letter[0]]) for letter in letters)
    into = np.cross(right, down)
    return into if into.any() else None
