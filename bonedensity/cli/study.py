"""`bonedensity study`: the experiments of a paper, run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar, stopped_by_ctrl_c
from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.studies import names as bmdgan
from bonedensity.generators.chvae.studies import names as chvae
from bonedensity.progress import OnProgress, ShouldStop

STUDIES = (*bmdgan.STUDIES, *chvae.STUDIES)


def study(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(STUDIES)}.")],
    manifest: Annotated[Path, typer.Option(help="Of `bonedensity simulate`, or with the same columns.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for results; studies may share one.")],
    unseen: Annotated[
        Path | None, typer.Option(help="Of other people to judge CHVAE on; default those of whom nothing is learnt.")
    ] = None,
    scale: Annotated[str, typer.Option(help=f"{', '.join(bmdgan.SCALES)}: minutes, hours, a graphics card.")] = "tiny",
    epochs: Annotated[
        str, typer.Option(help="Of BMD-GAN's stages, as 5,35,5,35, where the scale's own take too long.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same study.")] = 0,
    threads: Annotated[int, typer.Option(help="Of the networks; on a busy machine one is quickest.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Run a study on virtual patients or one's own; where it was stopped it goes on."""
    import torch

    if name not in STUDIES:
        raise ModelError(f"There is no study “{name}”; there are {', '.join(STUDIES)}.")
    if unseen is not None and name not in chvae.STUDIES:
        raise ModelError(f"“{name}” judges on its own test people: leave out --unseen.")
    if epochs and name not in bmdgan.STUDIES:
        raise ModelError(f"“{name}” has no stages of BMD-GAN: leave out --epochs.")
    torch.set_num_threads(max(threads, 1))
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        result = _run(name, manifest, output, scale, epochs, seed, unseen, on_progress, should_stop)
    table = output / f"{name}.md"
    answer({**result, "output": str(output)}, as_json, lambda: table.read_text(encoding="utf-8"))


def _run(
    name: str,
    manifest: Path,
    output: Path,
    scale: str,
    epochs: str,
    seed: int,
    unseen: Path | None,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> dict[str, Any]:
    if name in chvae.STUDIES:
        from bonedensity.generators.chvae.studies import run

        return run.run_study(name, manifest, output, scale, seed, unseen, on_progress, should_stop)
    from bonedensity.cli.bmdgan import read_epochs
    from bonedensity.estimators.bmdgan.studies.run import run_study
    from bonedensity.estimators.bmdgan.studies.scales import scale_named

    sized = scale_named(scale, seed=seed, epochs=read_epochs(epochs))
    return run_study(name, manifest, output, sized, on_progress, should_stop)
