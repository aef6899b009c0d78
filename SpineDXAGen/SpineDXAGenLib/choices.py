"""What the combo boxes offer. A saved scene keeps the members' names: do not rename them."""

from __future__ import annotations

import enum

from slicer.i18n import tr as _


class Layer(enum.Enum):
    """What is laid over the DXA; values are `bonedensity.workflows.spine.pictures` layers."""

    COUNTERFACTUAL = "counterfactual"
    DIFFERENCE = "difference"
    UNCERTAINTY = "uncertainty"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "counterfactual": _("Counterfactual"),
            "difference": _("Difference"),
            "uncertainty": _("Uncertainty"),
        }
        return names[self.value]
