"""One DRR; the prepared volume stays in memory, so that a slider pays for the projection alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import Memory, TaskContext, key_of
from bonedensity.jobs.tasks.parameters import Parameters, camera, objects, one_of, texts, transform
from bonedensity.progress import stop_if_asked

if TYPE_CHECKING:
    from bonedensity.drr.projector import Backend, Projector
    from bonedensity.drr.quantity import Quantity

QUANTITIES = ("attenuation", "density", "hu")
BACKENDS = ("auto", "fast", "exact", "numpy", "searching", "measuring")
"""Renderers by name; "searching" is the quickest there is, for dragging, "measuring" the most exact."""


def render(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """The image, its unit, and the seconds that the projection took (preparing the volume left out)."""
    from bonedensity.drr.quantity import UNITS
    from bonedensity.drr.render import project

    seen_by, pose = camera(parameters, "camera", context), transform(parameters, "pose", context)
    projector, behind = prepared(parameters, context), others(parameters, context)
    stop_if_asked(context.should_stop)
    started = time.perf_counter()
    image = project(projector, seen_by, pose)
    for projector_of_other, other_pose in behind:
        image += project(projector_of_other, seen_by, other_pose)
    seconds = time.perf_counter() - started
    return {
        "image": context.exchange.put(image),
        "unit": UNITS[one_of(parameters, "quantity", QUANTITIES)],
        "seconds": seconds,
    }


def render_views(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """The same bones at the same poses as several "cameras" see them, in their order."""
    images = []
    for each in objects(parameters, "cameras"):
        images.append(render({**parameters, "camera": each}, context)["image"])
    return {"images": images}


def render_each(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """One DRR of each bone by itself, (bones, rows, columns), in the order of "bones", at its own of the "poses"."""
    from bonedensity.drr.render import project

    seen_by, images = camera(parameters, "camera", context), []
    for bone, numbers in zip(texts(parameters, "bones") or [], parameters["poses"], strict=True):
        stop_if_asked(context.should_stop)
        pose = transform({"pose": numbers}, "pose", context)
        alone = {**parameters, "bones": [bone], "backend": "searching"}
        images.append(project(prepared(alone, context, context.cache.bones), seen_by, pose))
    return {"images": context.exchange.put(np.array(images, dtype=np.float32))}


def others(parameters: Parameters, context: TaskContext) -> list[tuple[Projector, RigidTransform]]:
    """The "others", each with "bones" and a "pose" of its own: their projectors and poses."""
    return [
        (prepared({**parameters, "bones": texts(each, "bones")}, context), transform(each, "pose", context))
        for each in objects(parameters, "others")
    ]


def prepared(parameters: Parameters, context: TaskContext, memory: Memory | None = None) -> Projector:
    """The projector of "ct", "labels", "bones", "quantity" and "backend", from memory where it was used lately."""
    from bonedensity.drr.render import projector_of

    bones = texts(parameters, "bones")
    quantity = cast("Quantity", one_of(parameters, "quantity", QUANTITIES))
    backend = _resolved(one_of(parameters, "backend", BACKENDS))
    references = parameters["ct"], parameters.get("labels")

    def make() -> Projector:
        labels = None if references[1] is None else context.load(references[1], LabelMap)
        ct = context.load(references[0], Volume)
        stop_if_asked(context.should_stop)
        return projector_of(ct, labels=labels, bones=bones, quantity=quantity, backend=backend)

    which = None if bones is None else tuple(bones)
    return (context.cache.projectors if memory is None else memory).get(
        (*map(key_of, references), which, quantity, backend), make
    )


def _resolved(name: str) -> Backend:
    from bonedensity.drr.projector import measuring_backend, searching_backend

    purposes = {"searching": searching_backend, "measuring": measuring_backend}
    return purposes[name]() if name in purposes else cast("Backend", name)
