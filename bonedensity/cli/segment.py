"""`bonedensity segment`: the bones of a CT."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.write import write_label_map, write_volume
from bonedensity.segmentation import ENGINES, EngineName, Segmentation, SegmentationOptions
from bonedensity.segmentation import segment as segment_bones
from bonedensity.segmentation.bundle.engine import BundleOptions
from bonedensity.segmentation.unet.engine import UnetOptions


def segment(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Label map to write, such as bones.nii.gz.")],
    engine: Annotated[str, typer.Option(help=f"One of {', '.join(ENGINES)}.")] = "threshold",
    model: Annotated[Path | None, typer.Option(help="Folder of a trained Bayesian U-Net; default the shipped.")] = None,
    bundle: Annotated[Path | None, typer.Option(help="Folder of a MONAI bundle.")] = None,
    weights: Annotated[Path | None, typer.Option(help="Weights in place of the bundle's models/model.pt.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Labels made by others, matched by name.")] = None,
    uncertainty: Annotated[Path | None, typer.Option(help="Write the uncertainty (0 to 1) here.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find the bones of a CT, or bring somebody's labels onto it under TotalSegmentator's names."""
    volume = read_ct(ct)
    options = SegmentationOptions(
        unet=UnetOptions(folder=model), bundle=bundle, run=BundleOptions(weights=weights), labels=labels
    )
    with progress_bar() as report:
        found = segment_bones(volume, cast(EngineName, engine), options, on_progress=report)
    write_label_map(found.labels, output)
    if uncertainty is not None and found.uncertainty is not None:
        write_volume(found.uncertainty, uncertainty)
    values = _values(found, output)
    lines = [f"{name}: {count} voxels" for name, count in values["labels"].items()]
    answer(
        values, as_json, lambda: "\n".join([f"Engine: {found.engine}", *lines, *(f"Note: {n}" for n in found.notes)])
    )


def _values(found: Segmentation, output: Path) -> dict[str, Any]:
    counts = np.bincount(found.labels.volume.array.ravel(), minlength=1)
    present = {found.labels.names[int(value)]: int(value) for value in np.flatnonzero(counts) if value}
    return {
        "engine": found.engine,
        "labels": {name: int(counts[value]) for name, value in present.items()},
        "label_values": present,
        "confidence": found.confidence,
        "notes": list(found.notes),
        "output": str(output),
    }
