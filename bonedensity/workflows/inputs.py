"""What a case is made of, read from files or made on the spot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.bones_from_file import bones_from_file
from bonedensity.anatomy.threshold import bone_by_threshold
from bonedensity.densitometry import Calibration
from bonedensity.errors import UnreadableFileError
from bonedensity.geometry import PinholeCamera, camera_from_json
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.virtual.hip import HU_INTERCEPT, HU_SLOPE, make_hip_patient


@dataclass(frozen=True, slots=True, eq=False)
class CaseInputs:
    """A CT with its bones, and perhaps a radiograph.

    Attributes:
        ct: In HU.
        labels: On the CT's grid.
        radiograph: None: to be simulated.
        camera: None: nominal, or from the radiograph's tags.
        landmarks: Known points (CT LPS mm).
        calibration: HU to density where it is known.
        synthetic: Whether the CT is a virtual patient's.
        notes: What was done or doubted on the way, for the report.
    """

    ct: Volume
    labels: LabelMap
    radiograph: Radiograph | None = None
    camera: PinholeCamera | None = None
    landmarks: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    calibration: Calibration | None = None
    synthetic: bool = False
    notes: tuple[str, ...] = ()


def read_inputs(
    *, ct: Path, segmentation: Path | None = None, xray: Path | None = None, camera: Path | None = None
) -> CaseInputs:
    """Read a case's files.

    Raises:
        BoneDensityError: A file that cannot be used; the message says which, why and how to mend it.
    """
    volume = read_ct(ct)
    notes = list(volume.notes)
    if segmentation is None:
        labels = bone_by_threshold(volume)
        notes.append("No segmentation was given: all dense bone is registered together, and no region is measured.")
    else:
        labels = bones_from_file(segmentation, volume)
        notes += labels.volume.notes
    radiograph = None if xray is None else read_radiograph(xray)
    return CaseInputs(
        ct=volume,
        labels=labels,
        radiograph=radiograph,
        camera=None if camera is None else read_camera(camera),
        notes=(*notes, *(radiograph.notes if radiograph else ())),
    )


def virtual_inputs(seed: int) -> CaseInputs:
    """A virtual hip patient; its X-ray is to be simulated."""
    patient = make_hip_patient(seed)
    note = f"Virtual patient (seed {seed}): synthetic, for research and teaching only."
    known = Calibration(HU_SLOPE, HU_INTERCEPT, source="virtual patient's own")
    return CaseInputs(
        patient.ct,
        patient.labels,
        landmarks=dict(patient.landmarks),
        calibration=known,
        synthetic=True,
        notes=(note,),
    )


def read_camera(path: Path) -> PinholeCamera:
    """A camera from `CAM.json`.

    Raises:
        UnreadableFileError: Not there, or not JSON.
        GeometryError: A field is missing or impossible.
    """
    return camera_from_json(read_json_object(path, "camera"))


def read_json_object(path: Path, what: str) -> dict[str, Any]:
    """A JSON object from a small file.

    Raises:
        UnreadableFileError: Not there, not JSON, or not an object.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not JSON"
        raise UnreadableFileError(f"The {what} file “{path}” cannot be read: {reason}.") from error
    if not isinstance(values, dict):
        raise UnreadableFileError(f"The {what} file “{path}” must hold one JSON object {{…}}.")
    return values
