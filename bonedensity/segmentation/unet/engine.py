"""Segmentation by the built-in Bayesian U-Net, with an uncertainty for every voxel and for the whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import AnatomyError
from bonedensity.imaging import Volume
from bonedensity.learning.card import ModelCard, read_card
from bonedensity.learning.weights import load_weights, shipped_folder
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.segmentation.checks import check_ct
from bonedensity.segmentation.crop import crop_to_bone
from bonedensity.segmentation.network_grid import on_network_grid
from bonedensity.segmentation.result import Segmentation
from bonedensity.segmentation.unet.config import config_of
from bonedensity.segmentation.unet.on_ct import labels_on_ct
from bonedensity.segmentation.windows import Windows, stitched

if TYPE_CHECKING:
    import torch

    from bonedensity.segmentation.unet.network import BayesianUnet

MODEL_NAME = "bayesian-unet"

WINDOW_OVERLAP = 0.25


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
    import torch

    chosen = options or UnetOptions()
    check_ct(ct)
    network, card = _network(chosen.folder or shipped_folder(MODEL_NAME))
    device = choose_device(chosen.device)
    network.to(device.name)
    config = network.config
    grid = on_network_grid(crop_to_bone(ct), (config.spacing_mm,) * 3)
    hu = torch.from_numpy(np.ascontiguousarray(grid.array.T, dtype=np.float32))
    samples = chosen.samples or config.samples

    def predict(patch: torch.Tensor) -> torch.Tensor:
        return torch.cat(network.sampled(patch, samples), dim=1)

    windows = Windows((config.window,) * 3, WINDOW_OVERLAP)
    blended = stitched(network.prepared(hu).numpy(), predict, windows, device.name, on_progress, should_stop).numpy()
    labels = labels_on_ct(ct, grid, blended[:-1], config.bones)
    if not labels.volume.array.any():
        raise AnatomyError(f"The Bayesian U-Net finds no bone in “{ct.name}”; try another engine.")
    entropy = blended[-1].clip(0, 1)
    bone = blended[0] < 0.5
    return Segmentation(
        labels,
        engine=f"{card.name} {card.size}",
        uncertainty=grid.with_array(np.ascontiguousarray(entropy.T), unit="1", name="uncertainty"),
        confidence=float(1 - entropy[bone].mean()) if bone.any() else 0.0,
        notes=(device.reason, f"Segmented at {config.spacing_mm:g} mm with {samples} samples. Trained on {card.data}."),
    )


def _network(folder: Path) -> tuple[BayesianUnet, ModelCard]:
    from bonedensity.segmentation.unet.network import BayesianUnet

    network = BayesianUnet(config_of(read_card(folder).config))
    return network, load_weights(network, folder)
