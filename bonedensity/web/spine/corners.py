"""The vertebrae's corners on the picture of the DXA: each is taken hold of and put where bone ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.generators.chvae.morphometry.corners import CORNERS, LEVELS
from bonedensity.web.part import Part, number
from bonedensity.workflows.spine.pictures import fitted_to_blocks
from bonedensity.workflows.spine.session import SpineSession

NAMES = [[f"{level} {corner.replace('_', ' ')}" for corner in CORNERS] for level in LEVELS]


class CornersPart(Part[SpineSession]):
    """See the module.

    Args:
        server: The tab's.
        session: Whose person.
        longest_px: Longer side of the picture on which they lie.
    """

    name = "corners"

    def __init__(self, server: Any, session: SpineSession, longest_px: int) -> None:
        self._longest_px = longest_px
        super().__init__(server, session)

    def view(self) -> dict[str, Any]:
        """What the template shows: corners in pixels of the DXA as read, and what part of it the pictures show."""
        state = self._session.state
        if state.dxa is None:
            return {"points": [], "names": NAMES, "width": 1, "height": 1, "aspect": 1.0, "moved": False}
        rows, columns, _ = fitted_to_blocks(state.dxa.array.shape, self._longest_px)
        row_mm, column_mm = state.dxa.pixel_mm or (1.0, 1.0)
        known = state.outline is not None and bool(np.isfinite(state.outline).all())
        return {
            "points": state.outline.tolist() if known and state.outline is not None else [],
            "names": NAMES,
            "width": columns,
            "height": rows,
            "aspect": columns * column_mm / (rows * row_mm),
            "moved": state.marked and state.found is not None,
        }

    def _begin(self) -> None:
        self._on(move=self._move, found=self._session.restore_corners)

    def _move(self, level: Any, corner: Any, column: Any, row: Any) -> None:
        state = self._session.state
        if state.dxa is None or state.outline is None:
            raise BoneDensityError("There are no corners to move yet.")
        rows, columns = state.dxa.array.shape
        moved = state.outline.copy()
        at = int(number(level, 0, len(LEVELS) - 1)), int(number(corner, 0, len(CORNERS) - 1))
        moved[at] = number(column, -0.5, columns - 0.5), number(row, -0.5, rows - 0.5)
        self._session.move_corners(moved)
        self.refresh()
