"""What every `bonedensity train …` shares: its options, and the run itself."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from bonedensity.cli.console import answer, progress_bar, stopped_by_ctrl_c
from bonedensity.errors import ModelError
from bonedensity.learning.card import ModelCard
from bonedensity.progress import OnProgress, ShouldStop, silent

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for weights, card and what a resumed run needs.")]
Threads = Annotated[int, typer.Option(help="Of the networks; on a busy machine one is quickest.")]
Seed = Annotated[int, typer.Option(help="Same seed, same training; of people too where these are divided.")]
Data = Annotated[str, typer.Option(help="What the data are, in words, for the card.")]
CohortVersion = Annotated[str, typer.Option("--cohort", help="Version of the virtual cohort, for the card.")]

OWN_DATA = "a user's own cohort"


def refuse_unknown(what: str, chosen: str, known: Collection[str]) -> None:
    """Stop where a choice is none of those known.

    Raises:
        ModelError: It is not.
    """
    if chosen not in known:
        raise ModelError(f"There is no {what} “{chosen}”; choose {', '.join(known)}.")


def run_training(
    train: Callable[[OnProgress, ShouldStop], ModelCard], output: Path, *, threads: int, as_json: bool
) -> None:
    """Train with a progress bar until done or Ctrl-C, then say what was learnt.

    Args:
        train: The training, told where progress goes and what asks it to stop.
        output: Its folder.
        threads: Of the networks.
        as_json: Whether the answer is a JSON object.
    """
    import torch
    from lightning.pytorch.utilities import rank_zero_only

    torch.set_num_threads(max(threads, 1))
    first = rank_zero_only.rank == 0  # Lightning starts this command once more for each further device: one speaks
    with progress_bar() if first else nullcontext(silent) as on_progress, stopped_by_ctrl_c() as should_stop:
        card = train(on_progress, should_stop)
    if not first:
        return
    values: dict[str, Any] = {"output": str(output), "data": card.data, "metrics": dict(card.metrics)}
    answer(values, as_json, lambda: f"{output}: trained on {card.data}; {values['metrics']}")
