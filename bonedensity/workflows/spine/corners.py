"""The vertebrae's corners, where a person puts them."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.workflows.spine.answers import moved_along
from bonedensity.workflows.spine.images import Outline
from bonedensity.workflows.spine.views import SpineViews


class SpineCorners(SpineViews):
    """Takes corners that were dragged, and goes back to those that were found."""

    def move_corners(self, outline: ArrayLike) -> None:
        """Put the vertebrae's corners where a person says (4, 4, 2), pixels of the export as read."""
        state, moved = self.state, np.array(outline, dtype=np.float64)
        if state.outline is not None and np.allclose(moved, state.outline, atol=1e-6):
            return
        before, state.outline, state.marked = state.outline, moved, True
        self.changed.emit("corners moved")
        self._follow(before)

    def restore_corners(self) -> None:
        """Put the corners back where they were found."""
        state = self.state
        if state.found is None or not state.marked:
            return
        before, state.outline, state.marked = state.outline, state.found, False
        self.changed.emit("corners")
        self._follow(before)

    def _follow(self, before: Outline | None) -> None:
        """The counterfactual's picture stays, its outline moves along, and at rest all is read off anew."""
        answer = self.state.answer
        if answer is None or answer.outline is None:
            self.ask()
            return
        self._moved_at, self._settled = time.monotonic(), False
        self.state.answer = replace(answer, outline=moved_along(answer.outline, before, self.state.outline))
        self.changed.emit("answer")
