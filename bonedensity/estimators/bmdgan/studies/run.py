"""Studies by name, behind one function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.data.exposures import read_exposures
from bonedensity.estimators.bmdgan.studies.names import STUDIES
from bonedensity.estimators.bmdgan.studies.scales import Scale
from bonedensity.estimators.bmdgan.studies.trials import Setting
from bonedensity.progress import OnProgress, ShouldStop, never, silent


def run_study(
    name: str,
    manifest: Path,
    folder: Path,
    scale: Scale,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, Any]:
    """Run a study; trainings that are done in the folder are not done again.

    Args:
        name: Of `STUDIES`.
        manifest: As `read_exposures` describes.
        folder: For NAME.json, NAME.md, NAME.png and the trained models; studies may share one.
        scale: How large.
        on_progress: Fraction and message.
        should_stop: True ends the study; it can be resumed.

    Returns:
        What NAME.json holds.

    Raises:
        ModelError: There is no such study.
        BoneDensityError: The manifest cannot be used, or holds too few people.
        CancelledError: `should_stop` said so.
    """
    if name not in STUDIES:
        raise ModelError(f"There is no study “{name}”; there are {', '.join(STUDIES)}.")
    exposures = read_exposures(manifest)
    setting = Setting(folder, scale, on_progress, should_stop)
    if name == "bmdgan-main":
        from bonedensity.estimators.bmdgan.studies.main_study import run_main

        return run_main(exposures, setting)
    if name == "bmdgan-ablation":
        from bonedensity.estimators.bmdgan.studies.ablation import run_ablation

        return run_ablation(exposures, setting)
    if name == "bmdgan-pose":
        from bonedensity.estimators.bmdgan.studies.pose import run_pose

        return run_pose(exposures, setting)
    if name == "bmdgan-compression":
        from bonedensity.estimators.bmdgan.studies.compression import run_compression

        return run_compression(exposures, setting)
    from bonedensity.estimators.bmdgan.studies.errors_study import run_errors

    return run_errors(exposures, setting, manifest)
