"""Files that are there whole or not at all, whoever looks and whenever the writing ends."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Write to the path given; once the block ends well it is moved to its place, else nothing of it stays.

    Args:
        path: Where the file shall lie; what lies there is replaced. Its folder must exist.

    Yields:
        A path of another name in the same folder.

    Raises:
        OSError: It cannot be moved; those of the block go on to the caller, who knows what to tell the user.
    """
    part = path.with_name(f"{uuid.uuid4().hex}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
