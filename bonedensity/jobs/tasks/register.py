"""Registration of a CT to radiographs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.jobs.tasks.context import StoppedEarlyError, TaskContext
from bonedensity.jobs.tasks.parameters import (
    ParameterError,
    Parameters,
    camera,
    objects,
    texts,
    transform,
    whole_number,
)

if TYPE_CHECKING:
    from bonedensity.jobs.tasks.live_search import Draw
    from bonedensity.registration import RegistrationConfig, View


def register(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """`RegistrationResult.to_json()`; a cancelled registration hands over the best pose so far as partial.

    Meanwhile its progress carries "trace" (rows of evaluations, similarity and image size since the last time), "pose"
    (the best so far, 16 numbers) and, where the parameter "preview" gives a camera, now and then "image": the bones
    projected at that pose.
    """
    from bonedensity.jobs.tasks.live_search import LiveSearch
    from bonedensity.registration import register as search

    labels = parameters.get("labels")
    context.on_progress(0.0, "Preparing the registration")
    live = LiveSearch(context.on_progress, context.exchange, _preview(parameters, context))
    result = search(
        context.load(parameters["ct"], Volume),
        [_view(view, context) for view in objects(parameters, "views")],
        initial=transform(parameters, "initial", context),
        config=_config(parameters),
        labels=None if labels is None else context.load(labels, LabelMap),
        bones=texts(parameters, "bones"),
        on_progress=live.progress,
        on_moment=live.moment,
        should_stop=context.should_stop,
    )
    if result.stopped_early:
        raise StoppedEarlyError(result.to_json())
    return result.to_json()


def _preview(parameters: Parameters, context: TaskContext) -> Draw | None:
    """Projects the bones as the window shows them."""
    from bonedensity.drr.render import project
    from bonedensity.jobs.tasks.render import prepared

    if parameters.get("preview") is None:
        return None
    seen_by = camera(parameters, "preview", context)
    projector = prepared({**parameters, "backend": "searching"}, context)
    return lambda pose: project(projector, seen_by, pose)


def _view(values: Parameters, context: TaskContext) -> View:
    from bonedensity.registration import View
    from bonedensity.registration.region import body_region

    for name in ("radiograph", "camera"):
        if name not in values:
            raise ParameterError(f"an entry of “views” lacks “{name}”.")
    image = context.load(values["radiograph"], Radiograph).array
    return View(image, camera(values, "camera", context), body_region(image))


def _config(parameters: Parameters) -> RegistrationConfig:
    """The default levels, or those given as `dataclasses.asdict` makes them."""
    from bonedensity.registration.config import Level, RegistrationConfig, Spread

    config = RegistrationConfig(seed=whole_number(parameters, "seed"))
    levels = objects(parameters, "levels")
    if not levels:
        return config
    try:
        return replace(
            config, levels=tuple(Level(**{**level, "spread": Spread(**level["spread"])}) for level in levels)
        )
    except (KeyError, TypeError) as error:
        raise ParameterError("“levels” must be a list of registration levels (fields of Level).") from error
