"""A study's result as files: JSON, a table to read, a figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bonedensity.errors import UnwritableFileError


def write_study(folder: Path, name: str, result: Mapping[str, Any], tables: Sequence[str]) -> None:
    """Write NAME.json and NAME.md.

    Raises:
        UnwritableFileError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(result, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        (folder / f"{name}.md").write_text("\n\n".join([f"# {name}", *tables]) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnwritableFileError(f"The study cannot be written to “{folder}”: {error.strerror}.") from error


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def save_bars(path: Path, values: Mapping[str, float | None], *, title: str, label: str) -> None:
    """Write a bar chart as PNG; what is not known has no bar.

    Args:
        path: PNG.
        values: By name, in order.
        title: Above.
        label: Of the values.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.5 + 0.42 * max(len(values), 2)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    names = list(values)
    heights = [values[name] or 0.0 for name in names]
    axes.barh(names, heights, color="#2b6ca3", height=0.6)
    for place, name in enumerate(names):
        text = "not known" if values[name] is None else f"{values[name]:.3g}"
        axes.text(max(heights[place], 0), place, f" {text}", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel(label)
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
