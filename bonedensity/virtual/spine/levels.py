"""Published dimensions of the vertebrae T10 to L5, by level and sex: where every drawn spine starts.

Heights, widths, depths, wedges, pedicles, canal and spans are published ones (anatomy
sheet, 3.1 to 3.3: Masharawi, PMC2899959; Palmer 2025; IJSS table 6; Gilsanz 1994); what no source gives was set on CT.
"""

from __future__ import annotations

from dataclasses import dataclass

from bonedensity.virtual.population.person import Sex

LEVELS = ("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5")
"""From the head down."""

LUMBAR = ("L1", "L2", "L3", "L4", "L5")

REGION = ("L1", "L2", "L3", "L4")
"""The levels of a bone-density region."""


@dataclass(frozen=True, slots=True)
class LevelMeans:
    """Mean dimensions of one level in one sex (mm, degrees).

    Attributes:
        height: Of the body between the middles of its end plates.
        wedge_deg: Angle between the end plates; positive where the front is lower.
        width: Of the upper end plate.
        depth: Of the upper end plate.
        interfacet: Between the middles of the left and right upper joint.
        pedicle_width: Across the pedicle, seen from above.
        pedicle_height: Of the pedicle, seen from the side.
        pedicle_deg: Of the pedicle's axis to the mid-plane; positive where it runs inwards to the front.
        span: Between the tips of the transverse processes.
        canal_depth: Of the spinal canal.
        canal_width: Between the pedicles.
        spinous_height: Of the spinous process, seen from the side.
        disc: Height of the disc below in its middle.
    """

    height: float
    wedge_deg: float
    width: float
    depth: float
    interfacet: float
    pedicle_width: float
    pedicle_height: float
    pedicle_deg: float
    span: float
    canal_depth: float
    canal_width: float
    spinous_height: float
    disc: float


_MALE = {
    #        height wedge  width depth  facets pedicle w, h, angle  span canal d, w  spinous disc
    "T10": (22.1, 3.8, 31.0, 30.0, 22.6, 6.5, 15.4, 5.0, 60.0, 15.2, 17.2, 11.9, 5.4),
    "T11": (23.6, 5.4, 34.0, 31.0, 24.1, 7.8, 17.4, 1.0, 54.0, 16.2, 18.2, 13.0, 6.2),
    "T12": (25.1, 4.9, 38.0, 31.5, 28.1, 7.7, 16.4, -4.0, 49.0, 17.0, 21.2, 17.3, 7.4),
    "L1": (26.7, 4.1, 42.0, 32.0, 28.1, 7.8, 16.0, 11.0, 74.0, 17.0, 22.4, 23.2, 9.6),
    "L2": (27.6, 2.6, 44.0, 33.5, 27.7, 8.5, 15.5, 12.0, 79.0, 16.1, 23.4, 25.4, 11.0),
    "L3": (27.8, 1.3, 46.0, 34.5, 29.9, 10.1, 15.2, 14.0, 88.0, 16.0, 23.6, 25.3, 12.3),
    "L4": (27.6, -0.7, 48.0, 35.0, 31.7, 12.9, 15.0, 18.0, 82.0, 16.0, 24.8, 22.1, 13.9),
    "L5": (27.2, -4.6, 51.0, 37.1, 37.7, 16.6, 13.1, 30.0, 87.0, 15.8, 29.6, 18.2, 12.9),
}

_FEMALE = {
    "T10": (20.5, 2.6, 28.0, 27.0, 22.4, 6.1, 14.6, 5.0, 56.0, 14.8, 16.8, 10.7, 5.0),
    "T11": (22.0, 4.6, 31.0, 27.5, 22.3, 7.3, 16.5, 1.0, 50.0, 15.7, 17.7, 11.9, 5.8),
    "T12": (23.5, 3.5, 34.0, 28.0, 25.5, 7.2, 15.5, -4.0, 45.0, 16.6, 20.7, 16.4, 6.9),
    "L1": (24.9, 2.6, 37.5, 28.5, 27.4, 7.2, 15.1, 11.0, 68.0, 16.6, 21.6, 19.7, 9.3),
    "L2": (25.8, 0.7, 39.0, 30.0, 27.3, 7.9, 14.6, 12.0, 73.0, 15.8, 22.5, 21.2, 10.7),
    "L3": (26.2, -1.1, 41.0, 31.0, 28.7, 9.4, 14.4, 14.0, 82.0, 15.6, 22.6, 20.7, 12.3),
    "L4": (26.0, -3.1, 43.5, 31.5, 31.8, 12.0, 14.0, 18.0, 76.0, 15.6, 23.4, 17.4, 13.4),
    "L5": (25.8, -7.8, 47.0, 33.3, 36.2, 15.1, 12.5, 30.0, 81.0, 15.6, 29.2, 14.7, 12.6),
}

MEANS: dict[Sex, dict[str, LevelMeans]] = {
    "male": {level: LevelMeans(*row) for level, row in _MALE.items()},
    "female": {level: LevelMeans(*row) for level, row in _FEMALE.items()},
}
"""By sex and level."""
