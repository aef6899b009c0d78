"""What the combo boxes of the X-ray step offer."""

from __future__ import annotations

from slicer.i18n import tr as _

from BMDEstimatorLib.labelled import Labelled


class View(Labelled):
    """Where the X-ray source stood; values are `bonedensity.workflows.xray_geometry` views."""

    AP = "AP", _("AP: source in front")
    PA = "PA", _("PA: source behind")
    LEFT = "LEFT", _("Lateral: source at the left")
    RIGHT = "RIGHT", _("Lateral: source at the right")


class XraySide(Labelled):
    """Which of the patient's sides an X-ray shows."""

    UNKNOWN = "", _("Both, or not known")
    RIGHT = "R", _("Right")
    LEFT = "L", _("Left")


class SpacingPlane(Labelled):
    """Where a pixel size holds."""

    DETECTOR = "detector", _("on the detector")
    PATIENT = "patient", _("in the patient (calibrated)")
