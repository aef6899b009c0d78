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
    "head_mm": Norm((49.5, 3.0), (43.5, 2.4), (37.0, 58.0), 0.6, 0.6),
    "neck_shaft_deg": Norm((125.5, 6.3), (126.5, 6.3), (110.0, 143.0), per_year=-0.05),
    "anteversion_deg": Norm((13.2, 8.6), (13.6, 8.6), (-9.0, 38.0)),
    "neck_mm": Norm((54.0, 4.5), (49.5, 4.9), (37.0, 68.0), 0.35, 0.35, 0.03),
    "neck_width_mm": Norm((36.0, 2.6), (31.0, 2.2), (25.0, 43.0), 0.5, 0.6),
    "shaft_mm": Norm((30.0, 2.2), (27.0, 2.0), (22.0, 36.0), 0.4, 0.6, 0.015),
    "lesser_below_mm": Norm((52.0, 4.9), (47.3, 3.8), (36.0, 66.0), 0.5, 0.4),
    "bulge_mm": Norm((-2.5, 2.3), (-0.4, 2.3), (-6.5, 5.0)),
    "tip_below_mm": Norm((6.0, 3.0), (5.0, 3.0), (-2.0, 13.0)),
    "hip_distance_mm": Norm((176.5, 8.5), (178.0, 8.5), (153.0, 204.0), 0.45, 0.4),
    "bi_iliac_mm": Norm((280.0, 22.0), (277.0, 22.0), (225.0, 335.0), 0.45, 0.4),
    "height_mm": Norm((220.0, 10.0), (203.0, 9.5), (175.0, 250.0), 0.7, 0.4),
    "sub_pubic_deg": Norm((65.0, 8.0), (88.0, 9.0), (48.0, 112.0)),
    "symphysis_mm": Norm((4.5, 1.1), (4.7, 1.2), (2.4, 8.5)),
    "version_deg": Norm((20.5, 4.7), (24.3, 3.6), (6.0, 38.0)),
    "wall_mm": Norm((5.0, 1.5), (5.2, 1.8), (2.4, 9.2)),
    "sacrum_width_mm": Norm((111.0, 7.3), (111.0, 9.0), (88.0, 134.0), 0.4, 0.4),
    "centre_edge_deg": Norm((28.5, 8.0), (25.5, 8.0), (12.0, 46.0), per_year=0.02),
    "pubic_mm": Norm((0.0, 7.0), (8.0, 7.0), (-15.0, 22.0)),
    "sacrum_back_mm": Norm((3.0, 4.0), (6.0, 4.0), (-8.0, 16.0)),
    "joint_space_mm": Norm((4.45, 0.82), (4.2, 0.82), (2.3, 6.8), per_year=-0.006),
}
"""By the name of the field that they fill."""
