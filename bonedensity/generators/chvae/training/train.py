"""Training of CHVAE from a manifest of AP spine DXAs: attributes, image, measuring network, fine-tuning."""

from __future__ import annotations

from pathlib import Path

import lightning
import torch
from torch.utils.data import DataLoader

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.alignment.body_grey import log_body_grey
from bonedensity.generators.chvae.alignment.grey_law import GreyLaw, grey_law
from bonedensity.generators.chvae.causal.context import context_of, table_of
from bonedensity.generators.chvae.causal.fit import CausalFit, fit_causal_model
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.causal.model import CausalModel
from bonedensity.generators.chvae.config import SIZES, ChvaeConfig
from bonedensity.generators.chvae.image.batch import Batch
from bonedensity.generators.chvae.image.ladder import LadderVae
from bonedensity.generators.chvae.image.two_level import TwoLevelVae
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork
from bonedensity.generators.chvae.storage import MODEL_NAME, Chvae, save_chvae
from bonedensity.generators.chvae.training.data import People, PeopleDataset, load_people, split
from bonedensity.generators.chvae.training.fine_tune_module import FineTuneModule
from bonedensity.generators.chvae.training.framed import in_spine_frame
from bonedensity.generators.chvae.training.learn_on import learn_on_from
from bonedensity.generators.chvae.training.options import ChvaeTraining
from bonedensity.generators.chvae.training.predictor_module import PredictorModule
from bonedensity.generators.chvae.training.vae_module import VaeModule, negative_elbo
from bonedensity.learning.card import ModelCard
from bonedensity.learning.fit import FitOptions, fit
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.virtual.cohort.version import cohort_version

FEWEST_PEOPLE = 3

LIMITS = (
    "The published image mechanism sees morphometry alone; sizes other than paper see age and sex too.",
    "A counterfactual is an answer of this model under its causal graph, not a forecast for a patient.",
)


def train_chvae(
    manifest: Path,
    folder: Path,
    options: ChvaeTraining,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
    *,
    cache: Path | None = None,
) -> ModelCard:
    """Train, and write weights and cards; an unfinished run in the folder goes on.

    First visits of 80 % of the people are learnt from, 10 % are judged on meanwhile; 10 % are never seen. The causal
    model is fitted to attributes of those learnt from, apart from the image: its parameters are its own, so this is the
    same maximum as that of the sum of both.

    Args:
        manifest: A cohort of `bonedensity simulate spine`, a table of one's own, or UK Biobank's.
        folder: For checkpoints, weights and cards.
        options: Size, lengths, seed.
        on_progress: Fraction and message.
        should_stop: True ends the run; it can be resumed.
        cache: Folder for images once read, which trainings on the same people can share; None for one in the folder.

    Raises:
        UnreadableFileError: The manifest, or none of its images.
        StatisticsError: Too few people.
        CancelledError: `should_stop` said so.
    """
    config, graph = options.config or SIZES[options.size], options.graph or shipped_graph()
    views = cache or folder / "cache"
    people, refused = load_people(
        manifest,
        graph,
        config.pixels,
        views,
        on_progress=part_of(on_progress, 0, 0.1),
        should_stop=should_stop,
    )
    persons = split(people, options.seed)
    seen, held = (people.of(each, visit=0) for each in persons[:2])
    if len(seen) < FEWEST_PEOPLE or not len(held):
        raise StatisticsError(f"{len(people)} usable images are too few to train on and to judge.")
    table = {name: seen.attributes[:, place] for place, name in enumerate(graph.names)}
    causal = fit_causal_model(graph, table, CausalFit(seed=options.seed), should_stop=should_stop)
    run = _Run(seen, held, folder, options, should_stop)
    network, metrics = _measuring(run, causal, config, options, part_of(on_progress, 0.1, 0.25))
    if config.frame == "spine":
        seen, held = (
            in_spine_frame(each, network, views, on_progress=part, should_stop=should_stop)
            for each, part in ((seen, part_of(on_progress, 0.25, 0.29)), (held, part_of(on_progress, 0.29, 0.3)))
        )
        run = _Run(seen, held, folder, options, should_stop)
    law = _law(causal, seen, config) if config.frame == "spine" else None
    vae = VaeModule(
        config,
        causal,
        rate=options.rate,
        steps=run.steps(options.epochs),
        regions=options.regions,
        published=options.published,
        law=law,
    )
    tuned_after = options.fine_tune_epochs > 0 and config.frame == "image"
    metrics = run.fit(vae, "image", options.epochs, part_of(on_progress, 0.3, 0.85 if tuned_after else 1.0)) | metrics
    if tuned_after:
        bound = _mean_bound(vae.network, causal, seen)
        tuned = FineTuneModule(vae.network, causal, network, config.context, bound=bound, residual=options.residual)
        after = run.fit(tuned, "fine_tune", options.fine_tune_epochs, part_of(on_progress, 0.85, 1.0))
        metrics |= {"counterfactual_predictor_loss": after["validation_loss"], "bound_before": bound}
    card = _card(options, seen, refused, metrics)
    save_chvae(Chvae(causal, vae.network, network, config.context, options.residual, card, law), folder)
    return card


