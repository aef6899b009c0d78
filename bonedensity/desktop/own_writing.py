"""What a window itself writes into its parameter node, which must not come back to it as news."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import slicer


class OwnWriting:
    """Tells what a window writes from what users and scripts write.

    Args:
        parameters: Gives the parameter node; None while a scene closes.

    Attributes:
        now: Whether the window itself is writing.
    """

    def __init__(self, parameters: Callable[[], Any]) -> None:
        self._parameters = parameters
        self.now = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Within the block the window writes; the node tells of all changes at its end."""
        before, self.now = self.now, True
        try:
            parameters = self._parameters()
            if parameters is None:
                yield
            else:
                with slicer.util.NodeModify(parameters):
                    yield
        finally:
            self.now = before
