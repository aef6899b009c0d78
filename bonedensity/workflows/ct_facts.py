"""What a session knows of a CT's calibration, segmentation and densitometry beside the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a calibration rests on.

    Attributes:
        method: A phantom's name, "internal" or "scanner".
        lines: What was measured, one line each, for people.
        notes: Doubts of the method, one sentence each.
        picture: Rods and fit, (rows, columns, 3) of uint8; None where there is none.
    """

    method: str
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class BonesFound:
    """How the bones were found.

    Attributes:
        engine: Name of the engine and its model.
        confidence: Of the whole, 0 to 1; None where the engine cannot tell.
        seconds: Wall time.
        notes: What was done, what it ran on, how much memory it took.
    """

    engine: str
    confidence: float | None
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubts:
    """What stands against a CT's numbers.

    Attributes:
        flags: (kind, sentence) of each doubt about a bone.
        refusals: Region to the reason why it was not measured.
    """

    flags: tuple[tuple[str, str], ...] = ()
    refusals: Mapping[str, str] = field(default_factory=dict)


def evidence_lines(calibration: Calibration, details: Mapping[str, Any]) -> tuple[str, ...]:
    """The details of a worker's calibration as lines."""
    lines = [
        f"Rod {rod['density_mg_cm3']:g} mg/cm³: {rod['hu']:.1f} HU, off by {rod['residual_mg_cm3']:+.1f} mg/cm³"
        for rod in details.get("rods", ())
    ]
    if "effective_kev" in details:
        tissues = ", ".join(f"{name.replace('_', ' ')} {hu:.0f}" for name, hu in details["references_hu"].items())
        lines.append(f"Effective energy {details['effective_kev']:g} keV from {tissues} HU")
    return (calibration_line(calibration), *lines)


def calibration_line(calibration: Calibration) -> str:
    """Slope, intercept, material, source and residual in one line."""
    residual = calibration.residual_mg_cm3
    rest = "" if residual is None else f", residual {residual:.2f} mg/cm³"
    return (
        f"{calibration.slope:.4f} mg/cm³ per HU, {calibration.intercept:+.1f} mg/cm³ "
        f"({calibration.material}, {calibration.source}){rest}"
    )
