"""The numbers that a whole spine is built from, and the two that a bone-density report gives of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bonedensity.errors import AnatomyError
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.levels import LEVELS, REGION
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

SEEN_HEIGHT = 0.965
"""Height of L1 to L4 on a DXA over its length along a healthy spine, on average."""


@dataclass(frozen=True, slots=True)
class SpineMorphometry:
    """What a bone-density report says of L1 to L4.

    Attributes:
        width_cm: Mean width of the bodies of L1 to L4, over their upper and lower end plates (cm).
        height_cm: Length of the spine from the middle of the disc above L1 to that of the disc below L4 (cm).
    """

    width_cm: float
    height_cm: float

    def __post_init__(self) -> None:
        if not (2.0 <= self.width_cm <= 8.0 and 7.0 <= self.height_cm <= 24.0):
            raise AnatomyError(
                f"L1–L4 cannot be {self.width_cm:g} cm wide and {self.height_cm:g} cm high: give the mean width "
                "(2 to 8 cm) and the height of the whole region (7 to 24 cm)."
            )

    @property
    def area_cm2(self) -> float:
        """Width times height (cm²)."""
        return self.width_cm * self.height_cm


@dataclass(frozen=True, slots=True)
class SpineShape:
    """One person's spine before disease and posture.

    Attributes:
        vertebrae: By level, T10 to L5.
        discs: Height of the disc below each level in its middle (mm).
        lordosis_sd: Lumbar lordosis against others in the same posture (standard deviations).
        sacral_slope_deg: Slope of the sacral plate beyond what the lordosis explains (degrees).
        trabecular: Mean mineral density of the spongy bone of each body (mg/cm³ CHA).
        cortex: Thickness of all cortices over a young adult's.
        red_marrow: Share of the marrow that is red, 0 to 1.
        size: 1 for an average adult of that sex.
        rib_slope_deg: How steeply the ribs fall, against others (degrees).
        texture_seed: Of the spongy bone's texture.
    """

    vertebrae: Mapping[str, VertebraShape]
    discs: Mapping[str, float]
    lordosis_sd: float
    sacral_slope_deg: float
    trabecular: Mapping[str, float]
    cortex: float
    red_marrow: float
    size: float
    rib_slope_deg: float
    texture_seed: int

    @property
    def morphometry(self) -> SpineMorphometry:
        """Width and height of L1 to L4."""
        width = sum(self.vertebrae[level].mean_width for level in REGION) / len(REGION)
        bodies = sum(self.vertebrae[level].central_height for level in REGION)
        discs = sum(self.discs[level] for level in ("L1", "L2", "L3"))
        ends = (self.discs["T12"] + self.discs["L4"]) / 2
        return SpineMorphometry(width / 10, (bodies + discs + ends) / 10)


def morphometry_of(person: Person) -> SpineMorphometry | None:
    """What a person's attributes `l1_l4_width` and `l1_l4_height` (cm, as a DXA gives them) ask for; None without them.

    A DXA sees the height from the front, where the lordosis and worn discs make it smaller than it is along the spine.
    """
    width, height = (person.clinical.get(name) for name in ("l1_l4_width", "l1_l4_height"))
    if width is None or height is None:
        return None
    return SpineMorphometry(float(width), float(height) / SEEN_HEIGHT)


def with_morphometry(shape: SpineShape, wanted: SpineMorphometry) -> SpineShape:
    """The same spine, stretched so that L1 to L4 have a wanted width and height.

    Widths stretch across, heights along; depths by the root of the widths' factor, so that a body grows all round.
    """
    now = shape.morphometry
    across, along = wanted.width_cm / now.width_cm, wanted.height_cm / now.height_cm
    vertebrae = {level: stretched(shape.vertebrae[level], across, along, across**0.5) for level in LEVELS}
    return replace(shape, vertebrae=vertebrae, discs={level: along * value for level, value in shape.discs.items()})


def stretched(v: VertebraShape, across: float, along: float, deep: float) -> VertebraShape:
    """A vertebra with its widths, heights and depths multiplied."""
    return replace(
        v,
        width=(v.width[0] * across, v.width[1] * across),
        depth=(v.depth[0] * deep, v.depth[1] * deep),
        front=v.front * along,
        back=v.back * along,
        concavity=(v.concavity[0] * along, v.concavity[1] * along),
        canal=(v.canal[0] * across, v.canal[1] * deep),
        pedicle=(v.pedicle[0] * across, v.pedicle[1] * along),
        span=v.span * across,
        interfacet=(v.interfacet[0] * across, v.interfacet[1] * across),
        spinous=(v.spinous[0] * deep, v.spinous[1] * along, v.spinous[2] * across),
    )
