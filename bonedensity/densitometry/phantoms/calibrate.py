"""From a CT with a phantom to its calibration: find the rods, put them in order, fit the line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.checks import check_hounsfield
from bonedensity.densitometry.phantoms.arrange import Row, rows_of
from bonedensity.densitometry.phantoms.line import Line, calibration_of, fit_line
from bonedensity.densitometry.phantoms.phantom import Phantom, phantom_named
from bonedensity.densitometry.phantoms.rods import Rod, find_rods
from bonedensity.densitometry.phantoms.sample import RodValue, rod_value
from bonedensity.densitometry.phantoms.slabs import Stack
from bonedensity.errors import CalibrationError
from bonedensity.imaging import Volume

POSSIBLE_SLOPE = (0.35, 1.6)
"""mg/cm³ per HU outside which no tube voltage leads: effective energies of 45 to 130 keV."""

RESIDUAL_MG_CM3 = 6.0
RESIDUAL_SHARE = 0.02
"""Rods off their line by more than the first plus this share of the densities' range are not this phantom's."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredRod:
    """One rod of the phantom.

    Attributes:
        density: Nominal (mg/cm³).
        value: Measured HU.
        residual_mg_cm3: Density by the line minus nominal.
        centre: Middle of its axis, LPS mm.
        diameter_mm: Its diameter.
        seen: False where it has the HU of its surroundings, and its place follows from the others.
    """

    density: float
    value: RodValue
    residual_mg_cm3: float
    centre: NDArray[np.float64]
    diameter_mm: float
    seen: bool


@dataclass(frozen=True, slots=True, eq=False)
class PhantomCalibration:
    """A phantom found in a CT.

    Attributes:
        phantom: Which.
        calibration: The line, with its uncertainty.
        rods: Measured rods, in the phantom's order.
    """

    phantom: Phantom
    calibration: Calibration
    rods: tuple[MeasuredRod, ...]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "phantom": self.phantom.name,
            "rods": [
                {
                    "density_mg_cm3": rod.density,
                    "hu": rod.value.hu,
                    "hu_standard_error": rod.value.standard_error,
                    "residual_mg_cm3": rod.residual_mg_cm3,
                    "centre_mm": rod.centre.tolist(),
                    "diameter_mm": rod.diameter_mm,
                    "seen": rod.seen,
                }
                for rod in self.rods
            ],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """A row with the HU of its rods; a value is None where the rod lies outside the image."""

    row: Row
    values: tuple[RodValue | None, ...]
    line: Line | None

    @property
    def seen(self) -> int:
        return sum(self.row.seen)


def calibrate_by_phantom(ct: Volume, phantom: Phantom | str) -> PhantomCalibration:
    """Find a phantom in a CT and fit its line.

    Rods are searched behind the body first (supine on the phantom), then before it (prone).

    Args:
        ct: In HU.
        phantom: Which was scanned.

    Raises:
        CalibrationError: Not in HU, or the phantom is unknown, not there, cut off, or another one.
        GeometryError: Voxels that are not finite.
    """
    sought = phantom_named(phantom) if isinstance(phantom, str) else phantom
    check_hounsfield(ct)
    stack, partial = Stack.of(ct), []
    for rows in stack.halves():
        readings = [r for row in rows_of(sought, find_rods(stack, rows, sought.diameter_mm), stack)
                    for r in _readings(sought, row, stack)]  # fmt: skip
        whole = [r for r in readings if _whole(sought, r)]
        if whole:
            best = min(whole, key=lambda r: (-r.seen, r.line.rms if r.line else np.inf))
            return _measured(sought, best, stack)
        partial += readings
    raise CalibrationError(_why_not(sought, partial, ct))


def _readings(phantom: Phantom, row: Row, stack: Stack) -> Iterator[_Reading]:
    """The row's reading, if its HU can be this phantom's."""
    values = tuple(rod_value(stack, rod) for rod in row.rods)
    measured = [place for place, value in enumerate(values) if value is not None]
    if len(measured) == len(values):
        line = fit_line(phantom, [value.hu for value in values if value is not None])
        if _fits(phantom, line):
            yield _Reading(row, values, line)
    elif len(measured) >= 2:
        part = _part_of(phantom, measured)
        line = fit_line(part, [value.hu for value in values if value is not None])
        if _fits(part, line):
            yield _Reading(row, values, None)


def _part_of(phantom: Phantom, places: list[int]) -> Phantom:
    water = phantom.water_equivalents
    return replace(
        phantom,
        densities=tuple(phantom.densities[p] for p in places),
        water_equivalents=None if water is None else tuple(water[p] for p in places),
    )


def _fits(phantom: Phantom, line: Line) -> bool:
    limit = RESIDUAL_MG_CM3 + RESIDUAL_SHARE * float(np.ptp(phantom.densities))
    return POSSIBLE_SLOPE[0] <= line.slope <= POSSIBLE_SLOPE[1] and float(np.abs(line.residuals).max()) <= limit


def _whole(phantom: Phantom, reading: _Reading) -> bool:
    """All rods measured; one of three or four, two of more may have the HU of their surroundings and so be unseen."""
    count = len(phantom.densities)
    unseen = 0 if count < 3 else 1 if count < 5 else 2
    return reading.line is not None and reading.seen >= count - unseen


def _measured(phantom: Phantom, reading: _Reading, stack: Stack) -> PhantomCalibration:
    assert reading.line is not None
    rods = tuple(
        MeasuredRod(density, value, float(residual), _centre(rod, stack), rod.diameter_mm, seen)
        for density, value, residual, rod, seen in zip(
            phantom.densities, reading.values, reading.line.residuals, reading.row.rods, reading.row.seen, strict=True
        )
        if value is not None
    )
    return PhantomCalibration(phantom, calibration_of(phantom, reading.line), rods)


def _centre(rod: Rod, stack: Stack) -> NDArray[np.float64]:
    middle = (rod.first + rod.last) / 2
    return stack.to_patient(np.array([middle, *rod.at(middle)]))


def _why_not(phantom: Phantom, partial: list[_Reading], ct: Volume) -> str:
    count = len(phantom.densities)
    mend = "name the phantom that was scanned, or calibrate with “internal” or SLOPE,INTERCEPT."
    cut = [r for r in partial if r.line is None]
    if cut:
        inside = max(sum(value is not None for value in r.values) for r in cut)
        return (
            f"The phantom {phantom.title} is cut off in “{ct.name}”: only {inside} of its {count} rods lie within the "
            "image, so reconstruct a wider field of view, or calibrate with “internal” or SLOPE,INTERCEPT."
        )
    if partial:
        seen = max(r.seen for r in partial)
        return f"Only {seen} of the {count} rods of {phantom.title} were found in “{ct.name}”: {mend}"
    return f"No {phantom.title} was found in “{ct.name}”: there is no row of {count} such rods outside the body; {mend}"
