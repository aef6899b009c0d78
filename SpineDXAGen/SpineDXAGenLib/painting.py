"""Drawing onto a picture, ended whatever happens: a painter that outlives its picture would crash the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import qt


@contextmanager
def painting(pixmap: Any) -> Iterator[Any]:
    """A painter on a pixmap for the block."""
    painter = qt.QPainter()
    painter.begin(pixmap)
    try:
        yield painter
    finally:
        painter.end()
