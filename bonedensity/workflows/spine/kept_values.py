"""What is noted of a spine session so that one can go on with it: in a scene's parameter node and in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bonedensity.workflows.spine.plain_values import flag_of, folder_of, named_numbers
from bonedensity.workflows.spine.state import SpineState, View


def kept_values(state: SpineState) -> dict[str, Any]:
    """As JSON values: "view", "attributes", "do", "marked" (a person dragged corners) and "folder" (of the weights)."""
    return {
        "view": None if state.view is None else state.view.to_json(),
        "attributes": dict(state.attributes),
        "do": dict(state.do),
        "marked": state.marked,
        "folder": state.folder,
    }


READERS: dict[str, Callable[[Any], Any]] = {
    "view": lambda values: None if values is None else View.of(values),
    "attributes": named_numbers,
    "do": named_numbers,
    "marked": flag_of,
    "folder": folder_of,
}

OTHERWISE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
"""What a value that was written otherwise can meet on its way."""


def read_kept(text: str) -> dict[str, Any]:
    """What `kept_values` noted, from text that anybody may have edited: whatever is something else is left out."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found = dict[str, Any]()
    for name, read in READERS.items() if isinstance(values, dict) else ():
        try:
            found[name] = read(values[name])
        except OTHERWISE:
            continue
    return found
