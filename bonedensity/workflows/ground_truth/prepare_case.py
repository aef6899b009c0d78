"""One visit of one person: read, registered, projected and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from bonedensity.anatomy.bones_from_file import bones_from_file
from bonedensity.densitometry import Calibration
from bonedensity.densitometry.choice import chosen_calibration
from bonedensity.errors import AnatomyError, BoneDensityError, CancelledError, UnwritableFileError
from bonedensity.geometry import PinholeCamera
from bonedensity.imaging import LabelMap, PixelSpacing, Radiograph, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.progress import OnProgress, ShouldStop, part_of
from bonedensity.segmentation import segment
from bonedensity.workflows.ground_truth.case_files import Row, finish, keep_truth, told, write_hip
from bonedensity.workflows.ground_truth.cases import ListedCase, ListedXray
from bonedensity.workflows.ground_truth.projections import HipProjections, HipProjector
from bonedensity.workflows.inputs import read_camera
from bonedensity.workflows.setup import camera_of

SEGMENTED = 0.3
"""Of the progress: when the CT is ready."""

STANDING = "standing"

Failures = list[tuple[str, str]]
"""Case or radiograph, and why there is nothing of it."""


def prepare_case(
    case: ListedCase,
    folder: Path,
    fingerprint: str,
    calibration: str,
    seed: int,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[list[Row], Failures]:
    """Everything of one visit; what cannot be made is told of, the rest is whole.

    Args:
        case: Which.
        folder: Of the whole data set.
        fingerprint: Of what the case is made from.
        calibration: Where its row does not say.
        seed: Of the searches.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnwritableFileError: The folder.
        CancelledError: `should_stop` said so.
    """
    who, made = f"{case.identifier}, visit {case.visit}", _Made()
    with made.telling(who):
        if case.implant:
            raise AnatomyError("A metal implant stands in for bone: nothing can be learnt from it.")
        on_progress(0.0, f"{who}: reading and segmenting")
        keep_truth(case, folder)
        ready = _ready(case, calibration, part_of(on_progress, 0.0, SEGMENTED), should_stop)
        made.details["calibration"] = ready.calibration.to_json()
        images = [list(group) for _, group in groupby(sorted(case.xrays, key=_image), key=_image)]
        for number, group in enumerate(images):
            step = (1 - SEGMENTED) / len(images)
            progress = part_of(on_progress, SEGMENTED + step * number, SEGMENTED + step * (number + 1))
            wanted = [each for each in group if made.has_femur(ready.projector, each, f"{who}, {each.name}")]
            if not wanted:
                continue
            with made.telling(*(f"{who}, {each.name}" for each in wanted)):
                found = _laid_onto(wanted, case, ready, seed, progress, should_stop)
                for each in wanted:
                    made.rows.append(write_hip(each, case, ready.projector.density_mg_cm3(each.side), found, folder))
                    made.details[each.name] = told(found, each.side)
    values = {"fingerprint": fingerprint, "rows": made.rows, "failed": made.failed, **made.details}
    finish(case, folder, values)
    return made.rows, made.failed


@dataclass(slots=True)
class _Made:
    """What there is of a case so far.

    Attributes:
        rows: Of the manifest.
        failed: What could not be made, and why.
        details: For case.json.
    """

    rows: list[Row] = field(default_factory=list)
    failed: Failures = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def telling(self, *names: str) -> Iterator[None]:
        """Bad input ends what is being made of these, and no more; a stop or a full disk ends all."""
        try:
            yield
        except (CancelledError, UnwritableFileError):
            raise
        except BoneDensityError as error:
            self.failed += [(name, str(error)) for name in names]

    def has_femur(self, projector: HipProjector, xray: ListedXray, name: str) -> bool:
        """Whether the wanted femur can be projected: one hip with metal leaves the other of use."""
        with self.telling(name):
            projector.proximal_femur(xray.side)
            return True
        return False


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    projector: HipProjector
    calibration: Calibration


def _ready(case: ListedCase, calibration: str, on_progress: OnProgress, should_stop: ShouldStop) -> _Ready:
    ct = read_ct(case.ct)
    labels = _labels(case, ct, on_progress, should_stop)
    word = case.calibration or calibration
    used = chosen_calibration(ct, word, labels=labels)[0] if word else Calibration.nominal()
    return _Ready(HipProjector(ct, labels, used), used)


def _labels(case: ListedCase, ct: Volume, on_progress: OnProgress, should_stop: ShouldStop) -> LabelMap:
    if case.labels is not None:
        return bones_from_file(case.labels, ct)
    return segment(ct, "bayesian-unet", on_progress=on_progress, should_stop=should_stop).labels


def _image(xray: ListedXray) -> tuple[str, str, str]:
    """Listed once for each hip, an image of both is registered once."""
    return str(xray.path), str(xray.camera), xray.posture


def _laid_onto(
    group: list[ListedXray],
    case: ListedCase,
    ready: _Ready,
    seed: int,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> HipProjections:
    first = group[0]
    on_progress(0.0, f"{case.identifier}: registering {first.name}")
    radiograph = read_radiograph(first.path)
    return ready.projector.project(
        radiograph,
        _camera(first, case, radiograph),
        [each.side for each in group],
        standing=first.posture == STANDING,
        seed=seed,
        on_progress=lambda fraction, _: on_progress(fraction, f"{case.identifier}: registering {first.name}"),
        should_stop=should_stop,
    )


def _camera(xray: ListedXray, case: ListedCase, radiograph: Radiograph) -> PinholeCamera:
    if xray.camera is not None:
        return read_camera(xray.camera)
    if case.pixel_mm is not None:
        radiograph = radiograph.with_spacing(PixelSpacing(case.pixel_mm, case.pixel_mm, "user"))
    return camera_of(radiograph, sdd_mm=case.sdd_mm)
