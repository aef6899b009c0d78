"""Files that the monkey gives to file dialogs: those that a window can read, and those that nobody can."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from standins.dialogs import RecordedFileDialog

BAD = {
    "broken.nii.gz": b"this is no image",
    "empty.nrrd": b"",
    "cut.dcm": b"\0" * 128 + b"DICM\x02\x00",
    "words.txt": "Knochendichte, ä漢字\n".encode(),
    "table.csv": b"a,b\n1,x\n,,,\n",
    "empty.csv": b"",
    "half.json": b'{"a": [1, 2',
    "picture.png": b"\x89PNG\r\n\x1a\nnothing more",
    "card.json": b"[]",
}


class FilePool:
    """Chooses answers.

    Args:
        folder: Where files may be written.
        files: Those that some dialog can use, any number of times.
        folders: Likewise.
    """

    def __init__(self, folder: Path, files: Sequence[Path] = (), folders: Sequence[Path] = ()) -> None:
        self.folder = folder
        bad = folder / "bad files"
        bad.mkdir(parents=True, exist_ok=True)
        for name, content in BAD.items():
            (bad / name).write_bytes(content)
        self._files = [*files, *files, *(bad / name for name in BAD), folder / "missing.nii.gz", bad]
        self._folders = [*folders, *folders, bad, folder / "no such folder", bad / "words.txt"]
        self._random = random.Random(0)

    def seed(self, rng: random.Random) -> None:
        """Answers to come depend on this alone."""
        self._random = random.Random(rng.random())

    def choose(self, kind: str, arguments: tuple[Any, ...] = ()) -> Any:
        """The answer to a dialog of this kind: a path, a list of them, or nothing as after Cancel."""
        if self._random.random() < 0.15:
            return () if kind == "getOpenFileNames" else ""
        if kind == "getExistingDirectory":
            return str(self._random.choice(self._folders))
        if kind == "getSaveFileName":
            return str(self._random.choice(self.savable(arguments)))
        path = str(self._random.choice(self._files))
        return [path] if kind == "getOpenFileNames" else path

    def savable(self, arguments: tuple[Any, ...]) -> list[Path]:
        """Where a file could be saved: with its name as proposed, over a folder, into one that is not there."""
        proposed = Path(str(arguments[2])).name if len(arguments) > 2 and arguments[2] else "saved"
        good = self.folder / "saved" / proposed
        good.parent.mkdir(exist_ok=True)
        return [good, good, self.folder / "no such folder" / proposed, self.folder / "saved"]

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Within the block, file dialogs are answered from this pool."""
        before = RecordedFileDialog.answers
        RecordedFileDialog.answers = Answers(self)
        try:
            yield
        finally:
            RecordedFileDialog.answers = before


class Answers(list):  # type: ignore[type-arg]
    """Never runs out."""

    def __init__(self, pool: FilePool) -> None:
        super().__init__()
        self._pool = pool

    def __bool__(self) -> bool:
        return True

    def pop(self, index: int = 0) -> Any:
        kind, arguments = RecordedFileDialog.asked[-1]
        return self._pool.choose(kind, arguments)
