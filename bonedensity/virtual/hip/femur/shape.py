"""Numbers and frame of one femur, left side, before it is posed: LPS mm, the middle between both hips at 0."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHAFT_INCLINATION_DEG = 6.0
"""The shaft runs this much towards the midline on its way down."""

REFERENCE_HEAD_MM = 24.3
"""Radius of the head of the femur in which control points are given."""

BOW_STARTS_MM, BOW_RADIUS_MM = 60.0, 943.0
"""Below the lesser trochanter the shaft bows to the front (FemBow18)."""

FORWARD = 0.05
"""How much the upper shaft runs to the front on its way down, before the bow."""


@dataclass(frozen=True, slots=True)
class FemurShape:
    """One femur.

    Attributes:
        head_centre: LPS mm.
        head_radius_mm: Of the head.
        neck_shaft_deg: Between neck and shaft axis.
        anteversion_deg: Turn of the neck to the front about the shaft.
        offset_mm: From the shaft axis to the head's centre.
        neck_width_mm: Narrowest, from above to below.
        neck_flatness: Width from above to below over that from front to back.
        shaft_mm: Outer diameter 10 cm below the lesser trochanter.
        lesser_below_mm: Height of the lesser trochanter's apex below the head's centre.
        lesser_bulge_mm: How much farther the lesser trochanter stands out than an average man's of that size.
        tip_below_mm: Height of the greater trochanter's tip below the head's centre.
        age: Years; the cortex thins with it.
        female: Whose norms of cortex hold.
        cortex_factor: Multiplies the thickness of the cortex.
        trabecular_factor: Multiplies the density of the trabeculae.
        texture_seed: Of the trabecular texture.
        sclerosis: Extra density below a worn joint surface, 0 (none) to 1.
        cysts: Rows of x, y, z (mm from the head's centre) and radius (mm).
        osteophytes_mm: How far bone has grown at the rim of the head.
    """

    head_centre: NDArray[np.float64] = field(default_factory=lambda: np.array([86.0, 0.0, 0.0]))
    head_radius_mm: float = 23.0
    neck_shaft_deg: float = 126.0
    anteversion_deg: float = 14.0
    offset_mm: float = 42.0
    neck_width_mm: float = 32.5
    neck_flatness: float = 1.2
    shaft_mm: float = 28.5
    lesser_below_mm: float = 48.0
    lesser_bulge_mm: float = 0.0
    tip_below_mm: float = 3.0
    age: float = 55.0
    female: bool = True
    cortex_factor: float = 1.0
    trabecular_factor: float = 1.0
    texture_seed: int = 0
    sclerosis: float = 0.0
    cysts: tuple[tuple[float, float, float, float], ...] = ()
    osteophytes_mm: float = 0.0

    @property
    def scale(self) -> float:
        """Against the reference femur."""
        return self.head_radius_mm / REFERENCE_HEAD_MM

    @property
    def axes(self) -> NDArray[np.float64]:
        """Columns: outwards, to the front, up along the shaft (unit vectors)."""
        tilt = np.radians(SHAFT_INCLINATION_DEG)
        outwards = np.array([np.cos(tilt), 0.0, -np.sin(tilt)])
        upwards = np.array([np.sin(tilt), 0.0, np.cos(tilt)])
        return np.column_stack([outwards, [0.0, -1.0, 0.0], upwards])

    @property
    def neck_to_head(self) -> NDArray[np.float64]:
        """Unit vector along the neck, towards the head."""
        turn, angle = np.radians([self.anteversion_deg, self.neck_shaft_deg])
        local = np.array([-np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), -np.cos(angle)])
        return self.axes @ local

    @property
    def neck_up(self) -> NDArray[np.float64]:
        """Unit vector at right angles to the neck, in the plane of neck and shaft, upwards."""
        upwards = self.axes[:, 2]
        across = upwards - (upwards @ self.neck_to_head) * self.neck_to_head
        return across / np.linalg.norm(across)

    @property
    def neck_length_mm(self) -> float:
        """From the head's centre to the shaft axis, along the neck."""
        return float(self.offset_mm / np.sin(np.radians(self.neck_shaft_deg)))

    @property
    def neck_foot(self) -> NDArray[np.float64]:
        """Where the neck axis meets the shaft axis."""
        return self.head_centre - self.neck_length_mm * self.neck_to_head

    @property
    def neck_centre(self) -> NDArray[np.float64]:
        """Middle of the narrowest section of the neck."""
        return self.along_neck(0.54 * self.neck_length_mm)

    def along_neck(self, from_head_mm: float) -> NDArray[np.float64]:
        """Point of the neck axis."""
        return self.head_centre - from_head_mm * self.neck_to_head

    def at(self, local: ArrayLike) -> NDArray[np.float64]:
        """Points (..., 3) given from the neck's foot in the shaft's axes: outwards, front, up (mm)."""
        return self.neck_foot + np.asarray(local, dtype=np.float64) @ self.axes.T

    def shaft_axis(self, up_mm: float) -> NDArray[np.float64]:
        """Point of the shaft's axis, by its height above the neck's foot (negative: below)."""
        down = self.lesser_up_mm - up_mm
        bow = max(down - BOW_STARTS_MM, 0.0) ** 2 / (2 * BOW_RADIUS_MM)
        return self.at((0.0, FORWARD * max(down, 0.0) - bow, up_mm))

    @property
    def lesser_up_mm(self) -> float:
        """Height of the lesser trochanter above the neck's foot, along the shaft (below 0)."""
        to_head = (self.head_centre - self.neck_foot) @ self.axes[:, 2]
        return float(to_head - self.lesser_below_mm)

    @property
    def tip_up_mm(self) -> float:
        """Height of the greater trochanter's tip above the neck's foot, along the shaft."""
        to_head = (self.head_centre - self.neck_foot) @ self.axes[:, 2]
        return float(to_head - self.tip_below_mm)

    def shaft_point(self, below_lesser_trochanter_mm: float) -> NDArray[np.float64]:
        """Point of the shaft axis so many mm along it below the lesser trochanter, as far as it is straight."""
        step = below_lesser_trochanter_mm / np.hypot(1.0, FORWARD)
        return self.shaft_axis(self.lesser_up_mm - step)
