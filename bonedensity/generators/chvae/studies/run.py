"""Studies by name, behind one function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.studies.ablation import run_ablation
from bonedensity.generators.chvae.studies.follow_up_study import run_follow_up
from bonedensity.generators.chvae.studies.main_study import run_main
from bonedensity.generators.chvae.studies.names import STUDIES
from bonedensity.generators.chvae.studies.trials import Setting, scale_named
from bonedensity.progress import OnProgress, ShouldStop, never, silent

RUNS = dict(zip(STUDIES, (run_main, run_follow_up, run_ablation), strict=True))


def run_study(
    name: str,
    manifest: Path,
    folder: Path,
    scale: str,
    seed: int,
    unseen: Path | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, Any]:
    """Run a study; trainings that are done in the folder are not done again.

    Args:
        name: Of `STUDIES`.
        manifest: As `read_records` describes.
        folder: For NAME.json, NAME.md, NAME.png and the trained models; studies may share one.
        scale: tiny, small or paper.
        seed: Of the split and every training.
        unseen: Manifest of other people to judge on; None for those of `manifest` of whom nothing is learnt.
        on_progress: Fraction and message.
        should_stop: True ends the study; it can be resumed.

    Returns:
        What NAME.json holds.

    Raises:
        ModelError: There is no such study or scale.
        BoneDensityError: The manifest cannot be used, or holds too few people.
        CancelledError: `should_stop` said so.
    """
    if name not in RUNS:
        raise ModelError(f"There is no study “{name}”; there are {', '.join(RUNS)}.")
    return RUNS[name](Setting(manifest, folder, scale_named(scale, seed=seed), unseen, on_progress, should_stop))
