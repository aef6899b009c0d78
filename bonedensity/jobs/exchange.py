"""The folder through which arrays travel: files for the numbers, small JSON references for the rest.

Files are named at random: neither they nor the folder bear a patient's name. The folder is private to the user and
removed when the client closes.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnwritableFileError
from bonedensity.jobs.packing import BadReferenceError, Packable, pack, unpack
from bonedensity.whole_file import written_whole

Reference = dict[str, Any]
"""JSON that stands for an object in the exchange; made by `put` alone."""

FOLDER_PREFIX = "bonedensity-exchange-"

ARRAY_NAME = re.compile(r"[0-9a-f]{32}\.npy")
"""Every file of an exchange. A name of this form cannot point outside the folder."""

OWN_FILE = re.compile(r"[0-9a-f]{32}\.(npy|part)")
"""What `remove` may delete."""

T = TypeVar("T")


class Exchange:
    """Objects in a folder that two processes share.

    An array counts as unchanged as long as its bytes are: putting the same array again writes no second file.

    Args:
        folder: An existing folder; see `create`.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve()
        if not self.folder.is_dir():
            raise UnwritableFileError("The folder through which the worker gets its data does not exist (--exchange).")
        self._known: dict[int, tuple[weakref.ref[NDArray[np.generic]], int, str]] = {}

    @classmethod
    def create(cls) -> Exchange:
        """A new folder in the system's temporary folder, open to this user alone (mode 0700)."""
        return cls(tempfile.mkdtemp(prefix=FOLDER_PREFIX))

    def put(self, value: Packable) -> Reference:
        """Store an object.

        Args:
            value: `Volume`, `LabelMap`, `Radiograph`, an array, `PinholeCamera` or `RigidTransform`.

        Returns:
            Its reference, to be sent as a task's parameter.

        Raises:
            UnwritableFileError: The temporary folder is full or gone.
            TypeError: Another kind of object.
        """
        return pack(value, self._write)

    def get(self, reference: object, expected: type[T]) -> T:
        """The object of a reference, with its own copy of the numbers.

        Args:
            reference: What `put` returned, here or in the other process.
            expected: The class it must be of.

        Raises:
            BadReferenceError: No reference, to another kind of object, or to a file that is not in the folder.
        """
        value = unpack(reference, self._read)
        if not isinstance(value, expected):
            raise BadReferenceError(f"A {expected.__name__} is needed here, not a {type(value).__name__}.")
        return value

    def take(self, reference: object, expected: type[T]) -> T:
        """As `get`, for something that is used once: its files are deleted."""
        value = self.get(reference, expected)
        self.release(reference)
        return value

    def release(self, reference: object) -> None:
        """Delete the files of a reference; whoever has read them keeps the numbers."""
        for name in names_in(reference):
            self._path(name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the exchange's files, and the folder when nothing else is in it."""
        if not self.folder.is_dir():
            return
        for name in os.listdir(self.folder):
            if OWN_FILE.fullmatch(name):
                (self.folder / name).unlink(missing_ok=True)
        if not os.listdir(self.folder) and self.folder.name.startswith(FOLDER_PREFIX):
            self.folder.rmdir()

    def _path(self, name: object) -> Path:
        if not isinstance(name, str) or not ARRAY_NAME.fullmatch(name):
            raise BadReferenceError("A reference points outside the exchange folder; only what `put` returned is read.")
        return self.folder / name

    def _write(self, array: NDArray[np.generic]) -> str:
        checksum = _checksum(array)
        for key in [key for key, (alive, *_) in self._known.items() if alive() is None]:
            del self._known[key]
        known = self._known.get(id(array))
        if known is not None and known[1] == checksum and (self.folder / known[2]).is_file():
            return known[2]
        name = f"{uuid.uuid4().hex}.npy"
        self._save(array, self.folder / name)
        self._known[id(array)] = (weakref.ref(array), checksum, name)
        return name

    def _save(self, array: NDArray[np.generic], path: Path) -> None:
        """The other process never sees half a file."""
        try:
            with written_whole(path) as part, part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        except OSError as error:
            raise UnwritableFileError(
                f"The temporary folder {self.folder.parent} cannot be written ({error.strerror}): free some space "
                "there, or name another one in the environment variable TMPDIR."
            ) from error

    def _read(self, name: object) -> NDArray[np.generic]:
        path = self._path(name)
        if path.is_symlink() or not path.is_file():
            raise BadReferenceError("A reference names data that are not, or no longer, in the exchange folder.")
        try:
            array: NDArray[np.generic] = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BadReferenceError("A file of the exchange folder is damaged; put the data there again.") from error
        self._known[id(array)] = (weakref.ref(array), _checksum(array), path.name)
        return array


def _checksum(array: NDArray[np.generic]) -> int:
    """CRC-32 of the numbers, some 4 GB a second: cheaper than a second file, and a changed array is noticed."""
    if array.dtype.hasobject:
        raise TypeError("An array of Python objects cannot be exchanged; give numbers.")
    contiguous = array if array.flags.c_contiguous else np.ascontiguousarray(array)
    return zlib.crc32(contiguous.reshape(-1).view(np.uint8).data) if array.size else 0


def names_in(reference: object) -> Iterator[object]:
    """The file names of a reference, nested ones too."""
    if isinstance(reference, dict):
        for key, value in reference.items():
            if key == "array":
                yield value
            elif isinstance(value, dict):
                yield from names_in(value)
