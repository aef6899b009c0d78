"""The muscles around the hip: tubes through control points of the reference pelvis, each with fat around it."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.solids import Solid, sweep

UNLIKE_HU = 6.0
"""Spread of single muscles about the person's mean: fat grows into some more than into others (hip muscles of the
elderly, front 44 ± 6 and back 39 ± 5 HU, after a fracture 35 ± 4 and 22 ± 5)."""

MUSCLES = (
    # gluteus maximus, medius and minimus
    ((44, 92, 92), (78, 86, 50), (112, 66, 0), (134, 42, -50)),
    ((26, 17), (46, 27), (46, 26), (24, 14)),
    ((112, -8, 118), (120, 6, 75), (132, 12, 28), (144, 10, -2)),
    ((38, 15), (42, 21), (28, 17), (12, 9)),
    ((114, -6, 72), (118, 2, 42), (132, -6, 6)),
    ((24, 8), (24, 10), (10, 6)),
    # tensor of the fascia lata, sartorius, rectus femoris
    ((134, -48, 76), (146, -42, 20), (148, -24, -50), (142, -8, -120)),
    ((11, 8), (17, 12), (13, 9), (5, 4)),
    ((126, -58, 80), (112, -64, 20), (92, -66, -50), (66, -60, -140)),
    ((9, 7), (13, 8), (13, 9), (13, 9)),
    ((106, -48, 44), (110, -58, -10), (112, -66, -80), (104, -66, -170), (98, -64, -300)),
    ((8, 7), (14, 11), (21, 15), (23, 17), (20, 15)),
    # quadriceps around the shaft
    ((136, 4, -40), (134, -10, -90), (126, -14, -170), (114, -14, -320)),
    ((14, 20), (26, 36), (30, 40), (28, 36)),
    ((92, -30, -80), (84, -30, -150), (78, -28, -320)),
    ((12, 14), (20, 24), (26, 28)),
    # psoas and iliacus to the lesser trochanter
    ((38, 6, 235), (48, 0, 165), (66, -18, 95), (82, -36, 35), (88, -28, -15), (92, 4, -48)),
    ((16, 20), (22, 24), (23, 22), (21, 19), (18, 16), (7, 7)),
    ((104, 2, 112), (98, -12, 78), (90, -32, 36), (90, -24, -18)),
    ((26, 9), (24, 13), (17, 11), (10, 8)),
    # adductors, pectineus, gracilis
    ((30, -30, -28), (56, -24, -62), (82, -6, -104)),
    ((16, 8), (18, 13), (13, 10)),
    ((22, -16, -52), (46, -14, -110), (74, -8, -200), (84, -6, -320)),
    ((14, 12), (30, 26), (32, 30), (20, 20)),
    ((40, 20, -66), (62, 22, -120), (84, 12, -220), (88, 12, -320)),
    ((14, 14), (34, 30), (32, 30), (24, 22)),
    # hamstrings
    ((52, 46, -56), (78, 54, -120), (92, 52, -220), (94, 50, -330)),
    ((12, 10), (24, 20), (30, 24), (28, 22)),
    # obturators, piriformis and quadratus femoris
    ((34, -6, -34), (50, 12, -30), (58, 34, -14)),
    ((20, 5), (22, 6), (12, 6)),
    ((40, -18, -50), (70, 2, -44), (98, 22, -22)),
    ((18, 7), (14, 10), (7, 6)),
    ((30, 66, 66), (62, 56, 40), (116, 24, 6)),
    ((12, 16), (10, 14), (5, 6)),
    ((70, 36, -48), (96, 28, -42), (112, 18, -38)),
    ((18, 8), (18, 9), (15, 6)),
    # erector spinae
    ((24, 86, 70), (32, 82, 150), (36, 78, 240), (36, 74, 340)),
    ((20, 10), (34, 23), (36, 25), (34, 23)),
)  # fmt: skip
"""Rows in pairs: centre line, half-axes (to the side or along the plate, and at right angles to that)."""


def muscles(place: Place, sign: int) -> list[Solid]:
    """All muscles of one side, left (1) or right (-1), thicker or thinner about their lines (LPS mm)."""
    grown = place.soft.muscle * place.pelvis.scale
    solids = []
    for line, half in zip(MUSCLES[::2], MUSCLES[1::2], strict=True):
        centres = place.with_leg(place.at(line, sign), sign)
        solids.append(sweep(centres, grown * np.array(half, dtype=np.float64), across=_sideways(centres)))
    return solids


def _sideways(centres: np.ndarray) -> np.ndarray:
    """To the side; for a muscle that itself runs to the side, upwards."""
    run = centres[-1] - centres[0]
    return np.array([0.0, 0.0, 1.0]) if abs(run[0]) > 0.8 * np.linalg.norm(run) else np.array([1.0, 0.0, 0.0])
