"""`bmdgan-compression`: how JPEG and fewer bits disturb densities."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure, with_truth
from bonedensity.estimators.bmdgan.evaluation.rows import way_figures
from bonedensity.estimators.bmdgan.studies.report import COLUMNS, density_cells, figure_title
from bonedensity.estimators.bmdgan.studies.trials import Setting, splits_of, tested, trained
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.imaging.write import write_array_image
from bonedensity.learning.study_files import save_bars, table, write_study

NAME = "bmdgan-compression"

QUALITIES = (100, 75, 50, 25, 10)
BITS = (8, 6, 4)


def run_compression(exposures: Sequence[Exposure], setting: Setting) -> dict[str, Any]:
    """Run the study and write its files; the model is trained on what is not compressed.

    Args:
        exposures: With truth.
        setting: Where, how large.

    Raises:
        BoneDensityError: As training.
    """
    split = splits_of(with_truth(exposures), setting.scale)[0]
    model = trained(setting.part(0, 0.8), "calibrated CT 0", split, setting.scale.training)
    lines: dict[str, Any] = {}
    kinds: list[tuple[str, int]] = [("as it is", 0), *(("JPEG", q) for q in QUALITIES), *(("bits", b) for b in BITS)]
    for number, (kind, amount) in enumerate(kinds):
        title = f"{kind} {amount}" if amount else kind
        altered, share = split.test, 1.0
        if amount:
            altered, share = _altered(split.test, kind, amount, setting.folder / "compressed" / title.replace(" ", "_"))
        rows = tested(setting, model, altered)
        lines[title] = {target: way_figures(rows, target, "regression") for target in TARGETS}
        lines[title]["size_share"] = share
        setting.on_progress(0.8 + 0.2 * (number + 1) / len(kinds), title)
    result = {"study": NAME, "lines": lines}
    header = ["", "target", "size %", *COLUMNS]
    cells = [
        [title, target, f"{100 * own['size_share']:.1f}", *density_cells(own[target])]
        for title, own in lines.items()
        for target in TARGETS
    ]
    write_study(setting.folder, NAME, result, [table(header, cells)])
    save_bars(setting.folder / f"{NAME}.png", _pcc(lines), title=figure_title(exposures), label="PCC to measured BMD")
    return result


def _pcc(lines: Mapping[str, Any]) -> dict[str, float | None]:
    """By compression, of DXA; of QCT where no DXA is known."""
    found = {title: own["dxa"] or own["qct"] for title, own in lines.items()}
    return {title: own["pcc"]["value"] if own else None for title, own in found.items()}


def jpeg(grey: NDArray[np.uint8], quality: int) -> tuple[NDArray[np.uint8], int]:
    """An image (rows, columns) after JPEG, and how many bytes it took."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image), file.tell()


def fewer_bits(array: NDArray[np.floating], bits: int) -> NDArray[np.float64]:
    """Whole greys from 0 to 2^bits - 1 over the image's range."""
    low, high = float(array.min()), float(array.max())
    return np.rint((array.astype(np.float64) - low) / max(high - low, 1e-12) * (2**bits - 1))


def _altered(exposures: Sequence[Exposure], kind: str, amount: int, folder: Path) -> tuple[list[Exposure], float]:
    """Exposures whose radiographs are compressed, and their size as a share of 16 bits a pixel."""
    folder.mkdir(parents=True, exist_ok=True)
    changed, taken, pixels = [], 0.0, 0
    for number, each in enumerate(exposures):
        array = read_radiograph(each.radiograph).array
        pixels += array.size
        if kind == "JPEG":
            grey, size = jpeg(fewer_bits(array, 8).astype(np.uint8), amount)
            taken += size
        else:
            grey = fewer_bits(array, amount).astype(np.uint8)
            taken += array.size * amount / 8
        path = folder / f"{number:05d}.png"
        write_array_image(grey, path)
        changed.append(replace(each, radiograph=path))
    return changed, taken / (2 * pixels)
