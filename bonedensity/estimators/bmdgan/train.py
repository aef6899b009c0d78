"""The whole training of BMD-GAN, from a manifest to weights with their card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from bonedensity.errors import ModelError, StatisticsError
from bonedensity.estimators.bmdgan.data.augment import AUGMENTATIONS
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import Exposure, read_exposures, with_truth
from bonedensity.estimators.bmdgan.data.folds import Split, split_people
from bonedensity.estimators.bmdgan.evaluation.rows import card_metrics, figures_of, rows_of
from bonedensity.estimators.bmdgan.loading import BONES_FOLDER, Model, load_bmdgan
from bonedensity.estimators.bmdgan.networks.generator import Generator
from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork, Regressor
from bonedensity.estimators.bmdgan.readout.calibration import Calibration
from bonedensity.estimators.bmdgan.training.calibrate import calibrate
from bonedensity.estimators.bmdgan.training.options import BmdganTraining
from bonedensity.estimators.bmdgan.training.stages import Run, learn_densities, learn_projection, stage_card
from bonedensity.learning.card import ModelCard, write_card
from bonedensity.learning.weights import save_weights
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.virtual.cohort.version import cohort_version


def train_bmdgan(
    manifest: Path,
    folder: Path,
    options: BmdganTraining,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ModelCard:
    """Train in the paper's stages and write weights and card; an unfinished run in the folder goes on.

    Test people of the division by `options.seed` are looked at once all is done, for the card's figures.

    Args:
        manifest: As `read_exposures` describes.
        folder: For cache, stages, pictures, weights and card.
        options: Size, length, seed.
        on_progress: Fraction and message.
        should_stop: True ends the run; it can be resumed.

    Raises:
        UnreadableFileError: The manifest, or a file that it names.
        ModelError: The weights to start with are another network's.
        StatisticsError: Too few people, too few with a measured density, or further people who have a part already.
        CancelledError: `should_stop` said so.
    """
    split = split_people(_usable(manifest, options), options.seed)
    further = {"training": options.training, "calibration": options.calibration}
    for part, other in further.items():
        if other is not None:
            split = _with_more(split, part, _usable(other, options))
    return train_on(split, folder, options, on_progress, should_stop)


def train_on(
    split: Split,
    folder: Path,
    options: BmdganTraining,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ModelCard:
    """`train_bmdgan` on people who are divided already.

    Raises:
        BoneDensityError: As `train_bmdgan`.
    """
    known = None if options.start is None else _known(options, options.start)
    run, plain = _run(split, folder, options, part_of(on_progress, 0, 0.05), should_stop)
    torch.manual_seed(options.seed)
    network = BmdganNetwork(options.network)
    if options.decomposition:
        start = _first(run, part_of(on_progress, 0.05, 0.35)) if known is None else _taken_over(run, known)
        generator = learn_projection(run, "proximal", start, part_of(on_progress, 0.35, 0.65))
        network.generator.load_state_dict(generator.state_dict())
    regressor = _densities(run, network, known, part_of(on_progress, 0.65, 0.95))
    network.regressor.load_state_dict(regressor.state_dict())
    closing = part_of(on_progress, 0.95, 0.99)
    found = calibrate(network, plain, run.held_out, on_progress=closing, should_stop=should_stop)
    card = _card(split, options, found, known)
    save_weights(network, card, folder)
    rows = rows_of(load_bmdgan(folder), ExposureData(split.test, options.network, folder / "cache"))
    card = replace(card, metrics=card_metrics(figures_of(rows)))
    write_card(card, folder)
    on_progress(1.0, "done")
    return card


def _usable(manifest: Path, options: BmdganTraining) -> list[Exposure]:
    return with_truth(read_exposures(manifest, doubtful=options.doubtful))


def _with_more(split: Split, part: str, people: list[Exposure]) -> Split:
    """A division with further people in one of its parts."""
    known = {each.identifier for own in split for each in own}
    if both := sorted(known & {each.identifier for each in people}):
        raise StatisticsError(
            f"“{both[0]}” is among the further people for {part}, and among the others as well: give {part} people of "
            "their own."
        )
    return split._replace(**{part: getattr(split, part) + people})


def _known(options: BmdganTraining, start: Path) -> Model:
    """The model whose weights are learnt further.

    Raises:
        UnreadableFileError: Weights or card are missing or damaged.
        ModelError: Its networks are others, or nothing is to be decomposed.
    """
    if not options.decomposition:
        raise ModelError(f"A regression without decomposition has fresh weights: leave out the start “{start}”.")
    known = load_bmdgan(start)
    if known.network.config != options.network:
        raise ModelError(
            f"“{start}” holds a BMD-GAN of another size ({known.card.size}): its weights cannot be learnt further as "
            f"{options.size}. Train in that size, or without a start."
        )
    return known


def _first(run: Run, on_progress: OnProgress) -> Generator:
    """Stage one; its bones are kept where it has learnt them."""
    found = learn_projection(run, "bones", None, on_progress)
    if run.options.hierarchical:
        save_weights(found, stage_card(run.options, {}), run.folder / BONES_FOLDER)
    return found


def _taken_over(run: Run, known: Model) -> Generator:
    """The generator that stage two begins with, in place of stage one; that of all bones stays as it is."""
    if known.bones is not None:
        save_weights(known.bones, stage_card(run.options, {}), run.folder / BONES_FOLDER)
    return known.network.generator


def _card(split: Split, options: BmdganTraining, calibration: Calibration, known: Model | None) -> ModelCard:
    """Without figures: these are of the weights as they are stored."""
    base, people = stage_card(options, {}), len({each.identifier for each in split.training})
    virtual = all(each.virtual for each in split.training)
    before = "" if known is None else f"; begun with weights learnt from {known.card.data}"
    return replace(
        base,
        cohort=options.cohort or (cohort_version("hip") if virtual else ""),
        config={**base.config, "calibration": calibration.to_json()},
        data=f"{options.data} ({len(split.training)} radiographs of {people} people){before}",
        limits=("Knows only hips like those it was trained on.", "Densities are those of its training scanner."),
    )


def _densities(run: Run, network: BmdganNetwork, known: Model | None, on_progress: OnProgress) -> Regressor:
    """Stage three; without decomposition, the direct regression that the paper compares with."""
    if not run.options.decomposition:
        return learn_densities(run, None, frozen=False, on_progress=on_progress)
    if known is not None:
        return learn_densities(run, known.network.regressor, frozen=False, on_progress=on_progress)
    network.regressor.encoder.load_state_dict(network.generator.encoder.state_dict())
    tuned = run.options.length.tuned > 0
    first = part_of(on_progress, 0.0, 0.7 if tuned else 1.0)
    regressor = learn_densities(run, network.regressor, frozen=True, on_progress=first)
    if tuned:
        regressor = learn_densities(run, regressor, frozen=False, on_progress=part_of(on_progress, 0.7, 1.0))
    return regressor


def _run(
    split: Split, folder: Path, options: BmdganTraining, on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[Run, ExposureData]:
    """What all stages share, and the training images unchanged."""
    cache, config = folder / "cache", options.network
    plain = ExposureData(split.training, config, cache, on_progress=on_progress, should_stop=should_stop)
    changed = ExposureData(
        split.training, config, cache, augmentation=AUGMENTATIONS[options.changes], seed=options.seed
    )
    held_out = ExposureData(split.calibration, config, cache, should_stop=should_stop)
    return Run(options, folder, changed, held_out, should_stop), plain
