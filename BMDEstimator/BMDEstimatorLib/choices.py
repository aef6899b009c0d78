"""What the combo boxes offer. A saved scene keeps the members' names: do not rename them."""

from __future__ import annotations

import enum

from slicer.i18n import tr as _


class BlendMode(enum.Enum):
    """How the projected bones are shown over the X-ray; values are `bonedensity.workflows.overlays` modes."""

    BLEND = "blend"
    CHECKERBOARD = "checkerboard"
    EDGES = "edges"
    DIFFERENCE = "difference"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "blend": _("Blend"),
            "checkerboard": _("Checkerboard"),
            "edges": _("Edges"),
            "difference": _("Difference"),
        }
        return names[self.value]


class Region(enum.Enum):
    """What can be measured; values are `bonedensity.densitometry` regions."""

    PROXIMAL_FEMUR = "proximal-femur"
    TOTAL_HIP = "total-hip"
    FEMORAL_NECK = "femoral-neck"
    LUMBAR_SPINE = "L1-L4"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "proximal-femur": _("Proximal femur"),
            "total-hip": _("Total hip"),
            "femoral-neck": _("Femoral neck"),
            "L1-L4": _("Lumbar spine L1-L4"),
        }
        return names[self.value]


class Side(enum.Enum):
    """The patient's side."""

    RIGHT = "R"
    LEFT = "L"

    def label(self) -> str:
        """As the combo box shows it."""
        return _("Right") if self is Side.RIGHT else _("Left")
