"""Draws the picture of SpineDXAGen's tile in Sample Data: `python docs/figures/draw_spine_tile.py` (ten seconds).

It is the DXA that the tile makes: a virtual person's, synthetic.
"""

from pathlib import Path

from PIL import Image, ImageOps

from bonedensity.jobs.tasks.spine_reading import SCAN, virtual_person
from bonedensity.virtual.cohort import CohortOptions, image_person

TILE = Path(__file__).resolve().parents[2] / "SpineDXAGen/Resources/Icons/SpineDXAGenVirtualSpine.png"
SIZE = (260, 280)
"""Columns and rows that Slicer's guidelines ask for."""

SEED = 1
"""That of the tile."""


def draw():
    """The export, cut at the sides to the tile's shape."""
    options = CohortOptions(ct=False, radiographs=(), dicom=False)
    export = image_person("spine", virtual_person(SEED), options).dxa[SCAN].export
    return ImageOps.fit(Image.fromarray(export), SIZE, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(TILE, optimize=True)
