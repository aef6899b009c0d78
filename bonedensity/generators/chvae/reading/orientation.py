"""How a DXA export lies: turned, mirrored or with bone dark; the way there and back, for pixels and for points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

HIGHEST = 255.0
"""Grey that is turned into 0 where bone is dark."""

Pixels = TypeVar("Pixels", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Orientation:
    """What has to be done to an export for its spine to stand upright, bone bright.

    Attributes:
        quarter_turns: Counter-clockwise, 0 to 3; done after mirroring.
        mirrored: Left and right are exchanged.
        inverted: Bone is dark.
    """

    quarter_turns: int = 0
    mirrored: bool = False
    inverted: bool = False

    @property
    def is_as_read(self) -> bool:
        """Whether nothing has to be done."""
        return self == Orientation()

    def apply(self, greys: NDArray[np.float32]) -> NDArray[np.float32]:
        """Greys (rows, columns), 0 to 255, as they should lie."""
        levels = np.float32(HIGHEST) - greys if self.inverted else greys
        return np.ascontiguousarray(self._turned(levels))

    def undo(self, image: NDArray[Pixels]) -> NDArray[Pixels]:
        """An image that lies right, back on the export's own grid; its numbers stay."""
        back = np.rot90(image, -self.quarter_turns)
        return np.ascontiguousarray(np.fliplr(back) if self.mirrored else back)

    def undo_change(self, change: NDArray[np.float32]) -> NDArray[np.float32]:
        """A difference of greys on the export's own grid and scale: where bone is dark, brighter means darker."""
        back = self.undo(change)
        return -back if self.inverted else back

    def undo_points(self, points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
        """Points (..., 2), column and row of the image that lies right, in pixels of the export.

        Args:
            points: Column and row.
            shape: Rows and columns of the export.
        """
        rows, columns = shape
        column, row = points[..., 0], points[..., 1]
        if self.quarter_turns % 2:
            column, row = (columns - 1 - row, column) if self.quarter_turns == 1 else (row, rows - 1 - column)
        elif self.quarter_turns == 2:
            column, row = columns - 1 - column, rows - 1 - row
        if self.mirrored:
            column = columns - 1 - column
        return np.stack([column, row], axis=-1)

    def apply_points(self, points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
        """The way back of `undo_points`; the shape is again the export's."""
        rows, columns = shape
        column, row = points[..., 0], points[..., 1]
        if self.mirrored:
            column = columns - 1 - column
        if self.quarter_turns % 2:
            column, row = (row, columns - 1 - column) if self.quarter_turns == 1 else (rows - 1 - row, column)
        elif self.quarter_turns == 2:
            column, row = columns - 1 - column, rows - 1 - row
        return np.stack([column, row], axis=-1)

    def pixel_mm(self, own: tuple[float, float] | None) -> tuple[float, float] | None:
        """(row, column) of the image that lies right."""
        return own[::-1] if own is not None and self.quarter_turns % 2 else own

    def to_json(self) -> dict[str, Any]:
        """As a JSON object that `of` reads."""
        return {"quarter_turns": self.quarter_turns, "mirrored": self.mirrored, "inverted": self.inverted}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Orientation:
        """From JSON."""
        return cls(int(values["quarter_turns"]) % 4, bool(values["mirrored"]), bool(values["inverted"]))

    def _turned(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.rot90(np.fliplr(image) if self.mirrored else image, self.quarter_turns)
