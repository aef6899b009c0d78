"""Means and spreads of the hip's dimensions in adults; sources in shared anatomy sheet, sections 1.1, 1.4 and 2."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Norm:
    """One dimension in men and women at 50 years.

    Attributes:
        male: Mean and standard deviation.
        female: The same.
        limits: Beyond which no virtual person goes.
        by_height: Correlation with height.
        by_size: Correlation with bone size at that height.
        per_year: Change with each year of age.
    """

    male: tuple[float, float]
    female: tuple[float, float]
    limits: tuple[float, float]
    by_height: float = 0.0
    by_size: float = 0.0
    per_year: float = 0.0


NORMS = {
    "head_mm": Norm((49.5, 3.0), (43.5, 2.5), (37.0, 58.0), 0.6, 0.6),
    "neck_shaft_deg": Norm((125.5, 5.0), (127.0, 5.0), (115.0, 140.0), per_year=-0.05),
    "anteversion_deg": Norm((11.0, 7.0), (14.5, 7.5), (-3.0, 32.0)),
    "offset_mm": Norm((44.0, 4.6), (40.5, 4.6), (30.0, 56.0), 0.35, 0.35, 0.03),
    "neck_width_mm": Norm((36.0, 2.6), (31.0, 2.2), (25.0, 43.0), 0.5, 0.6),
    "shaft_mm": Norm((30.0, 2.2), (27.0, 2.0), (22.0, 36.0), 0.4, 0.6, 0.015),
    "lesser_below_mm": Norm((51.0, 3.5), (47.0, 3.2), (38.0, 62.0), 0.5, 0.4),
    "tip_below_mm": Norm((3.0, 3.0), (3.0, 3.0), (-3.0, 10.0)),
    "hip_distance_mm": Norm((173.0, 8.0), (174.0, 8.0), (150.0, 200.0), 0.45, 0.4),
    "bi_iliac_mm": Norm((280.0, 16.0), (276.0, 17.0), (235.0, 325.0), 0.45, 0.4),
    "height_mm": Norm((220.0, 10.0), (203.0, 9.5), (175.0, 250.0), 0.7, 0.4),
    "sub_pubic_deg": Norm((65.0, 8.0), (88.0, 9.0), (48.0, 112.0)),
    "symphysis_mm": Norm((4.5, 1.1), (4.7, 1.2), (2.4, 8.5)),
    "version_deg": Norm((18.5, 5.0), (21.5, 4.5), (6.0, 34.0)),
    "sacrum_width_mm": Norm((112.0, 7.0), (111.0, 8.0), (92.0, 132.0), 0.4, 0.4),
    "centre_edge_deg": Norm((32.0, 5.0), (30.5, 5.0), (20.5, 44.0), per_year=0.02),
    "joint_space_mm": Norm((4.19, 0.75), (3.95, 0.75), (2.3, 6.8), per_year=-0.006),
}
"""By the name of the field that they fill."""
