"""What the combo boxes of the CT step offer."""

from __future__ import annotations

from slicer.i18n import tr as _

from BMDEstimatorLib.labelled import Labelled


class Engine(Labelled):
    """What finds the bones; values are `bonedensity.segmentation` engines."""

    BAYESIAN_UNET = "bayesian-unet", _("Bayesian U-Net (built in)")
    MONAI_BUNDLE = "monai-bundle", _("MONAI bundle")
    LABELS = "labels", _("Labels made by others")
    THRESHOLD = "threshold", _("Dense bone, undivided")


def _phantom(name: str) -> tuple[str, str]:
    return name, _("Phantom {name}").format(name=name)


class CalibrationMethod(Labelled):
    """Where the line from HU to density comes from; values are a worker's methods and phantoms' names."""

    NOMINAL = "nominal", _("Assumed, 120 kVp")
    INTERNAL = "internal", _("The patient's own tissues")
    SCANNER = "scanner", _("Table by tube voltage")
    B_MAS200 = _phantom("B-MAS200")
    QRM_BDC_3 = _phantom("QRM-BDC/3")
    QRM_BDC_6 = _phantom("QRM-BDC/6")
    SIEMENS_OSTEO = _phantom("Siemens-Osteo")
    IMAGE_ANALYSIS = _phantom("Image-Analysis")
    MINDWAYS_3 = _phantom("Mindways-3")
