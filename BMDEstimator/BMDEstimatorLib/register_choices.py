"""What the combo boxes of the registration offer. A saved scene keeps the members' names: do not rename them."""

from __future__ import annotations

import enum

from slicer.i18n import tr as _


class Colors(enum.Enum):
    """Colours of bones and lines; values are `bonedensity.workflows.palettes` names."""

    ORANGE = "orange"
    BLUE = "blue"
    PURPLE = "purple"
    WHITE = "white"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "orange": _("Orange, lines light blue"),
            "blue": _("Blue, lines yellow"),
            "purple": _("Purple, lines green"),
            "white": _("White, lines orange"),
        }
        return names[self.value]


class Crop(enum.Enum):
    """What part of the X-ray the picture shows."""

    WHOLE = "whole"
    BONES = "bones"
    DRAWN = "drawn"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {"whole": _("Whole X-ray"), "bones": _("Ticked bones"), "drawn": _("Drawn with the right button")}
        return names[self.value]


class Step(enum.Enum):
    """How far one key press or click moves the bones (mm or degrees)."""

    FINE = 0.1
    MEDIUM = 1.0
    COARSE = 5.0

    def label(self) -> str:
        """As the combo box shows it."""
        return _("{size} mm, {size}°").format(size=f"{self.value:g}")
