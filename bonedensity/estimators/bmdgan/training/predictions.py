"""What a network makes of many exposures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from bonedensity.estimators.bmdgan.data.dataset import ExposureData, Sample
from bonedensity.estimators.bmdgan.data.network_images import areal_of_network
from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork
from bonedensity.estimators.bmdgan.networks.views import over_views
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked


class Predictions(NamedTuple):
    """Of n exposures.

    Attributes:
        projections: (rows, columns) areal densities (g/cm²) of the proximal femur, float16.
        numbers: (n, 2) of the regression head, the mean over several views.
        distances: (n) from the training images.
        pooled: (n, 2 channels) features.
    """

    projections: list[NDArray[np.float16]]
    numbers: NDArray[np.float64]
    distances: NDArray[np.float64]
    pooled: torch.Tensor


@torch.inference_mode()
def predictions(
    network: BmdganNetwork,
    data: ExposureData,
    *,
    batch: int = 4,
    device: str = "cpu",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Predictions:
    """Run a network over exposures, none of them changed.

    Raises:
        CancelledError: `should_stop` said so.
    """
    network.to(device).eval()
    projections: list[NDArray[np.float16]] = []
    numbers, distances, pooled = [], [], []
    for sample in DataLoader(data, batch):
        stop_if_asked(should_stop)
        radiograph = sample.radiograph.to(device)
        features = network.generator.encoder(radiograph)
        areal = areal_of_network(network.generator.decoder(features)[:, 0], network.config.top_g_cm2)
        projections += list(areal.cpu().numpy().astype(np.float16))
        numbers.append(over_views(network.regressor, radiograph).cpu())
        distances.append(network.likeness(features).cpu())
        pooled.append(network.likeness.pooled(features).cpu())
        on_progress(len(projections) / len(data), f"{len(projections)} of {len(data)} radiographs")
    return Predictions(
        projections, torch.cat(numbers).double().numpy(), torch.cat(distances).double().numpy(), torch.cat(pooled)
    )


def true_projections(data: ExposureData, top_g_cm2: float) -> list[NDArray[np.float16]]:
    """True areal densities (g/cm²) of the proximal femur, on the networks' grid."""
    samples: list[Sample] = [data[number] for number in range(len(data))]
    return [areal_of_network(each.proximal[0], top_g_cm2).numpy().astype(np.float16) for each in samples]
