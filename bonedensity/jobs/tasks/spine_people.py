"""A trained model and abducted people in the worker's memory, so that a slider pays for the prediction alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonedensity.jobs.tasks.context import TaskContext, key_of
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, number, text, whole_number

if TYPE_CHECKING:
    from bonedensity.generators.chvae.counterfactual.engine import Abducted
    from bonedensity.generators.chvae.reading.dxa_image import DxaImage
    from bonedensity.generators.chvae.storage import Chvae


def model_of(folder: str, context: TaskContext) -> Chvae:
    """A trained model: of a user's folder, or with "" the shipped one; read again when its file changes.

    Raises:
        ModelError: None are shipped, or they do not fit.
        UnreadableFileError: There are no weights in the folder.
    """
    from bonedensity.generators.chvae.storage import MODEL_NAME, load_chvae
    from bonedensity.learning.weights import WEIGHTS_FILE, model_folder

    found = model_folder(MODEL_NAME, Path(folder) if folder else None)
    weights = found / WEIGHTS_FILE
    stamp = weights.stat().st_mtime_ns if weights.is_file() else 0

    def load() -> Chvae:
        model = load_chvae(found)
        leave_processors()
        return model

    return context.cache.data.get(("spine model", str(found), stamp), load)


def leave_processors() -> None:
    """Use half of the processors: the window draws with the others, and threads that wait for a busy one cost most."""
    import torch

    torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 2) // 2)))


def image_of(values: Parameters, context: TaskContext) -> DxaImage:
    """The image of a request: {"image", "crop", "pixel_mm"}."""
    from bonedensity.generators.chvae.reading.dxa_image import DxaImage

    array = context.load(values["image"], np.ndarray)
    if array.ndim != 2:
        raise ParameterError("“image” must have rows and columns.")
    whole = DxaImage(array.astype(np.float32), (0, array.shape[0], 0, array.shape[1]), pixel_mm_of(values))
    crop = values.get("crop")
    return whole if crop is None else whole.with_crop(tuple(int(edge) for edge in crop))  # type: ignore[arg-type]


def pixel_mm_of(values: Parameters) -> tuple[float, float] | None:
    """Row and column in mm; None where nobody knows."""
    given = values.get("pixel_mm")
    return None if given is None else (float(given[0]), float(given[1]))


def person_of(parameters: Parameters, context: TaskContext) -> Abducted:
    """An abducted person of a request.

    It is abducted again only when something of the request is new, or when it was not asked for lately.

    Args:
        parameters: Holds "person": {"model", "image", "crop", "pixel_mm", "attributes", "outline", "samples", "seed"}.
            With an "outline" the person is abducted with these corners, as a user put them; without, with those that
            the model sees.
        context: Remembers people.
    """
    from bonedensity.generators.chvae.counterfactual.engine import Abducted

    values = parameters["person"]
    if not isinstance(values, dict) or not {"image", "attributes"} <= set(values):
        raise ParameterError("“person” needs an image and attributes.")

    def make() -> Abducted:
        return Abducted(
            model_of(text(values, "model"), context),
            image_of(values, context),
            attributes_in(values, "attributes"),
            samples=whole_number(values, "samples", 1),
            seed=whole_number(values, "seed"),
            outline=outline_in(values),
        )

    return context.cache.data.get(("spine person", key_of(values)), make)


def outline_in(values: Parameters) -> Any:
    """Corners of L1 to L4 that a person marked (4, 4, 2), column and row in pixels of the whole image; or None."""
    from bonedensity.generators.chvae.morphometry.corners import CORNERS, LEVELS

    given = values.get("outline")
    if given is None:
        return None
    outline = np.array(given, dtype=np.float64)
    if outline.shape != (len(LEVELS), len(CORNERS), 2):
        raise ParameterError("“outline” must hold four corners of four vertebrae.")
    return outline


def attributes_in(parameters: Parameters, name: str) -> dict[str, float]:
    """A parameter that names numbers."""
    values: Any = parameters.get(name, {})
    if not isinstance(values, dict):
        raise ParameterError(f"“{name}” must name numbers.")
    return {key: number(values, key, 0.0) for key in values}
