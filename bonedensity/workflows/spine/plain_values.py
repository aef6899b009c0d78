"""Plain values of a session from JSON that anybody may have written: each is what it should be, or it is refused.

All raise TypeError for another kind of value, and ValueError for one that is out of range.
"""

from __future__ import annotations

import math
from typing import Any

MOST_TEXT, MOST_LIST = 500, 256
"""Letters of a text; members of a list or an object."""

FAR = 1e6
"""No number of a session is larger."""


def folder_of(value: Any) -> str:
    """A folder on this computer: asking another one for it would tell that one who asks."""
    folder = text_of(value)
    if folder.startswith(("//", "\\\\")):
        raise ValueError("the weights lie on another computer")
    return folder


def named_numbers(values: Any) -> dict[str, float]:
    """An object whose members are numbers."""
    if not isinstance(values, dict) or len(values) > MOST_LIST:
        raise TypeError("an object of numbers is needed")
    return {text_of(name): number_of(value) for name, value in values.items()}


def number_of(value: Any, low: float = -FAR, high: float = FAR) -> float:
    """A finite number between two others."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is needed")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError("a number is out of range")
    return float(value)


def flag_of(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError("true or false is needed")
    return value


def list_of(values: Any) -> list[Any]:
    """A list that is not too long."""
    if not isinstance(values, list) or len(values) > MOST_LIST:
        raise TypeError("a list is needed")
    return values


def text_of(value: Any) -> str:
    """A text of one line that is not too long."""
    if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isprintable():
        raise TypeError("a text is needed")
    return value
