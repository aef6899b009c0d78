"""Maximum likelihood of the structural causal model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.causal.mechanisms import AffineMechanism
from bonedensity.generators.chvae.causal.model import CausalModel
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

FEWEST_PEOPLE = 20

HELD_SHARE = 0.2
"""Of the people, on whom each attribute's mechanism is judged while it is fitted."""

JUDGED_EVERY = 10
"""Steps."""


@dataclass(frozen=True, slots=True)
class CausalFit:
    """How the mechanisms are fitted.

    Attributes:
        steps: Of Adam; the mechanisms share no parameter, so all are fitted at once.
        batch: People a step.
        rate: Learning rate at the start; it falls to nothing along a cosine.
        decay: Of the context networks' weights, so that they bend only where the data say so.
        seed: Of initialisation and order.
    """

    steps: int = 200
    batch: int = 1024
    rate: float = 5e-3
    decay: float = 0.02
    seed: int = 0


def fit_causal_model(
    graph: AttributeGraph,
    table: Mapping[str, Tensor],
    options: CausalFit | None = None,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> CausalModel:
    """Mechanisms that make the data most likely; each as it was when those held out were likeliest.

    It begins at straight lines by least squares, and with few people these are what is kept.

    Args:
        graph: Which attribute causes which.
        table: Attributes of n people, (n,) each, in their units.
        options: Length and seed.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        StatisticsError: Too few people, or a value that is no number.
        CancelledError: `should_stop` said so.
    """
    chosen = options or CausalFit()
    columns = {name: torch.as_tensor(table[name], dtype=torch.float64) for name in graph.names}
    _check(columns)
    generator = torch.Generator().manual_seed(chosen.seed)
    order = torch.randperm(len(columns[graph.names[0]]), generator=generator)
    held, seen = order[: round(HELD_SHARE * len(order))], order[round(HELD_SHARE * len(order)) :]
    with torch.random.fork_rng():
        torch.manual_seed(chosen.seed)
        model = CausalModel(graph)
    model.learn_scales(columns)
    _start(model, columns)
    best = _Best(model, {name: column[held] for name, column in columns.items()})
    optimiser = torch.optim.AdamW(model.parameters(), lr=chosen.rate, weight_decay=chosen.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(chosen.steps, 1))
    for step in range(chosen.steps):
        stop_if_asked(should_stop)
        taken = seen[torch.randint(len(seen), (min(chosen.batch, len(seen)),), generator=generator)]
        logs = model.log_density({name: column[taken] for name, column in columns.items()})
        loss = -torch.stack(list(logs.values())).sum(0).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % JUDGED_EVERY == 0:
            best.judge()
            on_progress(step / chosen.steps, f"attributes, step {step + 1} of {chosen.steps}")
    best.restore()
    return model.requires_grad_(False).eval()


class _Best:
    """Each mechanism's parameters at the step where those held out were likeliest.

    A step counts only where it makes them likelier than the straight lines by more than one standard error: with few
    people the difference is chance, and a chance bend would run far astray beyond the data.
    """

    def __init__(self, model: CausalModel, held: Mapping[str, Tensor]) -> None:
        self._model, self._held = model, held
        with torch.no_grad():
            self._lines = model.log_density(held)
        self._gain = dict.fromkeys(model.graph.names, 0.0)
        self._state = {name: _copied(model, name) for name in model.graph.names}

    @torch.no_grad()
    def judge(self) -> None:
        """Keep what is better than before."""
        for name, logs in self._model.log_density(self._held).items():
            gains = logs - self._lines[name]
            gain, error = float(gains.mean()), float(gains.std()) / math.sqrt(len(gains))
            if gain > max(self._gain[name], error):
                self._gain[name] = gain
                self._state[name] = _copied(self._model, name)

    def restore(self) -> None:
        """Go back to the best."""
        for name, state in self._state.items():
            self._model.mechanisms[name].load_state_dict(state)


def _copied(model: CausalModel, name: str) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in model.mechanisms[name].state_dict().items()}


def _check(columns: Mapping[str, Tensor]) -> None:
    for name, column in columns.items():
        if len(column) < FEWEST_PEOPLE or not bool(torch.isfinite(column).all()):
            raise StatisticsError(
                f"The attribute {name} has {int(torch.isfinite(column).sum())} values of {len(column)}: the causal "
                f"model needs complete rows of {FEWEST_PEOPLE} people or more."
            )


def _start(model: CausalModel, columns: Mapping[str, Tensor]) -> None:
    scaled = {name: model.scaled(name, column) for name, column in columns.items()}
    for node in model.graph.nodes:
        mechanism = model.mechanisms[node.name]
        if isinstance(mechanism, AffineMechanism):
            mechanism.start(scaled[node.name], torch.stack([scaled[parent] for parent in node.parents], dim=1))
