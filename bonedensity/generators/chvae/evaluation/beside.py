"""The virtual people that lie beside a model's weights, so that whoever has these can compute the card's figures."""

from __future__ import annotations

from pathlib import Path

from bonedensity.errors import UnreadableFileError
from bonedensity.generators.chvae.evaluation.pack import pack_people
from bonedensity.generators.chvae.storage import load_chvae
from bonedensity.progress import OnProgress, silent
from bonedensity.virtual.cohort.writing import MANIFEST

PEOPLE = "people"
"""Folder of packed people, in a model's."""

IMAGES = 24
"""People whose images are kept: 2 MB, halved, with those at another age."""


def people_beside(folder: Path) -> Path:
    """The manifest of the people that come with a model's weights.

    Raises:
        UnreadableFileError: None come with them.
    """
    manifest = folder / PEOPLE / MANIFEST
    if not manifest.is_file():
        raise UnreadableFileError(f"No people to judge on come with the model in “{folder}”: give their manifest.")
    return manifest


def keep_unseen(manifest: Path, folder: Path, *, on_progress: OnProgress = silent) -> None:
    """Keep virtual people whom a model has not learnt from beside its weights, in place of those that were there.

    Args:
        manifest: Theirs; that of the people who are kept already leaves them as they are.
        folder: Of the model.
        on_progress: Fraction and message.

    Raises:
        BoneDensityError: As `pack_people`, or the model cannot be read.
    """
    place = folder / PEOPLE
    if manifest.resolve() != (place / MANIFEST).resolve():
        graph = load_chvae(folder).causal.graph
        pack_people(manifest, place, graph, images=IMAGES, on_progress=on_progress)
