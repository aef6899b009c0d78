"""What the combo boxes offer. A saved scene keeps the members' names: do not rename them."""

from __future__ import annotations

import enum

from slicer.i18n import tr as _


class BlendMode(enum.Enum):
    """How the projected bones are shown over the X-ray; values are `bonedensity.workflows.overlays` modes."""

    BLEND = "blend"
    CHECKERBOARD = "checkerboard"
    FLICKER = "flicker"
    CURTAIN = "curtain"
    EDGES = "edges"
    OUTLINES = "outlines"
    DIFFERENCE = "difference"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "blend": _("Blend"),
            "checkerboard": _("Checkerboard"),
            "flicker": _("Flicker"),
            "curtain": _("Curtain"),
            "edges": _("Edges"),
            "outlines": _("Outlines of each bone"),
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


class View(enum.Enum):
    """Where the X-ray source stood; values are `bonedensity.workflows.xray_geometry` views."""

    AP = "AP"
    PA = "PA"
    LEFT = "LEFT"
    RIGHT = "RIGHT"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "AP": _("AP: source in front"),
            "PA": _("PA: source behind"),
            "LEFT": _("Lateral: source at the left"),
            "RIGHT": _("Lateral: source at the right"),
        }
        return names[self.value]


class XraySide(enum.Enum):
    """Which of the patient's sides an X-ray shows."""

    UNKNOWN = ""
    RIGHT = "R"
    LEFT = "L"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {"": _("Both, or not known"), "R": _("Right"), "L": _("Left")}
        return names[self.value]


class SpacingPlane(enum.Enum):
    """Where a pixel size holds."""

    DETECTOR = "detector"
    PATIENT = "patient"

    def label(self) -> str:
        """As the combo box shows it."""
        return _("on the detector") if self is SpacingPlane.DETECTOR else _("in the patient (calibrated)")


class Sex(enum.Enum):
    """Of the person; values are those of reference tables."""

    FEMALE = "F"
    MALE = "M"

    def label(self) -> str:
        """As the combo box shows it."""
        return _("Female") if self is Sex.FEMALE else _("Male")


class CalibrationMethod(enum.Enum):
    """Where the line from HU to density comes from; values are a worker's methods and phantoms' names."""

    NOMINAL = "nominal"
    INTERNAL = "internal"
    SCANNER = "scanner"
    B_MAS200 = "B-MAS200"
    QRM_BDC_3 = "QRM-BDC/3"
    QRM_BDC_6 = "QRM-BDC/6"
    SIEMENS_OSTEO = "Siemens-Osteo"
    IMAGE_ANALYSIS = "Image-Analysis"
    MINDWAYS_3 = "Mindways-3"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "nominal": _("Assumed, 120 kVp"),
            "internal": _("The patient's own tissues"),
            "scanner": _("Table by tube voltage"),
        }
        return names.get(self.value) or _("Phantom {name}").format(name=self.value)


class Engine(enum.Enum):
    """What finds the bones; values are `bonedensity.segmentation` engines."""

    BAYESIAN_UNET = "bayesian-unet"
    MONAI_BUNDLE = "monai-bundle"
    LABELS = "labels"
    THRESHOLD = "threshold"

    def label(self) -> str:
        """As the combo box shows it."""
        names = {
            "bayesian-unet": _("Bayesian U-Net (built in)"),
            "monai-bundle": _("MONAI bundle"),
            "labels": _("Labels made by others"),
            "threshold": _("Dense bone, undivided"),
        }
        return names[self.value]
