"""What was once prepared of a file for a network, kept as a .npy file for the next training."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnwritableFileError
from bonedensity.whole_file import written_whole


def prepared_file(sources: Sequence[Path], said: str, folder: Path, make: Callable[[], NDArray[Any]]) -> Path:
    """The .npy file with what `make` gives of some files; made where there is none yet, or none that can be read.

    Args:
        sources: Another place, size or time of change is another file; one that is absent is for `make` to refuse.
        said: How they are prepared: everything that `make` depends on beside them.
        folder: Of all files that are kept; made where it is missing.
        make: Prepares them; any shape and type of numbers.

    Raises:
        UnwritableFileError: The folder cannot be written.
    """
    text = " ".join([*map(file_stamp, sources), said])
    kept = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:20]}.npy"
    if not _can_be_read(kept):
        _save(kept, make())
    return kept


def file_stamp(path: Path) -> str:
    """Place, size and time of change; another text means that what was made of the file is out of date."""
    now = path.stat() if path.exists() else None  # of a folder, when a file came or went
    return f"{path.resolve()} {now.st_size} {now.st_mtime_ns}" if now else f"{path.resolve()} absent"


def _can_be_read(path: Path) -> bool:
    """Whether the file is there with as many bytes as it says."""
    try:
        np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return True


def _save(path: Path, array: NDArray[Any]) -> None:
    """Another training, or the next one, never sees half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part, part.open("wb") as file:
            np.save(file, array, allow_pickle=False)
    except OSError as error:
        raise UnwritableFileError(
            f"“{path.parent}” cannot be written ({error.strerror}): check its permissions and the disk's free space."
        ) from error
