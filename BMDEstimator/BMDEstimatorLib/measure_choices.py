"""What the combo boxes say of what is measured, and of whom."""

from __future__ import annotations

from slicer.i18n import tr as _

from BMDEstimatorLib.labelled import Labelled


class Region(Labelled):
    """What can be measured; values are `bonedensity.densitometry` regions."""

    PROXIMAL_FEMUR = "proximal-femur", _("Proximal femur")
    TOTAL_HIP = "total-hip", _("Total hip")
    FEMORAL_NECK = "femoral-neck", _("Femoral neck")
    LUMBAR_SPINE = "L1-L4", _("Lumbar spine L1-L4")


class Side(Labelled):
    """The patient's side."""

    RIGHT = "R", _("Right")
    LEFT = "L", _("Left")


class Sex(Labelled):
    """Of the person; values are those of reference tables."""

    FEMALE = "F", _("Female")
    MALE = "M", _("Male")
