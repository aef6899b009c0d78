"""Two radiographs whose cameras' relation is unknown: the bone itself tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bonedensity.geometry import PinholeCamera, RigidTransform, camera_to_json
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.registration.config import RegistrationConfig
from bonedensity.registration.register import register
from bonedensity.registration.result import RegistrationResult
from bonedensity.registration.view import View


@dataclass(frozen=True, slots=True, eq=False)
class SecondView:
    """Two views of one bone, each registered alone, brought into one world.

    Attributes:
        first: Registration of the first view.
        second: Registration of the second view, in the world that its camera was given in.
        camera: The second view's camera in the first view's world.
        second_from_first: From the first camera's frame to the second's. Along each view's axis it is as uncertain as
            a single view's depth; only a calibration, or marks of known distance, can mend that.
        reasons: Why the relation is doubtful, one sentence each, with the view named; empty when both are accepted.
    """

    first: RegistrationResult
    second: RegistrationResult
    camera: PinholeCamera
    second_from_first: RigidTransform
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "camera": camera_to_json(self.camera),
            "second_from_first": self.second_from_first.matrix.ravel().tolist(),
            "accepted": not self.reasons,
            "reasons": list(self.reasons),
        }


def register_second_view(
    volume: Volume,
    first: View,
    second: View,
    *,
    initial_first: RigidTransform,
    initial_second: RigidTransform,
    config: RegistrationConfig | None = None,
    labels: LabelMap | None = None,
    bones: Sequence[str] | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> SecondView:
    """Register two views one by one, and tell how their cameras stand to each other.

    The bone must not have moved in itself between the views; the patient may have.

    Args:
        volume: CT in HU.
        first: The view whose world is kept.
        second: A view whose camera stands in any world of its own; only source and detector need to be right.
        initial_first: `world_from_ct` to start from, in the first camera's world.
        initial_second: The same in the second camera's own world; `standard_view_pose` makes both.
        config: Levels and limits, for both.
        labels: Segmentation on the CT's grid.
        bones: Labels to register together.
        on_progress: Fraction and message.
        should_stop: True ends the search.

    Raises:
        BoneDensityError: As `register`.
    """
    results = [
        register(
            volume,
            [view],
            initial=initial,
            config=config,
            labels=labels,
            bones=bones,
            on_progress=part_of(on_progress, number / 2, (number + 1) / 2),
            should_stop=should_stop,
        )
        for number, (view, initial) in enumerate(((first, initial_first), (second, initial_second)))
    ]
    camera = camera_in_first_world(second.camera, results[0].world_from_ct, results[1].world_from_ct)
    reasons = [f"View {number}: {why}" for number, result in enumerate(results, 1) for why in result.quality.reasons]
    return SecondView(
        first=results[0],
        second=results[1],
        camera=camera,
        second_from_first=camera.camera_from_world @ first.camera.camera_from_world.inverse(),
        reasons=tuple(reasons),
    )


def camera_in_first_world(
    camera: PinholeCamera, first_world_from_ct: RigidTransform, own_world_from_ct: RigidTransform
) -> PinholeCamera:
    """A camera moved into the world of another view, through the bone that both have found."""
    own_from_first = own_world_from_ct @ first_world_from_ct.inverse()
    return camera.posed(camera.camera_from_world @ own_from_first)
