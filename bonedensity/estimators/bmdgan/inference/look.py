"""What a model makes of one image on its own grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Target
from bonedensity.estimators.bmdgan.data.network_images import areal_of_network
from bonedensity.estimators.bmdgan.inference.judgement import Judgement, Reading, judge
from bonedensity.estimators.bmdgan.loading import Model


class Look(NamedTuple):
    """Of one image.

    Attributes:
        projection: Areal density (g/cm²) of the proximal femur, (rows, columns).
        readings: By target, in their usual order.
        judgement: Whether to trust them.
    """

    projection: NDArray[np.float32]
    readings: dict[Target, Reading]
    judgement: Judgement


@torch.inference_mode()
def look_at(model: Model, radiograph: Tensor) -> Look:
    """Decompose, read and judge.

    Args:
        model: Ready to predict.
        radiograph: (1, 1, rows, columns) in [-1, 1], on the network's device.
    """
    found, numbers, distance = model.network(radiograph)
    projection = areal_of_network(found[0, 0], model.network.config.top_g_cm2).cpu().numpy()
    readings = {
        target: Reading(readout.of_projection(projection), readout.of_regression(float(numbers[0, place])))
        for place, target in enumerate(TARGETS)
        if (readout := model.calibration.readouts.get(target)) is not None
    }
    return Look(projection, readings, judge(model.calibration, projection, readings, float(distance[0])))
