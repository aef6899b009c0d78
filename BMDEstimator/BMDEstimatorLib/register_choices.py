"""What the combo boxes of the registration offer."""

from __future__ import annotations

from slicer.i18n import tr as _

from BMDEstimatorLib.labelled import Labelled


class BlendMode(Labelled):
    """How the projected bones are shown over the X-ray; values are `bonedensity.workflows.overlays` modes."""

    BLEND = "blend", _("Blend")
    CHECKERBOARD = "checkerboard", _("Checkerboard")
    FLICKER = "flicker", _("Flicker")
    CURTAIN = "curtain", _("Curtain")
    EDGES = "edges", _("Edges")
    OUTLINES = "outlines", _("Outlines of each bone")
    DIFFERENCE = "difference", _("Difference")


class Colors(Labelled):
    """Colours of bones and lines; values are `bonedensity.workflows.palettes` names."""

    ORANGE = "orange", _("Orange, lines light blue")
    BLUE = "blue", _("Blue, lines yellow")
    PURPLE = "purple", _("Purple, lines green")
    WHITE = "white", _("White, lines orange")


class Crop(Labelled):
    """What part of the X-ray the picture shows."""

    WHOLE = "whole", _("Whole X-ray")
    BONES = "bones", _("Ticked bones")
    DRAWN = "drawn", _("Drawn with the right button")


def _step(size: float) -> tuple[float, str]:
    return size, _("{size} mm, {size}°").format(size=f"{size:g}")


class Step(Labelled):
    """How far one key press or click moves the bones (mm or degrees)."""

    FINE = _step(0.1)
    MEDIUM = _step(1.0)
    COARSE = _step(5.0)
