"""Registration of a CT to radiographs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.jobs.tasks.context import StoppedEarlyError, TaskContext
from bonedensity.jobs.tasks.parameters import (
    ParameterError,
    Parameters,
    camera,
    objects,
    text,
    texts,
    transform,
    whole_number,
)

if TYPE_CHECKING:
    from bonedensity.jobs.tasks.live_search import Draw
    from bonedensity.registration import RegistrationConfig, RegistrationResult, View
    from bonedensity.registration.register import FixedBones


def register(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """`RegistrationResult.to_json()`; a cancelled registration hands over the best pose so far as partial.

    Meanwhile its progress carries "trace" (rows of evaluations, similarity and image size since the last time), "pose"
    (the best so far, 16 numbers) and, where the parameter "preview" gives a camera, now and then "image": the bones
    projected at that pose.

    "others" are bones with poses of their own, behind the moving ones; "moving" names a bone that is sought near its
    pose, about its joint where it has one, and "settled" says whether those of the others are accepted.
    """
    from bonedensity.jobs.tasks.live_search import LiveSearch

    context.on_progress(0.0, "Preparing the registration")
    live = LiveSearch(context.on_progress, context.exchange, _preview(parameters, context))
    result = _search(parameters, context)(
        context.load(parameters["ct"], Volume),
        [_view(view, context) for view in objects(parameters, "views")],
        initial=transform(parameters, "initial", context),
        labels=None if parameters.get("labels") is None else context.load(parameters["labels"], LabelMap),
        fixed=_fixed(parameters, context),
        on_progress=live.progress,
        on_moment=live.moment,
        should_stop=context.should_stop,
    )
    if result.stopped_early:
        raise StoppedEarlyError(result.to_json())
    return result.to_json()


def _search(parameters: Parameters, context: TaskContext) -> Callable[..., RegistrationResult]:
    """Of bones together, or of one beside others."""
    from bonedensity.registration import register as together
    from bonedensity.registration.part import levels_of, register_part

    config, moving = _config(parameters), text(parameters, "moving")
    if not moving:
        return partial(together, config=config, bones=texts(parameters, "bones"))
    own = config if objects(parameters, "levels") else replace(config, levels=levels_of(moving))
    return partial(register_part, config=own, bone=moving, settled=parameters.get("settled") is True)


def _fixed(parameters: Parameters, context: TaskContext) -> list[FixedBones]:
    from bonedensity.registration.register import FixedBones

    others = objects(parameters, "others")
    return [FixedBones(tuple(texts(each, "bones") or ()), transform(each, "pose", context)) for each in others]


def _preview(parameters: Parameters, context: TaskContext) -> Draw | None:
    """Projects the bones as the window shows them."""
    from bonedensity.drr.render import project
    from bonedensity.jobs.tasks.render import others, prepared

    if parameters.get("preview") is None:
        return None
    seen_by = camera(parameters, "preview", context)
    quick = {**parameters, "backend": "searching"}
    projector = prepared(quick, context)
    behind = [project(other, seen_by, pose) for other, pose in others(quick, context)]
    return lambda pose: sum(behind, project(projector, seen_by, pose))


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