class _Run:
    """What the three trainings share."""

    def __init__(
        self, seen: People, held: People, folder: Path, options: ChvaeTraining, should_stop: ShouldStop
    ) -> None:
        self._seen, self._held, self._folder = seen, held, folder
        self._options, self._should_stop = options, should_stop
        self._batch = min(options.batch, len(seen))

    def steps(self, epochs: int) -> int:
        """Of so many epochs."""
        return max(1, epochs * (len(self._seen) // self._batch))

    def fit(
        self, module: lightning.LightningModule, name: str, epochs: int, on_progress: OnProgress
    ) -> dict[str, float]:
        """Train a module; its checkpoints lie in a folder of its name."""
        options = self._options
        return fit(
            module,
            DataLoader(PeopleDataset(self._seen), self._batch, shuffle=True, drop_last=True),
            DataLoader(PeopleDataset(self._held), self._batch),
            self._folder / "checkpoints" / name,
            FitOptions(epochs=epochs, seed=options.seed, devices=options.devices, precision=options.precision),
            on_progress=on_progress,
            should_stop=self._should_stop,
        )


def _measuring(
    run: _Run, causal: CausalModel, config: ChvaeConfig, options: ChvaeTraining, on_progress: OnProgress
) -> tuple[MeasuringNetwork, dict[str, float]]:
    """The measuring network on images as they lie, and its error on those that it was not trained on."""
    torch.manual_seed(options.seed)
    epochs = options.predictor_epochs
    module = PredictorModule(causal, config.context, rate=options.predictor_rate, steps=run.steps(epochs))
    if options.start is not None:
        learn_on_from(options.start, module.network, config.context)
    measured = run.fit(module, "measure", epochs, on_progress)
    return module.network, {"validation_corner_error": measured["validation_corner_error"]}


def _law(causal: CausalModel, seen: People, config: ChvaeConfig) -> GreyLaw:
    """Brightness of bodies by context, in people seen in the spine's frame."""
    everyone = seen.batch(range(len(seen)))
    context = context_of(causal, table_of(causal, everyone.attributes), config.context)
    pairs = tuple(k for k, name in enumerate(config.context) if causal.graph.node(name).kind == "binary")
    return grey_law(context, log_body_grey(everyone.image), pairs)


@torch.no_grad()
def _mean_bound(network: TwoLevelVae | LadderVae, causal: CausalModel, seen: People, *, batch: int = 16) -> float:
    """Negative evidence bound a pixel over training data."""
    network.eval()
    total = 0.0
    for start in range(0, len(seen), batch):
        part: Batch = seen.batch(range(start, min(start + batch, len(seen))))
        context = context_of(causal, table_of(causal, part.attributes), network.config.context)
        total += float(negative_elbo(network, part.image, context)[0].sum()) / part.image[0].numel()
    network.train()
    return total / len(seen)


def _card(options: ChvaeTraining, seen: People, refused: list[str], metrics: dict[str, float]) -> ModelCard:
    left_out = f", {len(refused)} rows left out" if refused else ""
    return ModelCard(
        name=MODEL_NAME,
        size=options.size,
        config={},
        data=f"{options.data} ({len(seen)} people{left_out})",
        cohort=options.cohort or (cohort_version("spine") if bool(torch.isfinite(seen.corners).all()) else ""),
        seed=options.seed,
        command=options.command,
        revision=options.revision,
        metrics=metrics,
        intended_use="Research on ageing and body build in AP spine DXA; not for diagnosis or prognosis.",
        limits=LIMITS,
    )
