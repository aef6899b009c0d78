"""People's images in the spine's frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.alignment.spine_frame import frame_corners
from bonedensity.generators.chvae.alignment.view import canonical_view, seen_corners, usable_corners
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork
from bonedensity.generators.chvae.reading.metadata import Record
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.generators.chvae.training.data import STEPS_8_BIT, People
from bonedensity.learning.prepared_files import prepared_file
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked


def in_spine_frame(
    people: People,
    network: MeasuringNetwork,
    cache: Path,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> People:
    """The same people seen in the spine's frame; by their true corners where these are known.

    Args:
        people: With plain views.
        network: Finds corners on plain views where they are not known.
        cache: Folder for views once made.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnreadableFileError: An image that was there has gone.
        UnwritableFileError: The cache cannot be written.
        CancelledError: `should_stop` said so.
    """
    network.eval()
    views = []
    for number, record in enumerate(people.records):
        stop_if_asked(should_stop)
        known = np.asarray(people.corners[number].numpy(), np.float64)
        corners = known if np.isfinite(known).all() else seen_corners(network, people.images[number] / STEPS_8_BIT)
        views.append(_view(record, usable_corners(corners)[0], people.images.shape[-1], cache))
        if number % 50 == 0:
            on_progress(number / len(people), f"aligning image {number + 1} of {len(people)}")
    return replace(people, images=np.stack(views))


def _view(record: Record, corners: NDArray[np.float64], pixels: int, cache: Path) -> NDArray[np.uint8]:
    image = record.image
    assert image is not None  # whoever has a plain view has an image
    places = np.round(np.stack([corners, frame_corners()]), 6).tobytes().hex()

    def view() -> NDArray[np.uint8]:
        return np.rint(STEPS_8_BIT * canonical_view(read_dxa(image), corners, pixels)).astype(np.uint8)

    return np.asarray(np.load(prepared_file([image], f"spine {pixels} {places}", cache, view)))
