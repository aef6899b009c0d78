"""Abduction once, then counterfactuals, sweeps and what is usual in the cohort."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text, whole_number
from bonedensity.jobs.tasks.spine_people import attributes_in, outline_in, person_of
from bonedensity.progress import stop_if_asked

if TYPE_CHECKING:
    from bonedensity.generators.chvae.counterfactual.engine import Abducted
    from bonedensity.generators.chvae.counterfactual.intervention import Counterfactual

BAND_VALUES = 25
"""Places on the axis at which the cohort band is known."""


def spine_abduct(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Corners as the network finds them, each edge's effect on this person, and the cohort band by age."""
    from bonedensity.generators.chvae.causal.effects import direct_effects
    from bonedensity.generators.chvae.morphometry.measure import measured_corners

    started = time.perf_counter()
    person = person_of(parameters, context)
    seconds = time.perf_counter() - started
    effects = direct_effects(person.model.causal, person.attributes)
    return {
        "corners": measured_corners(person.model, person.image).tolist(),
        "effects": [[cause, effect, value] for (cause, effect), value in effects.items()],
        "band": age_band(person),
        "seconds": seconds,
    }


def spine_answer(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """One counterfactual: the difference of greys on the image's grid; with `full` all that can be read off it."""
    started = time.perf_counter()
    person, do = person_of(parameters, context), attributes_in(parameters, "do")
    made = person.predict(do)
    value: dict[str, Any] = {
        "difference": context.exchange.put(made.difference),
        "attributes": made.attributes,
        "notes": list(made.notes),
        "full": bool(parameters.get("full", False)),
    }
    if value["full"]:
        value |= _judged(person, made, parameters, context)
    value["seconds"] = time.perf_counter() - started
    return value


def spine_sweep(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """One attribute over values on top of other interventions: a frame each."""
    from bonedensity.generators.chvae.counterfactual.judgement import judge

    person, name, also = person_of(parameters, context), text(parameters, "name"), attributes_in(parameters, "also")
    values = [float(value) for value in parameters["values"]]
    frames = []
    for place, at in enumerate(values):
        stop_if_asked(context.should_stop)
        context.on_progress(place / len(values), f"{name.replace('_', ' ').capitalize()} {at:g}")
        made = person.predict({**also, name: at})
        judged = judge(person, made, outline_in(parameters))
        frames.append(
            {
                "value": at,
                "difference": context.exchange.put(made.difference),
                "attributes": made.attributes,
                "notes": list(made.notes),
                **judged.to_json(),
            }
        )
    return {"frames": frames}


def _judged(person: Abducted, made: Counterfactual, parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    from bonedensity.generators.chvae.counterfactual.judgement import judge

    spread = uncertainty_of(parameters, context, made)
    uncertain = context.exchange.put(spread) if spread.any() else None
    return {"uncertainty": uncertain, **judge(person, made, outline_in(parameters)).to_json()}


def uncertainty_of(parameters: Parameters, context: TaskContext, made: Counterfactual) -> NDArray[np.float32]:
    """Spread of the change over `samples` of the latents; zero for one.

    The picture itself is that of the latents' means, so that it does not jump when a slider comes to rest.
    """
    samples = whole_number(parameters, "samples", 1)
    if samples == 1:
        return made.uncertainty
    sampled = person_of({"person": {**parameters["person"], "samples": samples}}, context)
    return sampled.predict(made.do).uncertainty


def age_band(person: Abducted) -> dict[str, Any] | None:
    """By age, among people of the same sex; None for a graph without age."""
    from bonedensity.generators.chvae.causal.band import cohort_band

    causal = person.model.causal
    if "age" not in causal.graph.names:
        return None
    low, high = causal.support[causal.graph.names.index("age")].tolist()
    ages = np.linspace(low, high, BAND_VALUES).tolist()
    held = {name: person.attributes[name] for name in ("sex",) if name in causal.graph.names}
    band = cohort_band(causal, "age", ages, held)
    path: dict[str, list[float]] = {name: [] for name in causal.graph.names}
    for age in ages:
        for name, value in person.attributes_under({"age": age}).items():
            path[name].append(value)
    return {"values": ages, "band": {name: rows.tolist() for name, rows in band.items()}, "path": path}
