"""Facts that MRML has no field for, as JSON in a node's attributes, so that they are saved with the scene."""

from __future__ import annotations

import json
from typing import Any

from bonedensity.errors import BoneDensityError

PREFIX = "BoneDensity."
"""Start of every attribute and node reference of this package."""


def put_fact(node: Any, key: str, value: Any) -> None:
    """Write a JSON value; plain ASCII, numbers with all their digits."""
    node.SetAttribute(PREFIX + key, json.dumps(value))


def fact(node: Any, key: str, default: Any = None) -> Any:
    """Read a value written by `put_fact`.

    Raises:
        BoneDensityError: The attribute was edited into something that is not JSON.
    """
    text = node.GetAttribute(PREFIX + key)
    if text is None:
        return default
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BoneDensityError(
            f"The attribute {PREFIX + key} of “{node.GetName()}” is not what was written there: {error}. Add the data "
            "to the scene again."
        ) from error


def refer(node: Any, role: str, *others: Any) -> None:
    """Let `node` refer to other nodes in a named role; kept by saved scenes."""
    node.RemoveNodeReferenceIDs(PREFIX + role)
    for other in others:
        node.AddNodeReferenceID(PREFIX + role, other.GetID())


def referred(node: Any, role: str) -> list[Any]:
    """The nodes that `node` refers to in a role, in order; those removed since are left out."""
    count = node.GetNumberOfNodeReferences(PREFIX + role)
    nodes = [node.GetNthNodeReference(PREFIX + role, index) for index in range(count)]
    return [other for other in nodes if other is not None]
