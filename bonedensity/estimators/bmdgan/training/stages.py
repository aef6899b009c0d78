"""The stages of a training one after the other; each that is done is kept and not done again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import lightning
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, Sampler, Subset

from bonedensity.estimators.bmdgan.data.dataset import ExposureData, Sample
from bonedensity.estimators.bmdgan.data.exposures import TARGETS
from bonedensity.estimators.bmdgan.data.hips_together import HipsTogether
from bonedensity.estimators.bmdgan.loading import MODEL_NAME
from bonedensity.estimators.bmdgan.losses.sample_weights import sample_weights
from bonedensity.estimators.bmdgan.losses.steadiness import hip_numbers
from bonedensity.estimators.bmdgan.networks.generator import Generator
from bonedensity.estimators.bmdgan.networks.model import Regressor
from bonedensity.estimators.bmdgan.training.decomposition import DecompositionModule, Truth
from bonedensity.estimators.bmdgan.training.options import BmdganTraining
from bonedensity.estimators.bmdgan.training.regression import RegressionModule, Scaling
from bonedensity.learning.card import ModelCard
from bonedensity.learning.fit import FitOptions, fit
from bonedensity.learning.weights import WEIGHTS_FILE, load_weights, save_weights
from bonedensity.progress import OnProgress, ShouldStop

STAGES = {"bones": "stage_bones", "proximal": "stage_proximal", "frozen": "stage_frozen", "tuned": "stage_tuned"}
"""Folders of the stages, below a model's."""

WATCHED = 160
"""Images of calibration people that each epoch is judged on: enough to see where it goes, and soon told."""


@dataclass(frozen=True, slots=True)
class Run:
    """What all stages share.

    Attributes:
        options: Of the training.
        folder: Of the model.
        training: To learn from.
        held_out: The calibration people's, to watch.
        should_stop: True ends the run.
    """

    options: BmdganTraining
    folder: Path
    training: ExposureData
    held_out: ExposureData
    should_stop: ShouldStop


def learn_projection(run: Run, stage: Truth, start: Generator | None, on_progress: OnProgress) -> Generator:
    """Stage one (all bones) or two (proximal femur).

    Without hierarchical learning stage one learns the proximal femur too, so that the two ways differ in that alone:
    lengths, rates and restarts are the same.

    Args:
        run: What all stages share.
        stage: Named after what it generates.
        start: Whose weights it begins with; None for fresh ones.
        on_progress: Of this stage.
    """
    options, folder = run.options, run.folder / STAGES[stage]
    torch.manual_seed(options.seed)
    module = DecompositionModule(
        options.network,
        stage if options.hierarchical else "proximal",
        weights=options.losses,
        quiet=options.quiet_epochs,
        rate=options.rate_pair[0],
        decay=options.decay,
        cycle=options.first_cycle,
        pictures=folder / "pictures",
    )
    if start is not None:
        module.generator.load_state_dict(start.state_dict())
    epochs = options.length.bones if stage == "bones" else options.length.proximal
    _learn(run, folder, module, module.generator, epochs, on_progress)
    return module.generator


def learn_densities(run: Run, start: Regressor | None, *, frozen: bool, on_progress: OnProgress) -> Regressor:
    """Stage three, with the encoder frozen or tuned.

    Args:
        run: What all stages share.
        start: Whose weights it begins with; None for fresh ones.
        frozen: Train the head alone.
        on_progress: Of this stage.
    """
    options, folder = run.options, run.folder / STAGES["frozen" if frozen else "tuned"]
    torch.manual_seed(options.seed)
    values = target_values(run.training)
    weights = np.column_stack([sample_weights(column, options.weighting) for column in values.T])
    slow = not frozen and start is not None
    steady = slow and options.steadiness_weight > 0  # a head that knows nothing yet would tell all alike
    hips = [each.hip for each in run.training.exposures]
    module = RegressionModule(
        options.network,
        scaling_of(run.training),
        sample_weights=torch.from_numpy(weights).float(),
        hips=hip_numbers(hips) if steady else None,
        steadiness=options.steadiness_weight,
        frozen=frozen,
        rate=options.rate_pair[1 if slow else 0],
        decay=options.decay,
        cycle=options.first_cycle,
    )
    if start is not None:
        module.regressor.load_state_dict(start.state_dict())
    length = options.length
    alone = max(length.frozen, length.tuned)  # from nothing: as long as the longer of the two, whole cycles
    epochs = length.frozen if frozen else length.tuned if slow else alone
    together = HipsTogether(hips, options.seed) if steady else None
    _learn(run, folder, module, module.regressor, epochs, on_progress, together)
    return module.regressor


def target_values(data: ExposureData) -> np.ndarray:
    """(exposures, 2) DXA and QCT; NaN where not measured."""
    return np.array([[each.value(target) for target in TARGETS] for each in data.exposures])


def scaling_of(data: ExposureData) -> Scaling:
    """Mean and standard deviation of the training people's densities; 0 and 1 where there are none."""
    mean, spread = [], []
    for column in target_values(data).T:
        known = column[np.isfinite(column)]
        mean.append(float(known.mean()) if known.size else 0.0)
        spread.append(float(known.std()) or 1.0 if known.size else 1.0)
    return Scaling((mean[0], mean[1]), (spread[0], spread[1]))


def watched(data: ExposureData, count: int = WATCHED) -> Subset[Sample]:
    """So many of the images, or all where there are fewer, from the first to the last."""
    places = np.linspace(0, len(data) - 1, min(count, len(data)))
    return Subset(data, places.round().astype(int).tolist())


def stage_card(options: BmdganTraining, metrics: dict[str, float]) -> ModelCard:
    """The card of a stage's weights, or of the whole before its calibration is known."""
    return ModelCard(
        name=MODEL_NAME,
        size=options.size,
        config={"network": asdict(options.network)},
        data=options.data,
        cohort=options.cohort,
        seed=options.seed,
        command=options.command,
        revision=options.revision,
        metrics=metrics,
    )


def _learn(
    run: Run,
    folder: Path,
    module: lightning.LightningModule,
    network: nn.Module,
    epochs: int,
    on_progress: OnProgress,
    order: Sampler[int] | None = None,
) -> None:
    """Fit, unless the folder holds the stage's weights already; they end up in `network` either way.

    Images come in any order, unless one is given.
    """
    if (folder / WEIGHTS_FILE).is_file():
        load_weights(network, folder)
        on_progress(1.0, f"{folder.name} is done already")
        return
    options = run.options
    fitting = FitOptions(epochs, options.seed, options.devices, options.nodes, options.precision)
    loaders = _loader(run, run.training, order or RandomSampler(run.training)), _loader(run, watched(run.held_out))

    def say(fraction: float, message: str) -> None:
        on_progress(fraction, f"{folder.name}: {message}")

    metrics = fit(module, *loaders, folder, fitting, on_progress=say, should_stop=run.should_stop)
    save_weights(network, stage_card(options, metrics), folder, half=False)
    network.eval()


def _loader(run: Run, data: Dataset[Sample], order: Sampler[int] | None = None) -> DataLoader[Sample]:
    return DataLoader(data, run.options.batch, sampler=order, num_workers=run.options.workers)
