"""What Python may name on a class of CTK or Slicer, read from widgets.json.

A stand-in offers nothing outside this list, so code that runs here names only what the real program has.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

WIDGETS_JSON = Path(__file__).resolve().parents[1] / "widgets.json"


def normalized(signature: str) -> str:
    """A signal or slot signature as Qt's own normalisation leaves it, near enough for look-ups."""
    return signature.replace(" ", "").replace("const", "").replace("&", "")


def bare(signature: str) -> str:
    """The name in `name(types)`."""
    return signature.split("(", 1)[0]


def argument_types(signature: str) -> list[str]:
    """The types in `name(types)`."""
    inside = signature.split("(", 1)[1].rstrip(")")
    return inside.split(",") if inside else []


@dataclass
class Interface:
    """Everything a class and its bases (down to Qt) let Python name."""

    class_name: str
    qt_base: str
    properties: dict[str, tuple[str, bool]] = field(default_factory=dict)  # name: (type, writable)
    signals: dict[str, list[str]] = field(default_factory=dict)  # name: signatures
    methods: dict[str, list[str]] = field(default_factory=dict)  # slots and invokable methods
    slots: set[str] = field(default_factory=set)  # signatures that a .ui file may connect to

    def names(self) -> set[str]:
        """All names, of properties, signals and methods."""
        return {*self.properties, *self.signals, *self.methods}

    def refuse(self, name: str, what: str = "attribute") -> AttributeError:
        """The error for a name that the real class does not have."""
        near = difflib.get_close_matches(name, self.names(), n=3)
        hint = f"; near: {', '.join(near)}" if near else ""
        return AttributeError(f"{self.class_name} has no {what} '{name}' (widgets.json, bases included){hint}")


@cache
def entries() -> dict[str, dict]:
    """The committed list."""
    return json.loads(WIDGETS_JSON.read_text())


@cache
def interface(class_name: str) -> Interface:
    """The interface of a class: its own entry with those of its bases."""
    chain, name = [], class_name
    while name in entries():
        chain.append(entries()[name])
        name = entries()[name]["base"]
    result = Interface(class_name, qt_base=name)
    for entry in reversed(chain):  # bases first, so that a derived class may make a property writable
        for key, value in entry["properties"].items():
            result.properties[key] = (value["type"], value["writable"])
        for signature in map(normalized, entry["signals"]):
            result.signals.setdefault(bare(signature), []).append(signature)
        for signature in map(normalized, entry["slots"] + entry["invokable"]):
            result.methods.setdefault(bare(signature), []).append(signature)
        result.slots.update(map(normalized, entry["slots"]))
    return result
