"""Size of lumbar vertebrae as an AP spine densitometer states it: width, height and projected area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bonedensity.anatomy.labels import LUMBAR_L1_L4, title_of
from bonedensity.anatomy.vertebra import VertebralBody, fit_whole_vertebra
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap
from bonedensity.measurement import Measurement


@dataclass(frozen=True, slots=True)
class VertebraSize:
    """One vertebra seen from the front.

    Attributes:
        name: Label.
        width_cm: Of the body, at mid-height.
        height_cm: Between the middles of its end plates.
        area_cm2: Of the body's outline, projected from front to back.
    """

    name: str
    width_cm: float
    height_cm: float
    area_cm2: float


def vertebral_morphometry(labels: LabelMap, *, names: Sequence[str] = LUMBAR_L1_L4) -> list[Measurement]:
    """Width, height and area of each vertebra and of all together, in cm and cm².

    All together: mean width, height from the first upper to the last lower end plate (discs counted), summed area.

    Args:
        labels: TotalSegmentator's names.
        names: Vertebrae from above to below.

    Raises:
        AnatomyError: A vertebra is missing, or cut off by the scan's edge.
    """
    fitted = {name: fit_whole_vertebra(labels, name) for name in names}
    cut = [title_of(name) for name, body in fitted.items() if body is None]
    if cut:
        raise AnatomyError(f"{' and '.join(cut)} is cut off by the scan's edge, so its size cannot be measured.")
    bodies = [body for body in fitted.values() if body is not None]
    sizes = [vertebra_size(body, labels) for body in bodies]
    whole = float(np.linalg.norm(bodies[0].superior.centre - bodies[-1].inferior.centre)) / 10
    region = f"{names[0].removeprefix('vertebrae_')}-{names[-1].removeprefix('vertebrae_')}"
    found = [
        Measurement(f"Mean width, {region}", float(np.mean([s.width_cm for s in sizes])), "cm"),
        Measurement(f"Height, {region}", whole, "cm"),
        Measurement(f"Area, {region}", float(sum(s.area_cm2 for s in sizes)), "cm²"),
    ]
    for size in sizes:
        title, provenance = title_of(size.name), {"label": size.name}
        found += [
            Measurement(f"Width, {title}", size.width_cm, "cm", None, provenance),
            Measurement(f"Height, {title}", size.height_cm, "cm", None, provenance),
            Measurement(f"Area, {title}", size.area_cm2, "cm²", None, provenance),
        ]
    return found


def vertebra_size(body: VertebralBody, labels: LabelMap) -> VertebraSize:
    """One vertebral body's size from the front.

    Args:
        body: Measured on its label.
        labels: The map it was measured on.
    """
    points = body.local(labels.volume.points_where(body.mask))
    cell = float(labels.volume.spacing.max())
    seen = np.unique(np.floor(points[:, [0, 2]] / cell + 1e-6).astype(int), axis=0)
    return VertebraSize(body.name, body.width_mm / 10, body.height_mm / 10, len(seen) * (cell / 10) ** 2)
