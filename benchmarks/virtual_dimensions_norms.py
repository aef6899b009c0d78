"""Published means and standard deviations of adults, from the anatomy sheet (`anatomy.md`): what is compared with.

A standard deviation of None was not published: such a dimension's mean is shown, and it does not count as met.
"""

from __future__ import annotations

from dataclasses import dataclass

Pair = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class Norm:
    """One dimension.

    Attributes:
        male: Mean and standard deviation (mm, degrees, cm²).
        female: The same.
        unit: Of both.
        section: Of the sheet.
    """

    male: Pair
    female: Pair
    unit: str
    section: str


def _same(mean: float, spread: float | None, unit: str, section: str) -> Norm:
    return Norm((mean, spread), (mean, spread), unit, section)


HIP: dict[str, Norm] = {
    "femoral head diameter": Norm((49.5, 3.0), (43.5, 2.5), "mm", "1.1"),
    "femoral neck width": Norm((36.0, 2.8), (31.0, 2.4), "mm", "1.1"),
    "neck-shaft angle": _same(124.7, 6.2, "°", "1.1 Carmona19"),
    "anteversion": _same(14.5, 8.1, "°", "1.1 Carmona19"),
    "femoral offset": Norm((43.6, 4.8), (39.4, 6.1), "mm", "1.1 Han14, both sides"),
    "femoral neck axis length": Norm((106.0, 7.0), (93.0, 6.0), "mm", "1.1"),
    "hip axis length": Norm((118.0, 7.0), (104.0, 6.0), "mm", "1.1"),
    "lesser trochanter below head centre": Norm((50.0, 5.0), (46.0, 4.0), "mm", "1.1"),
    "lesser trochanter's bulge": Norm((10.0, 2.0), (9.0, 2.0), "mm", "1.1"),
    "greater trochanter's tip below head centre": _same(3.0, None, "mm", "1.1, middle of -2...8"),
    "shaft diameter 100 mm below lesser trochanter": Norm((30.0, 2.2), (27.0, 2.0), "mm", "1.1"),
    "joint space": Norm((4.19, 0.92), (3.85, 0.92), "mm", "1.4 AR03, Lequesne04"),
    "centre-edge angle": Norm((32.0, 6.0), (30.0, 6.0), "°", "1.4"),
    "acetabular version": Norm((17.3, 5.2), (20.1, 3.5), "°", "2 Korea22"),
    "acetabular inclination": Norm((40.0, 4.0), (41.0, 4.0), "°", "2, Sharp's angle"),
    "acetabular rim width": Norm((61.5, 4.6), (56.5, 4.0), "mm", "2 Korea22"),
    "acetabular diameter": Norm((53.0, 3.0), (47.0, 2.5), "mm", "2"),
    "hip-centre distance": Norm((176.0, 9.0), (178.0, 9.0), "mm", "2"),
    "inter-teardrop distance": Norm((118.0, 8.0), (127.0, 9.0), "mm", "2"),
    "bi-iliac breadth": Norm((280.0, 16.0), (276.0, 18.0), "mm", "2"),
    "innominate height": Norm((220.0, 11.0), (203.0, 11.0), "mm", "2"),
    "pelvic inlet width": Norm((125.0, 8.0), (133.0, 8.0), "mm", "2"),
    "pelvic inlet depth": Norm((108.0, 9.0), (120.0, 10.0), "mm", "2"),
    "sub-pubic angle": Norm((65.0, 8.0), (88.0, 9.0), "°", "2"),
    "symphysis width": Norm((4.5, 1.2), (4.7, 1.4), "mm", "2"),
    "symphysis height": Norm((40.0, None), (36.0, None), "mm", "2"),
    "obturator foramen height": Norm((52.0, None), (47.0, None), "mm", "2"),
    "obturator foramen width": Norm((34.0, None), (35.0, None), "mm", "2"),
    "sacral breadth": Norm((108.0, 8.0), (108.7, 11.0), "mm", "2, interauricular"),
    "S1 end plate depth": Norm((31.9, 2.3), (30.2, 1.6), "mm", "2 Manipal15"),
    "pelvic incidence": _same(53.0, 10.5, "°", "2 MacThiong11"),
}
"""Measured on hips."""

