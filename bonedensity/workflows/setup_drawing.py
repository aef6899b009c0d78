"""A drawing of the X-ray set-up, to scale: source, patient and detector, seen from the patient's feet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bonedensity.imaging import Radiograph
from bonedensity.workflows.xray_geometry import BEAMS, XrayGeometry

Kind = Literal["beam", "detector", "patient", "measure", "source", "axis"]
"""What a shape stands for; a window gives each a colour."""

PELVIS_MM = (350.0, 220.0)
"""Width and depth of the body that is drawn."""

BODY_STEPS = 48
"""Corners of the body's outline."""

UNKNOWN_DETECTOR_MM = 400.0
"""Height of the detector that is drawn while its pixel size is not known."""

MARGIN_PX = 34
FOOT_PX = 44
TICK_PX = 4


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points (x, y) in pixels."""

    kind: Kind
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Text centred on a point in pixels."""

    kind: Kind
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn on `width` x `height` pixels."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From mm along the beam (from the source) and across it to pixels."""

    per_mm: float
    middle: float

    def at(self, along_mm: float, across_mm: float) -> tuple[float, float]:
        return MARGIN_PX + along_mm * self.per_mm, self.middle + across_mm * self.per_mm


def setup_drawing(geometry: XrayGeometry, radiograph: Radiograph | None, *, width: int = 430) -> Drawing:
    """The set-up: the beam runs from left to right, and the patient lies with the side that faces it to the left.

    Args:
        geometry: The numbers.
        radiograph: For the detector's size; None draws a usual one.
        width: Pixels.
    """
    size = detector_mm(geometry, radiograph)
    per_mm = (width - 2 * MARGIN_PX) / geometry.sdd_mm
    tall = max(size or UNKNOWN_DETECTOR_MM, PELVIS_MM[0])
    height = round(tall * per_mm) + 24 + FOOT_PX
    scale = _Scale(per_mm, (height - FOOT_PX) / 2 + 4)
    strokes = [
        *_beam(geometry, size or UNKNOWN_DETECTOR_MM, scale),
        _body(geometry, scale),
        *_rulers(geometry, scale, height),
    ]
    words = [*_letters(geometry, scale), *_numbers(geometry, size, scale, height)]
    return Drawing(width, height, tuple(strokes), tuple(words))


def detector_mm(geometry: XrayGeometry, radiograph: Radiograph | None) -> float | None:
    """Width (mm) of the detector across the patient; None while the pixel size is not known."""
    if radiograph is None or geometry.spacing_mm is None:
        return None
    return radiograph.columns * geometry.spacing_mm[1]


def turn_deg(geometry: XrayGeometry) -> float:
    """Angle by which the body is drawn turned; at 0 its front faces the source."""
    beam, swung = BEAMS[geometry.view]
    return (180.0 if beam == "PA" else 0.0) + swung + geometry.primary_deg


def _beam(geometry: XrayGeometry, size: float, scale: _Scale) -> list[Stroke]:
    source, end = scale.at(0, 0), geometry.sdd_mm
    top, bottom = scale.at(end, -size / 2), scale.at(end, size / 2)
    x, y = source
    cross = [Stroke("source", ((x - 5, y), (x + 5, y))), Stroke("source", ((x, y - 5), (x, y + 5)))]
    central = Stroke("axis", (source, scale.at(end, 0)))
    return [
        Stroke("beam", (source, top)),
        Stroke("beam", (source, bottom)),
        central,
        Stroke("detector", (top, bottom)),
        *cross,
    ]


def _on_body(geometry: XrayGeometry, angle: float, reach: float = 1.0) -> tuple[float, float]:
    """A point of the body's rim, in mm along and across the beam from its middle; at 0 the front, at 90 the left."""
    front, left = math.cos(math.radians(angle)) * PELVIS_MM[1] / 2, math.sin(math.radians(angle)) * PELVIS_MM[0] / 2
    turn = math.radians(turn_deg(geometry))
    towards = front * math.cos(turn) + left * math.sin(turn)
    aside = -front * math.sin(turn) + left * math.cos(turn)
    return -reach * towards, -reach * aside


def _body(geometry: XrayGeometry, scale: _Scale) -> Stroke:
    rim = [_on_body(geometry, 360 * step / BODY_STEPS) for step in range(BODY_STEPS + 1)]
    middle = geometry.source_to_isocentre_mm
    return Stroke("patient", tuple(scale.at(middle + along, across) for along, across in rim))


def _letters(geometry: XrayGeometry, scale: _Scale) -> list[Words]:
    """Front, left, back and right within the rim."""
    middle = geometry.source_to_isocentre_mm
    found = []
    for angle, letter in ((0, "A"), (90, "L"), (180, "P"), (270, "R")):
        along, across = _on_body(geometry, angle, reach=0.72)
        found.append(Words("patient", *scale.at(middle + along, across), letter))
    return found


def _rulers(geometry: XrayGeometry, scale: _Scale, height: int) -> list[Stroke]:
    """Two lines below: source to patient, and source to detector."""
    start = scale.at(0, 0)[0]
    strokes: list[Stroke] = []
    for y, length in ((height - 34, geometry.source_to_isocentre_mm), (height - 12, geometry.sdd_mm)):
        end = scale.at(length, 0)[0]
        strokes.append(Stroke("measure", ((start, y), (end, y))))
        strokes += [Stroke("measure", ((x, y - TICK_PX), (x, y + TICK_PX))) for x in (start, end)]
    return strokes


def _numbers(geometry: XrayGeometry, size: float | None, scale: _Scale, height: int) -> list[Words]:
    start, patient, end = (scale.at(mm, 0)[0] for mm in (0.0, geometry.source_to_isocentre_mm, geometry.sdd_mm))
    found = [
        Words(
            "measure", (start + patient) / 2, height - 43, f"source to patient {geometry.source_to_isocentre_mm:g} mm"
        ),
        Words("measure", (start + end) / 2, height - 21, f"source to detector {geometry.sdd_mm:g} mm"),
        Words("source", start + 4, scale.middle - 14, "source"),
    ]
    wide = "detector" if size is None else f"{size:.0f} mm"
    found.append(Words("detector", end - 4, 8, wide))
    about = [f"magnification {geometry.magnification:.3f}"]
    if geometry.secondary_deg:
        about.append(f"{abs(geometry.secondary_deg):g}° towards the {'head' if geometry.secondary_deg > 0 else 'feet'}")
    found.append(Words("measure", (start + patient) / 2 - 10, 8, ", ".join(about)))
    return found
