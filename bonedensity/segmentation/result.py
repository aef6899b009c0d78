"""What every segmentation engine returns."""

from __future__ import annotations

from dataclasses import dataclass

from bonedensity.imaging import LabelMap, Volume


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Bones found in a CT.

    Attributes:
        labels: On the CT's grid, TotalSegmentator's names and values.
        engine: Name of the engine, and of its model where it has one.
        uncertainty: 0 certain to 1, on the grid that the engine worked on; None where an engine cannot tell.
        confidence: Of the whole result, 0 to 1; None where an engine cannot tell.
        notes: What was done or doubted, one sentence each, to be shown.
    """

    labels: LabelMap
    engine: str
    uncertainty: Volume | None = None
    confidence: float | None = None
    notes: tuple[str, ...] = ()
