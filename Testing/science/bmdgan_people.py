"""Drawn people whose densities a network learns in seconds: shaft and neck of one density beside a pelvis."""

import csv

import numpy as np

from bonedensity.imaging.write import write_array_image

SHAPE = (128, 64)
DENSEST = 16
"""Number of the person from whom densities go on beyond 1.2 g/cm²."""


def write_person(folder, number, posture):
    """Shaft and neck of one density beside a pelvis; brightness follows thickness of bone."""
    rng = np.random.default_rng((number, len(posture)))
    density = 0.4 + 0.8 * number / DENSEST
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    row, column = 74 + rng.normal(0, 2), 18 + rng.normal(0, 1)
    aside = x - column
    neck = (aside > 0) & (aside < 18) & (np.abs(aside - (row - 10 - y)) < 8)
    femur = density * (((np.abs(aside) < 8) & (np.abs(y - row) < 18)) | neck)
    bones = femur + 0.7 * ((((y - 34) / 24) ** 2 + ((x - 44) / 18) ** 2) < 1)
    name = f"p{number}_{posture}"
    grey = 400 + 1500 * bones + rng.normal(0, 15, SHAPE)
    write_array_image(np.clip(grey, 0, 4095).round(), folder / f"{name}.png")
    write_array_image(np.round(1e4 * bones), folder / f"{name}_mineral.png")
    write_array_image(np.round(1e4 * femur), folder / f"{name}_proximal_femur.png")
    return density, f"{name}.png"


def written_people(folder, count, initial):
    """The manifest of so many people in two postures, written with their images to a folder."""
    rows = []
    for number in range(count):
        row = {"identifier": f"{initial}{number}", "visit": 0}
        for posture in ("standing", "supine"):
            density, row[f"xray_{posture}_R"] = write_person(folder, number, posture)
        row["dxa_hip_right_hologic_total_hip_bmd"] = density
        row["qct_hip_right_bmd"] = 350 * density
        rows.append(row)
    return write_manifest(folder, rows)


def write_manifest(folder, rows):
    """The manifest of rows, each with columns of its own."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder / "manifest.csv"
