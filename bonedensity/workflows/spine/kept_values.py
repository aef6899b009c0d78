"""What is noted of a spine session so that one can go on with it: in a scene's parameter node and in a file."""

from __future__ import annotations

from typing import Any

from bonedensity.workflows.spine.state import SpineState


def kept_values(state: SpineState) -> dict[str, Any]:
    """As JSON values: "view", "attributes", "do", "marked" (a person dragged corners) and "folder" (of the weights)."""
    return {
        "view": None if state.view is None else state.view.to_json(),
        "attributes": dict(state.attributes),
        "do": dict(state.do),
        "marked": state.marked,
        "folder": state.folder,
    }
