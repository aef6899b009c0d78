"""Generators by name."""

from __future__ import annotations

from pathlib import Path

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.storage import MODEL_NAME, Chvae, load_chvae
from bonedensity.learning.weights import model_folder

GENERATORS = (MODEL_NAME,)


def load(name: str, folder: Path | None = None) -> Chvae:
    """A trained generator.

    Args:
        name: Of `GENERATORS`.
        folder: With weights and cards; None for those that are shipped.

    Raises:
        ModelError: An unknown name, or weights that do not fit.
        UnreadableFileError: There are no weights.
    """
    if name not in GENERATORS:
        raise ModelError(f"There is no generator “{name}”; there is {', '.join(GENERATORS)}.")
    return load_chvae(model_folder(name, folder))
