"""The grid of kept counterfactuals as a picture file, with the mark in its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bonedensity.errors import UnwritableFileError
from bonedensity.generators.chvae.counterfactual.exports import captioned_picture, write_picture
from bonedensity.workflows.spine.pictures import grid_picture
from bonedensity.workflows.spine.results import Kept


def write_grid(kept: Sequence[Kept], path: Path) -> None:
    """Write a PNG: a row a person, a column an intervention, their names below.

    Raises:
        UnwritableFileError: Nothing is kept, or the file cannot be written.
    """
    if not kept:
        raise UnwritableFileError(f"“{path}” was not written: keep a counterfactual first.")
    picture, rows = grid_picture(kept)
    caption = "; ".join(f"{person}: {', '.join(title or '–' for title in titles)}" for person, titles in rows)
    write_picture(captioned_picture(picture, caption), path.with_suffix(".png"))
