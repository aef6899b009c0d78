"""Drawn AP spine DXAs with known attributes: seconds instead of minutes, and every number known."""

from __future__ import annotations

import csv

import numpy as np
from PIL import Image

from bonedensity.virtual.population import COHORTS, Interval, people

PIXEL_MM = 1.25
ROWS, COLUMNS = 156, 143
BLACKER_A_YEAR = 0.008
PERSON = {
    "sex": 0.0, "age": 60.0, "standing_height": 165.0, "weight": 70.0,
    "l1_l4_width": 4.3, "l1_l4_height": 13.7, "l1_l4_area": 58.0,
}  # fmt: skip
"""The woman whom most tests draw."""


def draw_spine(attributes, seed):
    """Six blocks with dark discs between them, as wide and high as the attributes say and darker with age; greys."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:ROWS, :COLUMNS] * PIXEL_MM
    width, height = 10 * attributes["l1_l4_width"], 10 * attributes["l1_l4_height"] / 4
    top, middle = ROWS * PIXEL_MM / 2 - 2 * height, COLUMNS * PIXEL_MM / 2 + rng.normal(0, 2)
    image = np.zeros((ROWS, COLUMNS))
    for level in range(-2, 6):
        start = top + level * height
        body = (np.abs(x - middle) < width / 2) & (y > start + 0.08 * height) & (y < start + 0.92 * height)
        image[body] = 110 * (1 - BLACKER_A_YEAR * (attributes["age"] - 64))
        image[(np.abs(x - middle) < 3) & (y > start + 0.3 * height) & (y < start + 0.9 * height)] = 210
    noise = rng.normal(0, 5, image.shape)
    return np.clip(np.rint(image + np.where(image > 0, noise, np.abs(noise) / 2)), 0, 251).astype(np.uint8)


def write_cohort(folder, count, seed=0, repeat=True):
    """A manifest of drawn spines whose attributes are those of virtual people, some coming twice."""
    persons = people(COHORTS["ukbiobank"], count, seed, region="spine", repeat=Interval(2, 5) if repeat else None)
    names = ("sex", "age", "standing_height", "weight", "l1_l4_width", "l1_l4_height", "l1_l4_area")
    rows = []
    for person in persons:
        values = {"sex": int(person.sex == "male"), "age": person.age, "standing_height": person.height_cm}
        values |= {"weight": person.weight_kg, **{name: person.clinical[name] for name in names[4:]}}
        file = f"{person.identifier}-{person.visit}.png"
        Image.fromarray(draw_spine(values, person.seed % 2**32)).save(folder / file)
        rows.append({"identifier": person.identifier, "visit": person.visit, **values, "dxa": file})
    with (folder / "manifest.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def write_counterfactuals(folder, rows, **factors):
    """The same people at their first visit, 15 years older and their sizes times factors, as virtual ones have them."""
    others = folder / "counterfactual"
    others.mkdir(parents=True)
    older = [
        {**row, "age": row["age"] + 15, **{name: row[name] * by for name, by in factors.items()}}
        for row in rows
        if row["visit"] == 0
    ]
    for number, row in enumerate(older):
        Image.fromarray(draw_spine(row, number)).save(others / row["dxa"])
    with (others / "manifest.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, older[0])
        writer.writeheader()
        writer.writerows(older)


def block_ct():
    """A CT in HU whose L1 to L4 are blocks of bone, 36 x 24 x 18 mm each, with their labels."""
    from bonedensity.imaging import LabelMap, Volume
    from bonedensity.imaging.grid import index_to_patient

    array, hu = np.zeros((40, 16, 20), np.uint8), np.full((40, 16, 20), 40, np.int16)
    names = {}
    for place, level in enumerate(("L4", "L3", "L2", "L1")):
        block = np.s_[2 + 10 * place : 8 + 10 * place, 4:12, 4:16]
        array[block], hu[block], names[place + 1] = place + 1, 400, f"vertebrae_{level}"
    grid = index_to_patient(spacing=(3, 3, 3), origin=(-28, -22, -60))
    return Volume(hu, grid, "HU", "CT"), LabelMap(Volume(array, grid, "1", "bones"), names)
