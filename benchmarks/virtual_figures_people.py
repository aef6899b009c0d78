"""What is measured of each person of a written cohort, from the files alone; measured people are kept in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES, side_word
from bonedensity.densitometry.measure import measure
from bonedensity.densitometry.phantoms import calibrate_by_phantom
from bonedensity.errors import BoneDensityError
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.read_radiograph import read_radiograph

Row = dict
"""Of one person: JSON values."""

SIDE, PHANTOM = "R", "B-MAS200"


def visits(folder: Path) -> list[Path]:
    """Folders of a cohort that are whole, in order."""
    return sorted(path.parent for path in folder.glob("*/visit_0/truth.json"))


def measured(folders: Iterable[Path], measure_one: Callable[[Path], Row], kept: Path) -> list[Row]:
    """A row for each folder; those that are in the file already are not measured again."""
    rows = {}
    if kept.exists():
        rows = {row["folder"]: row for row in map(json.loads, kept.read_text().splitlines())}
    todo = list(folders)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a", encoding="utf-8") as file:
        for folder in todo:
            name = folder.parent.name
            if name not in rows:
                rows[name] = {"folder": name, **measure_one(folder)}
                file.write(json.dumps(rows[name]) + "\n")
                file.flush()
    return [rows[folder.parent.name] for folder in todo]


def hip_row(folder: Path) -> Row:
    """DXA, radiographs and QCT of one hip."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    (dxa,) = [scan for scan in truth["dxa"].values() if scan["site"] == f"hip_{side_word(SIDE)}"]
    views = {
        scan["posture"]: {
            "truth_g_cm2": scan["proximal_femur_mean_g_cm2"],
            "grey": _mean_grey(folder / f"{name}.png", folder / f"{name}_region.png", int(scan["bits"])),
        }
        for name, scan in truth["radiographs"].items()
        if scan["side"] == SIDE
    }
    return {
        **_person(truth),
        "implant": truth["body"]["variant"][f"femur_{side_word(SIDE)}"]["implant"],
        **_dxa(dxa),
        "views": views,
        "true_mg_cm3": next(iter(truth["radiographs"].values()))["proximal_femur_mg_cm3"],
        **_qct(folder, truth),
    }


def spine_row(folder: Path) -> Row:
    """DXA of one spine."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    (dxa,) = truth["dxa"].values()
    return {
        **_person(truth),
        **_dxa(dxa),
        **{key: dxa["regions"]["L1-L4"][key] for key in ("width_mm", "height_mm", "area_cm2")},
    }


def _dxa(scan: dict) -> Row:
    """By region, on the manufacturer's scale: areal density (g/cm²), and what is true of the same pixels; area."""
    regions = scan["regions"].items()
    return {
        "dxa": {name: region["abmd_g_cm2"] for name, region in regions},
        "dxa_true": {name: scan["scale"] * region["true_abmd_g_cm2"] for name, region in regions},
        "dxa_area_cm2": {name: region["area_cm2"] for name, region in regions},
    }


def _qct(folder: Path, truth: dict) -> Row:
    """Volumetric density (mg/cm³) of the proximal femur as densitometry measures it on the CT, by its phantom."""
    ct = read_ct(folder / "ct.nii.gz")
    labels = read_label_map(folder / "labels.nii.gz", TOTALSEGMENTATOR_NAMES)
    try:
        line = calibrate_by_phantom(ct, PHANTOM).calibration
        result = measure(ct, labels, region="proximal-femur", calibration=line, side=SIDE)
    except BoneDensityError as error:
        return {"qct": None, "why_no_qct": str(error)}
    (volumetric,) = [m for m in result.measurements if m.name.startswith("vBMD")]
    slope = line.slope / truth["ct"]["hu_slope"]
    return {"qct": volumetric.value, "qct_areal": result.measurements[0].value, "slope_ratio": slope}


def _mean_grey(image: Path, region: Path, bits: int) -> float:
    """Mean of the processed radiograph where the proximal femur projects, 0 to 1."""
    grey = np.asarray(read_radiograph(image).array, dtype=np.float64)
    mask = np.asarray(read_radiograph(region).array) > 0
    return float(grey[mask].mean() / (2**bits - 1)) if mask.any() else float("nan")


def _person(truth: dict) -> Row:
    names = ("sex", "age", "bmi", "hip_density", "spine_density", "total_hip_bmd", "l1_l4_bmd")
    return {name: truth["person"][name] for name in (*names, "l1_l4_width", "l1_l4_height", "l1_l4_area")}
