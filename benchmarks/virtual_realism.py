"""Do virtual images look like real ones? Power spectrum and local contrast of both.

    python benchmarks/virtual_realism.py --hip HIP --people 30 --json benchmarks/results/virtual_realism.json

Two comparisons. Projections: the CTs of virtual people and the real CT go through the same physics (noise included), at
the same voxels. Radiographs: those of virtual people, processed as vendors do, against a real hip radiograph. `HIP` is
a cohort folder as `bonedensity simulate hip` writes it; real images are looked for in `BONEDENSITY_REAL_DATA` and never
written anywhere but to `--pictures`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from machine import described_machine, write_json
from virtual_realism_images import Crop, real_projection, real_radiograph, virtual_projection, virtual_radiographs
from virtual_realism_measures import local_contrast, overlap, spectrum_slope

from bonedensity.errors import BoneDensityError

DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")

LIBRARIES = ("bonedensity", "numpy", "scipy", "SimpleITK")

CT_BANDS = {"whole": (0.02, 0.13), "low": (0.02, 0.05), "high": (0.05, 0.13)}
FILM_BANDS = {"whole": (0.03, 0.45), "low": (0.03, 0.12), "high": (0.12, 0.45)}
"""Frequencies (1/mm, on the detector) over which slopes are fitted; the CT's voxels end at 0.145."""

CT_WITHIN, FILM_WITHIN = 0.3, 0.4
"""Largest difference of the slopes."""

OVERLAPS = 0.7
"""Least overlap coefficient of the histograms of local contrast."""


def compared(virtual: Sequence[Crop], real: Crop, bands: dict[str, tuple[float, float]], *, relative: bool) -> dict:
    """Slopes by band and the overlap of local contrast."""
    slopes = {name: _slopes(virtual, real, band) for name, band in bands.items()}
    contrast = [local_contrast(crop.image, crop.pixel_mm, relative=relative) for crop in virtual]
    own = local_contrast(real.image, real.pixel_mm, relative=relative)
    return {
        "images": len(virtual),
        "slopes": slopes,
        "slope_difference": abs(slopes["whole"]["virtual_mean"] - slopes["whole"]["real"]),
        "contrast_overlap": overlap(np.concatenate(contrast), own),
        "contrast_overlap_between_virtual": float(
            np.mean([overlap(one, np.concatenate(contrast)) for one in contrast])
        ),
        "contrast_median": {"virtual": float(np.median(np.concatenate(contrast))), "real": float(np.median(own))},
    }


def _slopes(virtual: Sequence[Crop], real: Crop, band: tuple[float, float]) -> dict:
    own = [spectrum_slope(crop.image, crop.pixel_mm, band) for crop in virtual]
    return {
        "virtual_mean": float(np.mean(own)),
        "virtual_sd": float(np.std(own)),
        "real": spectrum_slope(real.image, real.pixel_mm, band),
        "band_per_mm": list(band),
    }


def virtual_images(root: Path, people: int) -> tuple[list[Crop], list[Crop]]:
    """Projections and radiographs of so many people."""
    projections, films = list[Crop](), list[Crop]()
    for number, truth in enumerate(sorted(root.glob("*/visit_0/truth.json"))[:people]):
        try:
            projections.append(virtual_projection(truth.parent, number))
        except BoneDensityError as error:
            print(f"left out: {truth.parent.parent.name}: {error}")
        films += virtual_radiographs(truth.parent).values()
    return projections, films


def shown(title: str, row: dict, within: float) -> None:
    """Print one comparison."""
    print(f"{title}: {row['images']} virtual images")
    for name, slope in row["slopes"].items():
        low, high = slope["band_per_mm"]
        print(
            f"  slope, {name:5} ({low:.2f}-{high:.2f}/mm): virtual {slope['virtual_mean']:.2f} ± "
            f"{slope['virtual_sd']:.2f}, real {slope['real']:.2f}"
        )
    met = row["slope_difference"] <= within
    print(f"  difference {row['slope_difference']:.2f} (at most {within}): {'met' if met else 'missed'}")
    print(f"  overlap of local contrast {row['contrast_overlap']:.2f} (at least {OVERLAPS})")


def drawn(file: Path, rows: dict[str, list[Crop]]) -> None:
    """Pictures side by side, a row for each kind, each between its own 1st and 99.5th percentile."""
    from matplotlib import pyplot as plt

    count = max(len(crops) for crops in rows.values())
    figure, axes = plt.subplots(len(rows), count, figsize=(1.9 * count, 2.5 * len(rows)), squeeze=False)
    for line, (title, crops) in zip(axes, rows.items(), strict=True):
        for panel, crop in zip(line, crops, strict=False):
            low, high = np.percentile(crop.image, [1, 99.5])
            panel.imshow(crop.image, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
        for panel in line:
            panel.axis("off")
        line[0].set_title(title, fontsize=8, loc="left")
    figure.tight_layout(pad=0.3)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=95, metadata={"Software": None})
    plt.close(figure)
    print(f"Drawn: {file}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hip", type=Path, required=True, help="cohort folder of hips")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--figure", type=Path, help="picture of virtual images alone")
    parser.add_argument("--pictures", type=Path, help="folder for pictures beside the real images; keep it private")
    options = parser.parse_args()
    projections, films = virtual_images(options.hip, options.people)
    rows = {"projections of virtual CTs (synthetic)": projections[:6], "virtual radiographs (synthetic)": films[:6]}
    if options.figure:
        drawn(options.figure, rows)
    if not DATA.is_dir():
        print(f"The real images are not on this machine ({DATA}): nothing was compared.")
        return 2
    real_ct, real_film = real_projection(DATA), real_radiograph(DATA, films[0].pixel_mm)
    result = {
        "projections": compared(projections, real_ct, CT_BANDS, relative=False),
        "radiographs": compared(films, real_film, FILM_BANDS, relative=True),
    }
    shown("Projections of CTs", result["projections"], CT_WITHIN)
    shown("Hip radiographs", result["radiographs"], FILM_WITHIN)
    if options.pictures:
        both = {
            "projections, first real": [real_ct, *projections[:5]],
            "radiographs, first real": [real_film, *films[:5]],
        }
        drawn(options.pictures / "real_and_virtual.png", both)
    if options.json:
        write_json(options.json, {"machine": described_machine("virtual_realism.py", LIBRARIES), **result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
