"""Bones registered in turn: each from where it is expected, around its projection and in front of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.render import render
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, part_of
from bonedensity.registration.config import RegistrationConfig
from bonedensity.registration.region import around
from bonedensity.registration.register import FixedBones, register
from bonedensity.registration.result import RegistrationResult
from bonedensity.registration.view import View

MARGIN_MM = 20.0
"""Width of the strip around a bone's projection in which it is compared (mm on the detector)."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What every single bone's registration shares.

    Attributes:
        volume: CT in HU.
        views: Radiographs with cameras.
        labels: Of the bones.
        base: Registration of what they hang on.
        config: Of a single bone.
    """

    volume: Volume
    views: Sequence[View]
    labels: LabelMap
    base: RegistrationResult
    config: RegistrationConfig


def one_by_one(
    stage: Stage,
    centres: Mapping[str, NDArray[np.float64] | None],
    expected: Callable[[str, Mapping[str, RegistrationResult]], RigidTransform],
    behind: Callable[[str, Mapping[str, RegistrationResult]], list[FixedBones]],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> dict[str, RegistrationResult]:
    """Register bones in turn, each from where it is expected, around its projection and in front of the others.

    Args:
        stage: What they share.
        centres: Bone to the point it turns about; None for its middle.
        expected: Where one starts and its prior is centred, given what is done so far.
        behind: The bones behind one, given the same.
        on_progress: Fraction and message.
        should_stop: True ends the search.
    """
    parts: dict[str, RegistrationResult] = {}
    for number, (name, centre) in enumerate(centres.items()):
        if stage.base.stopped_early or any(part.stopped_early for part in parts.values()):
            break
        pose = expected(name, parts)
        found = register(
            stage.volume,
            views_around(stage.views, stage.volume, stage.labels, name, pose),
            initial=pose,
            config=stage.config,
            labels=stage.labels,
            bones=[name],
            centre=centre,
            fixed=behind(name, parts),
            on_progress=part_of(on_progress, number / len(centres), (number + 1) / len(centres)),
            should_stop=should_stop,
        )
        parts[name] = found if stage.base.quality.accepted else hung_on_doubt(found)
    return parts


def hung_on_doubt(part: RegistrationResult) -> RegistrationResult:
    """A bone was sought near the others: where they are wrong it is too, however well it fits there."""
    reason = "The bones that it was sought near are doubtful themselves: settle them first."
    quality = replace(part.quality, accepted=False, reasons=(*part.quality.reasons, reason))
    return replace(part, quality=quality)


def views_around(
    views: Sequence[View], volume: Volume, labels: LabelMap, bone: str, pose: RigidTransform
) -> list[View]:
    """The views, compared only around the place where a bone projects."""
    return [replace(view, region=_region(view, volume, labels, bone, pose)) for view in views]


def _region(view: View, volume: Volume, labels: LabelMap, bone: str, pose: RigidTransform) -> NDArray[np.bool_]:
    projection = render(volume, view.camera, pose, labels=labels, bones=[bone], quantity="hu", backend="auto")
    pixel_mm = min(view.camera.pixel_spacing_mm) if view.camera.pixel_spacing_mm else 1.0
    near = around(projection, margin_px=MARGIN_MM / pixel_mm)
    both = near if view.region is None else near & view.region
    return both if both.any() else near
