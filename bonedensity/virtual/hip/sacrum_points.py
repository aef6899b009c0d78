"""Control points of the reference sacrum, in the frame of the reference pelvis (mm)."""

from __future__ import annotations

REFERENCE_SLOPE_DEG = 39.0
"""Lean of the reference sacrum's upper end plate to the front."""

PLATE = (0.0, 20.0, 97.0)
"""Middle of that plate, in the reference pelvis (mm); the numbers below are in the same frame."""

JOINT = (0.0, 50.0, 80.0)
"""Middle of the sacro-iliac joints, about which a sacrum of another slope turns."""

COLUMN = (
    (22, 95, 24, 15.5), (33, 88, 23, 13.5), (46, 85, 19, 9), (62, 76, 16, 8), (73, 66, 16, 8), (80, 54, 14, 7.5),
    (84, 42, 12, 7), (86, 30, 11, 6), (86, 19, 8, 4.5), (85, 9, 6, 4), (83, 0, 3.5, 3),
)  # fmt: skip
"""Bodies from S1 to coccyx: y, z, half width, half depth."""

PLATE_ORIGIN, PLATE_UP = (0.0, 60.0, 65.0), (0.0, -0.6606, 0.7507)
"""Frame of the curved plate that body and side masses form: u to the right, v upwards along it, w backwards."""

U_MM = (-60, -40, -20, 0, 20, 40, 60)
V_MM = (-60, -40, -20, 0, 20, 40, 60)

MIDDLE_MM = (
    (1, -6, -12, -14, -12, -6, 1),
    (0, 1, 2, 3, 2, 1, 0),
    (-3, 9, 16, 20, 16, 9, -3),
    (-8, 11, 20, 21, 20, 11, -8),
    (-11, 2, 13, 15, 13, 2, -11),
    (-2, 5, 3, 0, 3, 5, -2),
    (5, 12, 2, -4, 2, 12, 5),
)
THICKNESS_MM = (
    (4, 4, 5, 8, 5, 4, 4),
    (4, 6, 9, 16, 9, 6, 4),
    (6, 10, 13, 19, 13, 10, 6),
    (11, 19, 19, 22, 19, 19, 11),
    (14, 28, 28, 36, 28, 28, 14),
    (12, 28, 35, 42, 35, 28, 12),
    (10, 20, 26, 32, 26, 20, 10),
)
"""Height w of the plate's middle, and its thickness, over (v, u)."""

HALF_OUTLINE_MM = (
    (0, 50), (14, 50), (26, 50), (36, 55), (47, 55), (57, 49), (60, 40), (57, 30), (53, 19), (48, 9), (44.5, 0),
    (45, -8), (41, -18), (36, -30), (27, -38), (15, -44), (8, -52), (0, -58),
)  # fmt: skip
"""The left half of the plate's rim (u, v)."""

CREST = ((72, 106, 3.5), (80, 98, 4), (91, 82, 4.5), (96, 66, 4), (94, 54, 3))
"""Median crest: y, z, radius."""

CANAL = ((36, 118, 14, 9), (51, 103.5, 13, 10), (63, 91, 10, 6.5), (75, 79, 7.5, 4), (83, 64, 6, 3), (86, 50, 4, 2.5))
"""y, z, half width, half depth."""

FORAMINA = ((21.5, 23, 5.0), (20.5, 3, 5.0), (19.5, -15, 4.2), (18, -30, 3.2))
"""u, v and radius; they run straight through the plate."""
