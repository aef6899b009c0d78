"""A counterfactual's change in size on the same person's CT."""

from __future__ import annotations

from typing import Any

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters
from bonedensity.jobs.tasks.spine_people import attributes_in


def spine_volume(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Where each vertebra goes (16 numbers, LPS mm), and the CT's projected DXA before and after on one grid."""
    from bonedensity.generators.chvae.counterfactual.to_ct import ct_change

    context.on_progress(0.1, "Projecting the vertebrae")
    change = ct_change(
        context.load(parameters["ct"], Volume),
        context.load(parameters["labels"], LabelMap),
        attributes_in(parameters, "before"),
        attributes_in(parameters, "after"),
    )
    return {
        "affines": {name: affine.ravel().tolist() for name, affine in change.affines.items()},
        "factual": context.exchange.put(change.factual),
        "counterfactual": context.exchange.put(change.counterfactual),
        "grid": change.grid.ravel().tolist(),
    }
