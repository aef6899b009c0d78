"""Everything that a CT's bones allow to measure, and what stands against the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.labels import LUMBAR_L1_L4, Side, femur_name, side_word
from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.flags import Flag, bone_flags
from bonedensity.densitometry.measure import RegionResult, measure
from bonedensity.densitometry.regions import RegionName
from bonedensity.densitometry.trabecular import trabecular_vbmd
from bonedensity.densitometry.tscore import DEFAULT_REFERENCE
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.measurement import Measurement
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent, stop_if_asked

SIDES: tuple[Side, Side] = ("R", "L")

FEMORAL: tuple[tuple[RegionName, str], ...] = (
    ("proximal-femur", "Proximal femur"),
    ("total-hip", "Total hip"),
    ("femoral-neck", "Femoral neck"),
)
"""Regions of a femur, with titles."""

WANTED: tuple[tuple[RegionName, Side, str], ...] = (
    *((region, side, f"{title}, {side_word(side)}") for region, title in FEMORAL for side in SIDES),
    ("L1-L4", "R", "L1-L4"),
)
"""Region, side and title; the spine's side means nothing."""

TRABECULAR = "Trabecular vBMD, L1-L4"


@dataclass(frozen=True, slots=True, eq=False)
class AllRegions:
    """What was measured in a CT.

    Attributes:
        results: Of each region that could be measured.
        measurements: All numbers of these, and the trabecular densities.
        refusals: Title to the reason why a region could not be measured.
        flags: Doubts about the bones.
    """

    results: tuple[RegionResult, ...]
    measurements: tuple[Measurement, ...]
    refusals: Mapping[str, str]
    flags: tuple[Flag, ...]


def measure_all_regions(
    ct: Volume,
    labels: LabelMap,
    calibration: Calibration,
    *,
    reference: str = DEFAULT_REFERENCE,
    femurs: Mapping[Side, FemurGeometry] | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> AllRegions:
    """Measure every region on both sides.

    Args:
        ct: In HU.
        labels: On the CT's grid, TotalSegmentator's names.
        calibration: HU to mg/cm³.
        reference: T-score reference.
        femurs: Geometry of a side where it is known better than labels tell.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        CalibrationError: The CT is not in HU.
        CancelledError: `should_stop` said so.
    """
    regions = len(WANTED) / (len(WANTED) + 2)
    results, refusals = measure_regions(
        ct, labels, calibration, reference=reference, femurs=femurs,
        on_progress=part_of(on_progress, 0.0, regions), should_stop=should_stop,
    )  # fmt: skip
    stop_if_asked(should_stop)
    on_progress(regions, "Measuring the trabecular bone")
    numbers = [m for result in results for m in result.measurements]
    try:
        numbers += trabecular_vbmd(ct, labels, calibration)
    except AnatomyError as error:
        refusals[TRABECULAR] = str(error)
    stop_if_asked(should_stop)
    on_progress((len(WANTED) + 1) / (len(WANTED) + 2), "Looking for what makes the numbers doubtful")
    flags = bone_flags(ct, labels, [*map(femur_name, SIDES), *LUMBAR_L1_L4])
    return AllRegions(results, tuple(numbers), refusals, tuple(flags))


def measure_regions(
    ct: Volume,
    labels: LabelMap,
    calibration: Calibration,
    *,
    reference: str = DEFAULT_REFERENCE,
    femurs: Mapping[Side, FemurGeometry] | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> tuple[tuple[RegionResult, ...], dict[str, str]]:
    """Every region on both sides, and title to the reason why a region could not be measured.

    Arguments and errors are those of `measure_all_regions`.
    """
    results: list[RegionResult] = []
    refusals: dict[str, str] = {}
    known = femurs or {}
    for number, (region, side, title) in enumerate(WANTED):
        stop_if_asked(should_stop)
        on_progress(number / len(WANTED), f"Measuring: {title}")
        femur = None if region == "L1-L4" else known.get(side)
        try:
            results.append(
                measure(ct, labels, region=region, calibration=calibration, side=side, reference=reference, femur=femur)
            )
        except AnatomyError as error:
            refusals[title] = str(error)
    return tuple(results), refusals
