"""What is read off a factual image and its counterfactual: outlines, sizes with their doubt, brightness, identity."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import AnatomyError
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.counterfactual.intervention import Counterfactual
from bonedensity.generators.chvae.morphometry.corners import Outline, body_sizes, check_outline
from bonedensity.generators.chvae.morphometry.measure import measured_corners, measured_ratios
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage
from bonedensity.virtual.dxa.display import GREY_PER_G_CM2

LOW_IDENTITY = 0.7
"""Cosine of the latents below which a counterfactual is hardly the same person any more."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One line of the morphometry table.

    Attributes:
        name: As printed.
        baseline: Factual value.
        counterfactual: Under the intervention.
        unit: Of both.
        low: Lower end of the 95 % interval of the counterfactual as measured on the image; None where unknown.
        high: Upper end.
        source: "graph" (as the causal model says) or "image" (as measured on it).
    """

    name: str
    baseline: float
    counterfactual: float
    unit: str
    low: float | None = None
    high: float | None = None
    source: str = "graph"


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Of one counterfactual.

    Attributes:
        identity: Cosine of both images' latents.
        outline: Corners on the counterfactual (4, 4, 2), column and row in pixels of the image as the network got it.
        rows: Morphometry.
        density: Brightness within the outlines of L1–L4, factual and counterfactual, read as g/cm² of a Lunar export:
            synthetic, no measurement of density. None where the outlines hold no pixel.
        warnings: One sentence each.
    """

    identity: float
    outline: Outline
    rows: tuple[SizeRow, ...]
    density: tuple[float, float] | None
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "identity": self.identity,
            "outline": self.outline.tolist(),
            "rows": [asdict(row) for row in self.rows],
            "density": None if self.density is None else list(self.density),
            "warnings": list(self.warnings),
        }


def judge(person: Abducted, made: Counterfactual, outline: Outline | None = None) -> Judgement:
    """Read sizes, brightness and identity off a counterfactual.

    Args:
        person: Who.
        made: Their counterfactual.
        outline: Corners on the factual image as a person marked them; None for the measuring network's. Those of the
            counterfactual are these, moved as far as the network sees them move.
    """
    shown = replace(person.image, array=made.image)
    seen = measured_corners(person.model, person.image)
    before = seen if outline is None else outline
    after = before + measured_corners(person.model, shown) - seen
    identity = person.identity(made)
    rows = [*_graph_rows(person, made, shown), *_body_rows(person.image, before, after)]
    levels = brightness(person.image.array, before), brightness(made.image, after)
    density = None if levels[0] is None or levels[1] is None else (levels[0], levels[1])
    return Judgement(identity, after, tuple(rows), density, tuple(_warnings(identity, before, after)))


def brightness(greys: NDArray[np.floating], outline: Outline) -> float | None:
    """Mean grey within the four bodies, as g/cm² of a Lunar export; None where they hold no pixel."""
    inside = np.zeros(greys.shape, bool)
    for body in outline:
        box = around(body, (greys.shape[0], greys.shape[1]))
        inside[box] |= within(body, box)
    return float(np.clip(greys[inside], 0, WHITE).mean() / GREY_PER_G_CM2) if inside.any() else None


def around(polygon: NDArray[np.float64], shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of an image of a shape that hold all of a polygon that lies on it; none for unknown corners."""
    if not np.isfinite(polygon).all():
        return slice(0, 0), slice(0, 0)
    low, high = np.floor(polygon.min(axis=0)), np.ceil(polygon.max(axis=0)) + 1
    left, top, right, bottom = (int(edge) for edge in np.clip([*low, *high], 0, [*shape[::-1], *shape[::-1]]))
    return slice(top, bottom), slice(left, right)


def within(polygon: NDArray[np.float64], box: tuple[slice, slice]) -> NDArray[np.bool_]:
    """Pixels of a box whose centres lie in a convex polygon of corners (n, 2), column and row, either way round."""
    rows, columns = np.ogrid[box]
    signs = []
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        signs.append((x1 - x0) * (rows - y0) - (y1 - y0) * (columns - x0))
    return np.asarray(np.all([sign >= 0 for sign in signs], axis=0) | np.all([sign <= 0 for sign in signs], axis=0))


def _graph_rows(person: Abducted, made: Counterfactual, shown: DxaImage) -> list[SizeRow]:
    ratios = measured_ratios(person.model, person.image, shown)
    titles = {"l1_l4_width": "Width, L1–L4", "l1_l4_height": "Height, L1–L4", "l1_l4_area": "Area, L1–L4"}
    found = []
    for name, title in titles.items():
        if name not in made.attributes:
            continue
        first, then = person.attributes[name], made.attributes[name]
        unit = person.model.causal.graph.node(name).unit
        ends = tuple(first * end for end in ratios[name]) if name in ratios else (None, None)
        found.append(SizeRow(title, first, then, unit, *ends))
    return found


def _body_rows(image: DxaImage, before: Outline, after: Outline) -> list[SizeRow]:
    """Width and height of each body; none where the pixel size is unknown or corners make no body."""
    if image.pixel_mm is None:
        return []
    try:
        pairs = list(zip(body_sizes(before, image.pixel_mm), body_sizes(after, image.pixel_mm), strict=True))
    except AnatomyError:
        return []
    rows = [SizeRow(f"Width, {a.level}", a.width_cm, b.width_cm, "cm", source="image") for a, b in pairs]
    return rows + [SizeRow(f"Height, {a.level}", a.height_cm, b.height_cm, "cm", source="image") for a, b in pairs]


def _warnings(identity: float, before: Outline, after: Outline) -> list[str]:
    said = []
    if identity < LOW_IDENTITY:
        said.append(
            f"Low identity ({identity:.2f}): this picture is hardly the same spine any more; trust it no further."
        )
    try:
        check_outline(before)
        check_outline(after)
    except AnatomyError:
        said.append("The vertebrae were not found in order; drag their corners to where they are.")
    return said
