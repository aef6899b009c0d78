"""What the page's lists offer: value and title."""

from __future__ import annotations

from bonedensity.densitometry.phantoms.phantom import phantoms
from bonedensity.workflows.overlays import MODES
from bonedensity.workflows.palettes import PALETTES

Choices = list[dict[str, str]]


def titled(pairs: dict[str, str]) -> Choices:
    """A list as a page takes it."""
    return [{"value": value, "title": title} for value, title in pairs.items()]


CALIBRATIONS = titled(
    {
        "nominal": "Assumed, 120 kVp",
        "internal": "The patient's own tissues",
        "scanner": "Table by tube voltage",
        **{name: f"Phantom {name}" for name in phantoms()},
    }
)

ENGINES = titled(
    {
        "bayesian-unet": "Bayesian U-Net (built in)",
        "monai-bundle": "MONAI bundle (folder)",
        "threshold": "Dense bone, undivided",
    }
)

REGIONS = titled(
    {
        "proximal-femur": "Proximal femur",
        "total-hip": "Total hip",
        "femoral-neck": "Femoral neck",
        "L1-L4": "Lumbar spine L1-L4",
    }
)

SIDES = titled({"R": "Right", "L": "Left"})

XRAY_SIDES = titled({"": "Both, or not known", "R": "Right", "L": "Left"})

VIEWS = titled(
    {
        "AP": "AP: source in front",
        "PA": "PA: source behind",
        "LEFT": "Lateral: source at the left",
        "RIGHT": "Lateral: source at the right",
    }
)

PLANES = titled({"detector": "on the detector", "patient": "in the patient (calibrated)"})

MODE_CHOICES = titled({mode: mode.capitalize() for mode in MODES})

PALETTE_CHOICES = titled({name: name.capitalize() for name in PALETTES})

CROPS = titled({"whole": "Whole X-ray", "bones": "Ticked bones", "drawn": "Drawn part"})

SEXES = titled({"F": "Female", "M": "Male"})

ALL = {
    "calibrations": CALIBRATIONS,
    "engines": ENGINES,
    "regions": REGIONS,
    "sides": SIDES,
    "xray_sides": XRAY_SIDES,
    "views": VIEWS,
    "planes": PLANES,
    "modes": MODE_CHOICES,
    "palettes": PALETTE_CHOICES,
    "crops": CROPS,
    "sexes": SEXES,
}
"""By the name under which the page's templates know them."""
