"""Four corners of each lumbar vertebra on an AP DXA, and the widths, heights and areas between them.

Two measures are kept apart. Corners give each body's own width, height and outline. A densitometer reports the region:
from mid-disc to mid-disc, as wide as bone is seen; its area is what UK Biobank's field 23200 holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.errors import AnatomyError
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage, without_margins
from bonedensity.measurement import Measurement

if TYPE_CHECKING:
    from bonedensity.virtual.dxa.regions import DxaRegion

CORNERS = ("superior_left", "superior_right", "inferior_right", "inferior_left")
"""Of a body, in the order of its outline; left and right are the patient's."""

LEVELS = tuple(name.removeprefix("vertebrae_") for name in LUMBAR_L1_L4)

SHAPE = (len(LEVELS), len(CORNERS), 2)
"""Of an outline: levels, corners, column and row."""

POINTS = len(LEVELS) * len(CORNERS)
"""How many corners those are."""

Outline = NDArray[np.float64]
"""Corners (4 levels, 4 corners, 2): column and row in pixels of the image as read."""


@dataclass(frozen=True, slots=True)
class BodySize:
    """One vertebral body seen from the front, by its corners.

    Attributes:
        level: L1 to L4.
        width_cm: Mean of the upper and lower end plate.
        height_cm: Between the middles of the end plates.
        area_cm2: Of the quadrilateral.
    """

    level: str
    width_cm: float
    height_cm: float
    area_cm2: float


def body_sizes(outline: Outline, pixel_mm: tuple[float, float]) -> tuple[BodySize, ...]:
    """Size of each body.

    Args:
        outline: Corners in pixels.
        pixel_mm: (row, column).

    Raises:
        AnatomyError: Corners that are no numbers, or in an order that no vertebra has.
    """
    check_outline(outline)
    points = outline * np.array(pixel_mm[::-1]) / 10
    sizes = []
    for level, (upper_left, upper_right, lower_right, lower_left) in zip(LEVELS, points, strict=True):
        width = (np.linalg.norm(upper_left - upper_right) + np.linalg.norm(lower_left - lower_right)) / 2
        height = np.linalg.norm((upper_left + upper_right - lower_left - lower_right) / 2)
        a, b = lower_right - upper_left, lower_left - upper_right
        sizes.append(BodySize(level, float(width), float(height), float(abs(a[0] * b[1] - a[1] * b[0]) / 2)))
    return tuple(sizes)


def check_outline(outline: Outline) -> None:
    """Refuse corners of which no spine could be made.

    Raises:
        AnatomyError: Not finite, lower corners above upper ones, or two in one place.
    """
    if outline.shape != SHAPE or not np.isfinite(outline).all():
        raise AnatomyError(f"The corners of L1 to L4 are not whole: {len(LEVELS)} x {len(CORNERS)} points are needed.")
    rows = outline[..., 1]
    if (rows[:, :2].mean(axis=1) >= rows[:, 2:].mean(axis=1)).any() or (np.diff(rows.mean(axis=1)) <= 0).any():
        raise AnatomyError("The corners of L1 to L4 lie in no order from above to below: mark them again.")
    if len(np.unique(outline.reshape(-1, 2), axis=0)) < POINTS:
        raise AnatomyError("Two of the corners of L1 to L4 lie in one place: draw them apart.")


def size_measurements(outline: Outline, pixel_mm: tuple[float, float]) -> list[Measurement]:
    """Width, height and area of each body and their L1–L4 averages, in cm and cm².

    Raises:
        AnatomyError: As `body_sizes`.
    """
    sizes = body_sizes(outline, pixel_mm)
    found = [
        Measurement("Average width, L1–L4", float(np.mean([s.width_cm for s in sizes])), "cm"),
        Measurement("Average height, L1–L4", float(np.mean([s.height_cm for s in sizes])), "cm"),
        Measurement("Area of bodies, L1–L4", float(sum(s.area_cm2 for s in sizes)), "cm²"),
    ]
    for size in sizes:
        found += [
            Measurement(f"Width, {size.level}", size.width_cm, "cm"),
            Measurement(f"Height, {size.level}", size.height_cm, "cm"),
            Measurement(f"Area, {size.level}", size.area_cm2, "cm²"),
        ]
    return found


def region_of(image: DxaImage, outline: Outline) -> DxaRegion:
    """L1–L4 as a densitometer reports it: mid-disc to mid-disc, bone found by its edge on the image itself.

    Args:
        image: With its pixel size; greys are taken as areal density at 130 a g/cm², near linear in Lunar's exports.
        outline: Corners, of which the bodies' middles are used.

    Raises:
        SpacingError: The pixel size is not known.
        AnatomyError: No bone where the corners are.
    """
    from bonedensity.virtual.dxa.display import GREY_PER_G_CM2
    from bonedensity.virtual.dxa.regions import spine_regions

    pixel_mm = image.known_pixel_mm()
    check_outline(outline)
    middles = outline.mean(axis=1) * np.array(pixel_mm[::-1])
    landmarks = {f"{name}_centre": at for name, at in zip(LUMBAR_L1_L4, middles, strict=True)}
    top, bottom, left, right = image.crop
    greys = np.zeros(image.array.shape)
    greys[top:bottom, left:right] = without_margins(image)
    return spine_regions(np.clip(greys, 0, WHITE) / GREY_PER_G_CM2, landmarks, pixel_mm)[-1]
