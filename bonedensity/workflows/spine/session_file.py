"""A spine session as one file: a ZIP archive of JSON and images (NumPy's .npy, numbers only), nothing that is run.

`session.json` holds what `saved_session` says, `dxa.npy` the greys of the DXA as read, `kept-1.npy` and so on the
pictures kept for comparison. The CT and what the model answered are not in it. It names the person as the DXA's file
was named, and the folder of the weights as it was typed.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from bonedensity.errors import BoneDensityError, UnreadableFileError, UnwritableFileError
from bonedensity.workflows.spine.images import Greys
from bonedensity.workflows.spine.saved_session import SavedSession, saved_json, saved_of
from bonedensity.workflows.spine.small_archive import MOST_MEMBERS, read_members, write_members
from bonedensity.workflows.spine.state import SpineState

FORMAT, VERSION = "bonedensity-spine-session", 1

VALUES = "session.json"

LARGEST = 256 << 20
"""Bytes of the file, and of all that is in it; a display export has half a megabyte."""

LARGEST_JSON = 1 << 20

MOST_PIXELS = 1 << 24

HIGHEST_GREY = 255.0

BAD = (KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError, MemoryError, BoneDensityError)
"""What a file that was made otherwise can meet on its way."""


def write_session(state: SpineState, path: str | Path) -> None:
    """Save a session; `SpineSession.open_saved` goes on with it.

    Raises:
        UnwritableFileError: There is no DXA, more is kept for comparison than a file holds, or nothing can be written
            there.
    """
    if state.dxa is None:
        raise UnwritableFileError("There is nothing to save yet: load an AP spine DXA first, or make a virtual person.")
    values, images = saved_json(state)
    if len(images) >= MOST_MEMBERS // 2 or sum(4 * image.size for image in images.values()) > LARGEST - LARGEST_JSON:
        raise UnwritableFileError("That is more than a session file holds: clear the grid of kept pictures first.")
    text = json.dumps({"format": FORMAT, "version": VERSION, **values}, ensure_ascii=False, indent=1, allow_nan=False)
    members = {VALUES: text.encode(), **{name: _npy(image) for name, image in images.items()}}
    try:
        write_members(Path(path), members)
    except OSError as error:
        raise UnwritableFileError(f"The session was not saved to “{path}” ({error.strerror}).") from error


def read_session(path: str | Path) -> SavedSession:
    """A session that `write_session` saved, or that somebody says it did: all is checked, nothing is run.

    Raises:
        UnreadableFileError: No session, a damaged one, one that asks for too much, or one of a later version.
    """
    name = Path(path).name
    try:
        members = read_members(Path(path).expanduser(), LARGEST)
        values = _values(members[VALUES])
        if values["version"] != VERSION:
            raise UnreadableFileError(
                f"“{name}” was saved by another version of BoneDensity, whose sessions are not read here: update it."
            )
        images = {member: _greys(data) for member, data in members.items() if member != VALUES}
        return saved_of(values, images)
    except OSError as error:
        raise UnreadableFileError(f"“{name}” cannot be read ({error.strerror}).") from error
    except UnreadableFileError:
        raise
    except BAD as error:
        raise UnreadableFileError(
            f"“{name}” is no spine session, or a damaged one: open a file that “Save session” has written."
        ) from error


def _values(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_JSON:
        raise ValueError("its values are too long")
    values = json.loads(data.decode("utf-8"))
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ValueError("it is something else")
    return values


def _npy(image: Greys) -> bytes:
    file = io.BytesIO()
    npy.write_array(file, np.ascontiguousarray(image, dtype="<f4"), version=(1, 0), allow_pickle=False)
    return file.getvalue()


def _greys(data: bytes) -> Greys:
    """An image, of which nothing is read before its header is found to fit."""
    file = io.BytesIO(data)
    if npy.read_magic(file) != (1, 0):
        raise ValueError("an image of another version")
    shape, by_columns, kind = npy.read_array_header_1_0(file)
    if len(shape) != 2 or min(shape) < 1 or by_columns or kind != np.dtype("<f4"):
        raise ValueError("no grey image")
    rest = data[file.tell() :]
    if shape[0] * shape[1] > MOST_PIXELS or len(rest) != 4 * shape[0] * shape[1]:
        raise ValueError("an image of another size than it says")
    image = np.frombuffer(rest, dtype="<f4").reshape(shape).astype(np.float32)
    if not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= HIGHEST_GREY):
        raise ValueError("greys that no image has")
    return image
