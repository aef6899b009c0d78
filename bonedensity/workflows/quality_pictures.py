"""Pictures of how far a registration may be trusted: profiles of the similarity, and from where it finds home."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from bonedensity.registration.capture_range import CaptureMap, Trial
from bonedensity.registration.uncertainty import AXES, PoseUncertainty

GOOD, BAD, LINE, SOFT = "#0b6e4f", "#b5532d", "#1f4e79", "#5b6670"

COLUMNS = 3


def profiles_png(uncertainty: PoseUncertainty) -> bytes:
    """Similarity along each axis around the pose found, with one standard deviation either way shaded; PNG bytes."""
    figure, grid = _figure(2, COLUMNS, (8.4, 4.4))
    values = uncertainty.profiles.values
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * max(high - low, 1e-6)
    for number, (name, unit) in enumerate(AXES):
        axes = grid[number // COLUMNS][number % COLUMNS]
        deviation = float(uncertainty.standard_deviations[number])
        axes.axvspan(-deviation, deviation, color=LINE, alpha=0.12, lw=0)
        axes.plot(uncertainty.profiles.offsets[number], values[number], "o-", color=LINE, ms=4, lw=1.4)
        reach = float(np.abs(uncertainty.profiles.offsets[number]).max())
        axes.set_xlim(-1.15 * reach, 1.15 * reach)
        axes.set_ylim(low - margin, high + margin)
        axes.set_title(f"{name}: ±{deviation:.2g} {'°' if unit == 'degrees' else unit}", fontsize=10)
        axes.tick_params(labelsize=8)
        axes.set_xlabel(unit, fontsize=8, color=SOFT)
        if number % COLUMNS == 0:
            axes.set_ylabel("similarity", fontsize=8, color=SOFT)
    return _png(figure)


def capture_png(found: CaptureMap, *, title: str = "") -> bytes:
    """Which starts came home: a line for each axis on the left, the rings in plane on the right; PNG bytes."""
    figure, ((left, right),) = _figure(1, 2, (10.5, 4.8))
    _lines(left, found)
    _rings(right, found)
    figure.suptitle(title, fontsize=11)
    return _png(figure)


def _lines(axes: Any, found: CaptureMap) -> None:
    """Each axis on a line of its own, offsets as shares of its largest."""
    labels = []
    for row, (name, unit) in enumerate(AXES):
        trials = [*found.of("truth"), *found.of(name)]
        offsets = np.array([trial.offset[row] for trial in trials])
        largest = float(np.abs(offsets).max()) or 1.0
        _dots(axes, offsets / largest, np.full(len(trials), -row), trials)
        for trial, at in zip(trials, offsets / largest, strict=True):
            axes.annotate(f"{trial.offset[row]:g}", (at, -row - 0.34), ha="center", fontsize=7, color=SOFT)
        labels.append(f"{name}\n({unit})")
    axes.set_yticks(-np.arange(len(AXES)), labels, fontsize=9)
    axes.set_xticks([])
    axes.set_ylim(-len(AXES) + 0.4, 0.6)
    axes.set_title("Starts along each axis", fontsize=10)
    axes.spines[:].set_visible(False)
    axes.plot([], [], "o", color=GOOD, label="ends within 2 mm in plane")
    axes.plot([], [], "X", color=BAD, label="ends elsewhere")
    axes.plot([], [], "o", mfc="none", color="black", ms=10, label="accepted")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=3, frameon=False, fontsize=8)


def _rings(axes: Any, found: CaptureMap) -> None:
    """Starts shifted in plane, where they started; right and down as in the radiograph."""
    trials = [*found.of("truth"), *found.of("in plane")]
    offsets = np.array([trial.offset for trial in trials])
    radius = np.round(np.hypot(offsets[:, 3], offsets[:, 4]), 3)
    for each in np.unique(radius[radius > 0]):
        axes.add_patch(_circle(float(each)))
    _dots(axes, offsets[:, 3], offsets[:, 4], trials)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.set_xlabel("right (mm at the bone)", fontsize=9)
    axes.set_ylabel("down (mm at the bone)", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.set_title("Starts shifted in plane", fontsize=10)


def _dots(axes: Any, x: np.ndarray, y: np.ndarray, trials: list[Trial]) -> None:
    success = np.array([trial.success for trial in trials], dtype=bool)
    accepted = np.array([trial.accepted for trial in trials], dtype=bool)
    axes.scatter(x[success], y[success], s=42, color=GOOD, zorder=3)
    axes.scatter(x[~success], y[~success], s=42, color=BAD, marker="X", zorder=3)
    axes.scatter(x[accepted], y[accepted], s=110, facecolors="none", edgecolors="black", lw=0.8, zorder=2)


def _circle(radius: float) -> Any:
    from matplotlib.patches import Circle

    return Circle((0, 0), radius, fill=False, color="#d9dee3", lw=0.8)


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """A figure of no window, and its axes as (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
