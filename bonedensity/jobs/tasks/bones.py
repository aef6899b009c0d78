"""What a registration needs to know of a segmentation, so that no window has to look at its voxels."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters
from bonedensity.progress import stop_if_asked

POINTS = 150
"""Surface points kept of each bone: enough for the error of a pose."""


def prepare_bones(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """The segmentation on the CT's grid, and of each bone its voxels, centre, share of metal and surface points.

    Without a segmentation, everything dense stands for bone. Centres and points are LPS mm of the CT.
    """
    from bonedensity.anatomy.threshold import bone_by_threshold
    from bonedensity.imaging.place_on_grid import place_on_grid

    ct = context.load(parameters["ct"], Volume)
    context.on_progress(0.1, "Looking at the bones")
    if parameters.get("labels") is None:
        labels = bone_by_threshold(ct)
    else:
        labels = place_on_grid(context.load(parameters["labels"], LabelMap), ct)
    bones = []
    names = labels.present()
    for number, name in enumerate(names):
        stop_if_asked(context.should_stop)
        context.on_progress(0.2 + 0.8 * number / len(names), "Looking at the bones")
        bones.append(_bone(ct, labels, name))
    return {"labels": context.hand_over(labels), "bones": bones}


def _bone(ct: Volume, labels: LabelMap, name: str) -> dict[str, Any]:
    from bonedensity.densitometry.measure import METAL_HU
    from bonedensity.registration.error import surface_points

    mask = labels.mask([name])
    indices = np.argwhere(mask)[:, ::-1]
    return {
        "name": name,
        "voxels": len(indices),
        "metal_share": float((np.asarray(ct.array)[mask] > METAL_HU).mean()),
        "centre": labels.volume.to_patient(indices.mean(axis=0)).tolist(),
        "points": surface_points(labels, [name], count=POINTS).round(2).tolist(),
    }
