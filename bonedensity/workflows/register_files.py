"""A registration from files: what `bonedensity register` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonedensity.errors import GeometryError, RegistrationError
from bonedensity.geometry import PinholeCamera
from bonedensity.imaging import Radiograph
from bonedensity.imaging.read_cameras import read_cameras
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.registration import RegistrationConfig, RegistrationResult, View, register
from bonedensity.registration.initial import NamedPairs, SearchRange, landmark_pairs_from_json
from bonedensity.registration.region import body_region
from bonedensity.registration.scale import ScaleUncertainty, registered_scale
from bonedensity.registration.view_agreement import ViewAgreement, agreement_at, doubted
from bonedensity.workflows.inputs import read_inputs, read_json_object
from bonedensity.workflows.setup import registrable_bones
from bonedensity.workflows.starting_pose import Start, StartWishes, starting_pose

MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
"""Units of length that calibration files come in."""

SEARCH_SHARE = 0.2
"""Of the progress, for the start."""


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredFiles:
    """A registration and how it came about.

    Attributes:
        result: Pose and quality.
        bones: That were registered.
        start: Where it started.
        agreement: Of several views; None for one.
        scale: How surely mm at the bone are known in the first view; None where it was not estimated.
    """

    result: RegistrationResult
    bones: tuple[str, ...]
    start: Start
    agreement: ViewAgreement | None
    scale: ScaleUncertainty | None

    def to_json(self) -> dict[str, Any]:
        """As the object that `register --json` prints."""
        values = {**self.result.to_json(), "bones": list(self.bones), "start": self.start.facts}
        values["notes"] = list(self.start.notes)
        values["scale"] = None if self.scale is None else self.scale.to_json()
        if self.agreement is not None:
            values["view_agreement"] = self.agreement.to_json()
        return values


def register_files(
    ct: Path,
    xrays: Sequence[Path],
    cameras: Sequence[Path],
    *,
    segmentation: Path | None = None,
    bones: Sequence[str] | None = None,
    wishes: StartWishes | None = None,
    camera_unit: str = "mm",
    seed: int = 0,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> RegisteredFiles:
    """Read, find a start, register, and compare the views where there are several.

    Args:
        ct: CT in HU.
        xrays: Radiographs.
        cameras: Their calibration files, in order; one file may hold several cameras.
        segmentation: Bone labels.
        bones: To register together; default pelvis and femurs, else the lumbar spine.
        wishes: What is known about the start.
        camera_unit: Unit of length of calibration files that do not state it: mm, cm or m.
        seed: Of the search.
        on_progress: Fraction and message.
        should_stop: True ends the search.

    Raises:
        BoneDensityError: Input that cannot be used; one sentence.
    """
    inputs = read_inputs(ct=ct, segmentation=segmentation)
    views = read_views(xrays, cameras, camera_unit=camera_unit)
    chosen = list(bones) if bones else registrable_bones(inputs.ct, inputs.labels)
    progress, known = part_of(on_progress, 0.0, SEARCH_SHARE), wishes or StartWishes()
    start = starting_pose(
        inputs.ct, inputs.labels, chosen, views, wishes=known, on_progress=progress, should_stop=should_stop
    )
    config = RegistrationConfig(seed=seed)
    result = register(
        inputs.ct,
        views,
        initial=start.world_from_ct,
        config=config,
        labels=inputs.labels,
        bones=chosen,
        landmarks=start.pairs,
        on_progress=part_of(on_progress, SEARCH_SHARE, 1.0),
        should_stop=should_stop,
    )
    scale = registered_scale(views[0].camera, result)
    if len(views) == 1:
        return RegisteredFiles(result, tuple(chosen), start, None, scale)
    agreement = agreement_at(
        inputs.ct, views, result, config=config, labels=inputs.labels, bones=chosen, should_stop=should_stop
    )
    return RegisteredFiles(doubted(result, agreement), tuple(chosen), start, agreement, scale)


def read_views(xrays: Sequence[Path], cameras: Sequence[Path], *, camera_unit: str = "mm") -> list[View]:
    """Radiographs with their cameras.

    Raises:
        GeometryError: Not as many cameras as radiographs, or an unknown unit.
        BoneDensityError: A file that cannot be used.
    """
    if camera_unit not in MM_PER_UNIT:
        raise GeometryError(f"The camera unit “{camera_unit}” is unknown: choose {', '.join(MM_PER_UNIT)}.")
    images = [read_radiograph(path) for path in xrays]
    found: list[PinholeCamera] = []
    for path in cameras:
        of_image = images[min(len(found), len(images) - 1)]
        found += read_cameras(
            path,
            rows=of_image.rows,
            columns=of_image.columns,
            pixel_spacing_mm=_detector_pixel(of_image),
            mm_per_unit=MM_PER_UNIT[camera_unit],
        )
    if len(found) != len(images):
        raise GeometryError(
            f"{len(images)} radiographs need as many cameras, but the --camera files hold {len(found)}."
        )
    return [View(each.array, camera, body_region(each.array)) for each, camera in zip(images, found, strict=True)]


def parse_search_range(text: str) -> SearchRange:
    """From "DEG,MM" or "DEG,MM,DEPTH_MM".

    Raises:
        RegistrationError: Not two or three numbers, or an impossible range.
    """
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise RegistrationError(
            f"The search range “{text}” must be degrees and mm, such as 40,30 (a third number is the depth in mm)."
        )
    return SearchRange(*numbers)


def read_landmark_pairs(path: Path) -> NamedPairs:
    """Landmark pairs from a JSON file.

    Raises:
        UnreadableFileError: Not there, or not JSON.
        GeometryError: A landmark without its two points.
    """
    return landmark_pairs_from_json(read_json_object(path, "landmark"))


def _detector_pixel(radiograph: Radiograph) -> tuple[float, float] | None:
    spacing = radiograph.spacing
    return spacing.pair if spacing is not None and spacing.on_detector else None
