"""Segmentation by the built-in Bayesian U-Net, with an uncertainty for every voxel and for the whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.learning.weights import model_folder
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.segmentation.checks import check_ct
from bonedensity.segmentation.result import Segmentation
from bonedensity.segmentation.unet.on_ct import labels_on_ct
from bonedensity.segmentation.unet.predict import Prediction, load_unet, predict

MODEL_NAME = "bayesian-unet"


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
    network, card = load_unet(model_folder(MODEL_NAME, chosen.folder))
    device = choose_device(chosen.device)
    network.to(device.name)
    samples = chosen.samples or network.config.samples
    said = predict(ct, network, samples=samples, device=device.name, on_progress=on_progress, should_stop=should_stop)
    entropy = entropy_of(said.bone[None], said.which[None])[0, 0].numpy()
    inside = said.bone[0].numpy() > 0.5
    return Segmentation(
        found_labels(ct, said, network.config.bones),
        engine=f"{card.name} {card.size}",
        uncertainty=said.grid.with_array(np.ascontiguousarray(entropy.T), unit="1", name="uncertainty"),
        confidence=float(1 - entropy[inside].mean()) if inside.any() else 0.0,
        notes=(
            device.reason,
            f"Segmented at {network.config.spacing_mm:g} mm with {samples} samples. Trained on {card.data}.",
        ),
    )


def found_labels(ct: Volume, said: Prediction, bones: tuple[str, ...]) -> LabelMap:
    """What was predicted, as labels on the CT's grid.

    Raises:
        AnatomyError: No bone is found.
    """
    chance = said.grid.with_array(np.ascontiguousarray(said.bone[0].numpy().T), unit="1", name="probability of bone")
    labels = labels_on_ct(ct, chance, said.wide, said.which.numpy(), bones)
    if not labels.volume.array.any():
        raise AnatomyError(f"The Bayesian U-Net finds no bone in “{ct.name}”; try another engine.")
    return labels
