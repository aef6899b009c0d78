"""A sheet for the eye of every person in a manifest: do the projections lie on the radiograph's bones?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnwritableFileError
from bonedensity.estimators.bmdgan.data.exposures import Exposure
from bonedensity.imaging.areal_greys import AREAL_STEP_G_CM2
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

EDGE_G_CM2 = 0.1
"""Areal density at which outlines are drawn."""

OUTLINES = {"bones": "#ffb000", "proximal": "#40c4ff"}


def write_case_sheets(
    exposures: Sequence[Exposure], folder: Path, on_progress: OnProgress = silent, should_stop: ShouldStop = never
) -> list[Path]:
    """Write IDENTIFIER_VISIT.png of every person and visit: a column an exposure; above, the radiograph with the
    outlines of all bones and of the proximal femur; below, the proximal femur's projection.

    Args:
        exposures: As `read_exposures` gives them.
        folder: Made where it is not there.
        on_progress: Fraction and message.
        should_stop: True ends the writing.

    Raises:
        UnreadableFileError: An image.
        UnwritableFileError: The folder cannot be written.
        CancelledError: `should_stop` said so.
    """
    visits: dict[tuple[str, int], list[Exposure]] = {}
    for each in exposures:
        visits.setdefault((each.identifier, each.visit), []).append(each)
    paths = []
    for number, ((identifier, visit), own) in enumerate(visits.items()):
        stop_if_asked(should_stop)
        paths.append(folder / f"{identifier}_{visit}.png")
        _write_sheet(own, paths[-1])
        on_progress((number + 1) / len(visits), f"sheet of {identifier}")
    return paths


def caption(exposure: Exposure) -> str:
    """What is known of an exposure, in three short lines."""
    dxa = f"DXA {exposure.dxa:.3f} g/cm²" if math.isfinite(exposure.dxa) else "no DXA"
    qct = f"QCT {exposure.qct:.0f} mg/cm³" if math.isfinite(exposure.qct) else "no QCT"
    state = "registration doubtful" if exposure.doubtful else "implant" if exposure.implant else ""
    return f"{exposure.posture} {exposure.side}\n{dxa}, {qct}\n{state}"


def _write_sheet(exposures: Sequence[Exposure], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6 * len(exposures), 9), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(exposures), squeeze=False)
    for (above, below), exposure in zip(axes.T, exposures, strict=True):
        _draw(above, below, exposure)
    first = exposures[0]
    figure.suptitle(f"{first.identifier}, visit {first.visit}{', virtual' if first.virtual else ''}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=70)
    except OSError as error:
        raise UnwritableFileError(f"“{path}” cannot be written: {error.strerror}.") from error


def _draw(above: Any, below: Any, exposure: Exposure) -> None:
    above.imshow(read_radiograph(exposure.radiograph).array, cmap="gray")
    above.set_title(caption(exposure), fontsize=8)
    for name, colour in OUTLINES.items():
        areal = _areal(getattr(exposure, name))
        if areal is not None and areal.max() > EDGE_G_CM2:
            above.contour(areal, [EDGE_G_CM2], colors=colour, linewidths=0.7)
    femur = _areal(exposure.proximal)
    if femur is not None:
        below.imshow(femur, cmap="gray", vmin=0)
        bone = femur[femur >= EDGE_G_CM2]
        below.set_title(f"mean {bone.mean():.3f} g/cm²" if bone.size else "no femur", fontsize=8)
    for axis in (above, below):
        axis.set_axis_off()


def _areal(path: Path | None) -> NDArray[np.float64] | None:
    """Areal density (g/cm²) of a projection's file."""
    return None if path is None else np.asarray(read_radiograph(path).array, np.float64) * AREAL_STEP_G_CM2
