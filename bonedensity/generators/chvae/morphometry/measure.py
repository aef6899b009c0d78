"""What a trained measuring network reads off a DXA."""

from __future__ import annotations

from math import exp, hypot
from typing import TYPE_CHECKING

import numpy as np

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.morphometry.corners import SHAPE, Outline
from bonedensity.generators.chvae.reading.dxa_image import DxaImage, network_view
from bonedensity.generators.chvae.storage import Chvae

if TYPE_CHECKING:
    from bonedensity.generators.chvae.morphometry.network import Measured

NORMAL_95 = 1.96


def measured_attribute(model: Chvae, image: DxaImage, attribute: str) -> float:
    """An attribute as the measuring network reads it off an image, in its unit.

    Raises:
        ModelError: It does not tell this attribute.
    """
    if attribute not in model.predicted:
        raise ModelError(f"The measuring network tells {', '.join(model.predicted)}, not {attribute}.")
    scaled = _measured(model, image).attributes.mean[:, model.predicted.index(attribute)].double()
    return float(model.causal.unscaled(attribute, scaled)[0])


def measured_ratios(model: Chvae, image: DxaImage, other: DxaImage) -> dict[str, tuple[float, float]]:
    """95 % interval of the ratio of each size on another image to that on this one, as the network reads both.

    Its doubts of both readings are taken as independent, which overstates them where both show the same person.
    """
    first, then = _measured(model, image).attributes, _measured(model, other).attributes
    found = {}
    for place, name in enumerate(model.predicted):
        if model.causal.graph.node(name).kind != "positive":
            continue
        scale = float(model.causal.spread[model.causal.graph.names.index(name)])
        middle = float(then.mean[0, place] - first.mean[0, place])
        doubt = hypot(exp(float(first.log_sd[0, place])), exp(float(then.log_sd[0, place])))
        found[name] = (exp(scale * (middle - NORMAL_95 * doubt)), exp(scale * (middle + NORMAL_95 * doubt)))
    return found


def measured_corners(model: Chvae, image: DxaImage) -> Outline:
    """Corners of L1 to L4 as the measuring network sees them, in pixels of the image as read (4, 4, 2)."""
    top, bottom, left, right = image.crop
    shares = _measured(model, image).corners[0].double().numpy().reshape(SHAPE)
    return np.asarray(shares * np.array([right - left, bottom - top]) - 0.5 + np.array([left, top]))


def _measured(model: Chvae, image: DxaImage) -> Measured:
    import torch

    with torch.inference_mode():
        view = torch.from_numpy(network_view(image, model.network.config.pixels))
        said: Measured = model.predictor(view[None, None])
    return said
