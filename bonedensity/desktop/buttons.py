"""Buttons and labels that say why they cannot be used, or what they show."""

from __future__ import annotations

from html import escape
from typing import Any

NOTES_SHOWN = 4
"""Sentences of a reader that fit below it; the tooltip has all."""


def enable(button: Any, missing: str, tip: str) -> None:
    """A button that can be pressed, or that says why not."""
    button.enabled = not missing
    button.toolTip = missing or tip


def say(label: Any, line: str, notes: list[str], tip: str) -> None:
    """A line with its notes below; all notes in the tooltip, and no label where there is nothing to say."""
    shown = "".join(f"<br>• {escape(note, quote=False)}" for note in notes[:NOTES_SHOWN])
    label.text = escape(line, quote=False) + shown
    label.toolTip = "\n".join(notes) or tip
    label.setVisible(bool(line or notes))
