"""Segmentation by the built-in Bayesian U-Net, with an uncertainty for every voxel and for the whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.learning.weights import model_folder
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.segmentation.checks import check_ct
from bonedensity.segmentation.result import Segmentation
from bonedensity.segmentation.unet.load import Unet, load_unet
from bonedensity.segmentation.unet.on_ct import labels_on_ct
from bonedensity.segmentation.unet.predict import Prediction, predict

MODEL_NAME = "bayesian-unet"

NAMING_SHARE = 0.8
"""Of the progress where bones are named first and outlined then."""


@dataclass(frozen=True, slots=True)
class UnetOptions:
    """How the network is run.

    Attributes:
        folder: With weights and card; None for those that are shipped.
        device: Where.
        samples: Monte-Carlo samples; None for the size's own. One is quickest and knows least of its doubts.
    """

    folder: Path | None = None
    device: DeviceName = "auto"
    samples: int | None = None


def segment_by_unet(
    ct: Volume,
    options: UnetOptions | None = None,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Segmentation:
    """The bones that the Bayesian U-Net finds; the confidence is one less the mean entropy where it sees bone.

    Args:
        ct: In HU.
        options: Weights, device, samples.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnreadableFileError, ModelError: Weights or card are missing or do not fit.
        AnatomyError, CalibrationError, GeometryError: As `check_ct`; or no bone is found.
        CancelledError: `should_stop` said so.
    """
    from bonedensity.segmentation.unet.probabilities import entropy_of

    chosen = options or UnetOptions()
    check_ct(ct)
    device = choose_device(chosen.device)
    unet = load_unet(model_folder(MODEL_NAME, chosen.folder)).to(device.name)
    samples = chosen.samples or unet.network.config.samples
    named = NAMING_SHARE if unet.outline is not None else 1.0
    naming, outlining = part_of(on_progress, 0.0, named), part_of(on_progress, named, 1.0)
    said = predict(ct, unet.network, samples=samples, device=device.name, on_progress=naming, should_stop=should_stop)
    entropy = entropy_of(said.bone[None], said.which[None])[0, 0].numpy()
    inside = said.bone[0].numpy() > 0.5
    return Segmentation(
        found_labels(ct, said, unet, on_progress=outlining, should_stop=should_stop),
        engine=f"{unet.card.name} {unet.card.size}",
        uncertainty=said.grid.with_array(np.ascontiguousarray(entropy.T), unit="1", name="uncertainty"),
        confidence=float(1 - entropy[inside].mean()) if inside.any() else 0.0,
        notes=(
            device.reason,
            f"Segmented at {unet.network.config.spacing_mm:g} mm with {samples} samples"
            f"{', outlined at half of it' if unet.outline is not None else ''}. Trained on {unet.card.data}.",
        ),
    )


def found_labels(
    ct: Volume,
    said: Prediction,
    unet: Unet,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> LabelMap:
    """What was predicted, as labels on the CT's grid, its outlines settled where there is a network for that.

    Args:
        ct: In HU.
        said: What was predicted.
        unet: By which networks.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        AnatomyError: No bone is found.
        CancelledError: `should_stop` said so.
    """
    from bonedensity.segmentation.unet.outline.settle import settled

    if unet.outline is not None:
        outline = settled(ct, said, unet.network, unet.outline, on_progress=on_progress, should_stop=should_stop)
    else:
        outline = said.grid.with_array(np.ascontiguousarray(said.bone[0].numpy().T), unit="1")
    labels = labels_on_ct(ct, said, outline, unet.network.config.bones)
    if not labels.volume.array.any():
        raise AnatomyError(f"The Bayesian U-Net finds no bone in “{ct.name}”; try another engine.")
    return labels
