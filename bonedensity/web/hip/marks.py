"""Marks over a picture, as the page draws them."""

from __future__ import annotations

from typing import Any

import numpy as np

Mark = dict[str, Any]
"""x, y in pixels of a picture, the pair's name, what kind of mark it is, and whether its pair is chosen."""

GRIP = 0.02
"""A press this near to a mark, share of the picture's larger side, takes hold of it."""


def mark(name: str, at: Any, kind: str, chosen: str) -> Mark:
    """A mark at (x, y) of the picture."""
    return {"name": name, "x": float(at[0]), "y": float(at[1]), "kind": kind, "chosen": name == chosen}


def nearest(marks: list[Mark], at: Any, reach: float) -> str:
    """Name of the mark nearest to a point of the picture; "" where none lies within reach (pixels)."""
    apart = {one["name"]: float(np.hypot(one["x"] - at[0], one["y"] - at[1])) for one in marks}
    best = min(apart, key=lambda name: apart[name], default="")
    return best if best and apart[best] <= reach else ""
