"""What all combo boxes share. A saved scene keeps the members' names: do not rename them."""

from __future__ import annotations

import enum
from typing import Any


class Labelled(enum.Enum):
    """A choice with the text that its combo box shows: `MEMBER = value, _("Text")`."""

    _label: str

    def __new__(cls, value: Any, label: str) -> Labelled:
        """A member that is found by its value alone."""
        member = object.__new__(cls)
        member._value_, member._label = value, label
        return member

    def label(self) -> str:
        """As the combo box shows it; Slicer asks for it."""
        return self._label
