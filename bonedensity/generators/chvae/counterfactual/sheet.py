"""One page that says it all: pictures, sizes, density trend, warnings. Marked as synthetic on its face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnwritableFileError
from bonedensity.generators.chvae.counterfactual.exports import LEAST_RANGE, MARK
from bonedensity.generators.chvae.reading.dxa_image import WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A4_INCHES = (8.27, 11.69)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What stands on it.

    Attributes:
        title: Whose; never a patient's name.
        what: Intervention in words.
        factual: Greys as taken.
        counterfactual: Greys as they would be.
        rows: Morphometry: name, baseline, counterfactual, unit, low, high.
        density: Brightness-derived g/cm², factual and counterfactual; None where unknown.
        identity: Cosine of both images' latents.
        notes: Warnings, one sentence each.
        path: Axis values, and by name the person's values and the band (n, 3), or None.
        model: One line about it.
    """

    title: str
    what: str
    factual: NDArray[np.floating]
    counterfactual: NDArray[np.floating]
    rows: Sequence[Mapping[str, Any]]
    density: tuple[float, float] | None
    identity: float
    notes: Sequence[str]
    path: Mapping[str, Any] | None
    model: str


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Write the page as PDF.

    Raises:
        UnwritableFileError: It cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=A4_INCHES)
    figure.text(0.07, 0.955, f"{sheet.title}: {sheet.what}", fontsize=15, weight="bold")
    figure.text(0.07, 0.932, f"{MARK.capitalize()}. No forecast for a patient, not for diagnosis.", color="#b00020")
    _pictures(figure, sheet)
    _table(figure.add_axes((0.07, 0.36, 0.86, 0.24)), sheet)
    if sheet.path is not None:
        for place, name in enumerate(("l1_l4_width", "l1_l4_height", "l1_l4_area")):
            if name in sheet.path["band"]:
                _trend(figure.add_axes((0.09 + 0.3 * place, 0.15, 0.24, 0.15)), sheet.path, name)
    foot = [*sheet.notes, sheet.model]
    figure.text(0.07, 0.03, "\n".join(foot[:6]), fontsize=8, va="bottom", wrap=True)
    try:
        figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Title": f"{sheet.what} ({MARK})"})
    except OSError as error:
        raise UnwritableFileError(f"“{path}” cannot be written ({error.strerror or error}).") from None


def _pictures(figure: Any, sheet: Sheet) -> None:
    change = sheet.counterfactual - sheet.factual
    full = max(LEAST_RANGE, float(np.percentile(np.abs(change), 99.5)))
    shown = (
        ("as taken", sheet.factual, "gray", (0, WHITE)),
        (f"{sheet.what} ({MARK})", sheet.counterfactual, "gray", (0, WHITE)),
        (f"difference, ±{full:.0f} greys", change, "RdBu_r", (-full, full)),
    )
    for place, (title, image, colours, (low, high)) in enumerate(shown):
        axes = figure.add_axes((0.07 + 0.295 * place, 0.64, 0.27, 0.26))
        axes.imshow(image, cmap=colours, vmin=low, vmax=high)
        axes.set_title(title, fontsize=8)
        axes.axis("off")


def _table(axes: Axes, sheet: Sheet) -> None:
    axes.axis("off")
    cells = [
        [
            str(row["name"]), f"{row['baseline']:.3g}", f"{row['counterfactual']:.3g}",
            f"{row['counterfactual'] - row['baseline']:+.2g}", str(row["unit"]),
            "" if row.get("low") is None else f"{row['low']:.3g} to {row['high']:.3g}",
        ]
        for row in sheet.rows
    ]  # fmt: skip
    if sheet.density is not None:
        before, after = sheet.density
        numbers = [f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}"]
        cells.append(["Brightness-derived density (synthetic)", *numbers, "g/cm²", ""])
    cells.append(["Identity", "1", f"{sheet.identity:.2f}", "", "", ""])
    heads = ["", "baseline", "counterfactual", "change", "unit", "95 % interval"]
    table = axes.table(cells, colLabels=heads, loc="upper left", colWidths=[0.36, 0.12, 0.15, 0.12, 0.08, 0.17])
    table.auto_set_font_size(False)
    table.set_fontsize(8)


def _trend(axes: Axes, path: Mapping[str, Any], name: str) -> None:
    at, band = path["values"], np.array(path["band"][name])
    axes.fill_between(at, band[:, 0], band[:, 2], color="#d0d7e5", label="cohort, 5 to 95 %")
    axes.plot(at, path["path"][name], color="#b2182b", label="this person")
    axes.set_title(name.replace("l1_l4_", "L1–L4 "), fontsize=8)
    axes.set_xlabel("age (years)", fontsize=7)
    axes.tick_params(labelsize=7)