_BODY = {
    #      central height, upper width, upper depth: men, women
    "L1": ((26.7, 24.9), (42.0, 37.5), (32.0, 28.5)),
    "L2": ((27.6, 25.8), (44.0, 39.0), (33.5, 30.0)),
    "L3": ((27.8, 26.2), (46.0, 41.0), (34.5, 31.0)),
    "L4": ((27.6, 26.0), (48.0, 43.5), (35.0, 31.5)),
    "L5": ((27.2, 25.8), (51.0, 47.0), (37.1, 33.3)),
}
_SPREAD = {"central height": 1.7, "upper width": 3.2, "upper depth": 2.8}
_WEDGE = {"L1": (4.1, 2.6), "L2": (2.6, 0.7), "L3": (1.3, -1.1), "L4": (-0.7, -3.1), "L5": (-4.6, -7.8)}
_SPAN = {"L1": 71.0, "L2": 76.0, "L3": 85.0, "L4": 79.0, "L5": 84.0}
_PEDICLE_WIDTH = {"L1": (7.5, 7.5), "L2": (8.2, 8.2), "L3": (9.8, 9.8), "L4": (12.5, 12.5), "L5": (16.6, 15.1)}
_PEDICLE_HEIGHT = {"L1": 15.5, "L2": 15.0, "L3": 14.8, "L4": 14.5, "L5": 13.1}
_CANAL = {"L1": (17.0, 22.0), "L2": (16.0, 23.0), "L3": (16.0, 23.0), "L4": (16.0, 24.0)}
_DISCS = {"L1": (9.0, 1.9), "L2": (10.4, 1.5), "L3": (11.7, 1.8), "L4": (12.9, 2.0), "L5": (12.05, 2.5)}
"""Mid of the two published series; between L1-2 and L4-5 the second was interpolated."""


def _spine() -> dict[str, Norm]:
    table: dict[str, Norm] = {}
    for level, rows in _BODY.items():
        for name, (male, female) in zip(_SPREAD, rows, strict=True):
            table[f"{level} {name}"] = Norm((male, _SPREAD[name]), (female, _SPREAD[name]), "mm", "3.1")
    table["L5 upper depth"] = Norm((37.1, 3.2), (33.3, 2.6), "mm", "3.1 IJSS-T6")
    table["L5 anterior height"] = Norm((30.7, 1.9), (29.6, 1.8), "mm", "3.1 IJSS-T6")
    table["L5 posterior height"] = Norm((26.8, 1.9), (25.5, 1.6), "mm", "3.1 IJSS-T6")
    for level, (male, female) in _WEDGE.items():
        table[f"{level} wedge"] = Norm((male, 3.0), (female, 3.0), "°", "3.1")
    for level in _BODY:
        wide = _PEDICLE_WIDTH[level]
        table[f"{level} pedicle width"] = Norm((wide[0], None), (wide[1], None), "mm", "3.2")
        table[f"{level} pedicle height"] = _same(_PEDICLE_HEIGHT[level], None, "mm", "3.2")
        table[f"{level} transverse span"] = _same(_SPAN[level], None, "mm", "3.2")
        table[f"{level} disc below"] = _same(*_DISCS[level], "mm", "3.3")
    for level, (depth, width) in _CANAL.items():
        table[f"{level} canal depth"] = _same(depth, None, "mm", "3.2")
        table[f"{level} canal width"] = _same(width, None, "mm", "3.2")
    table["L5 canal depth"] = _same(15.6, 2.1, "mm", "3.2 IJSS-T6")
    table["L5 canal width"] = _same(28.2, 3.1, "mm", "3.2 IJSS-T6")
    table["L3 spinous length"] = _same(32.5, None, "mm", "3.2, middle of 30-35")
    table["L1-L4 mid-height section"] = Norm((10.98, 1.25), (8.22, 1.09), "cm²", "3.1 Gilsanz94")
    table["L1-L4 height with discs"] = Norm((144.0, 9.0), (133.0, 8.0), "mm", "3.7")
    table["lordosis T12-S1, lying"] = _same(36.8, 13.2, "°", "3.4 AsianSJ19")
    return table


SPINE = _spine()
"""Measured on lumbar spines."""
