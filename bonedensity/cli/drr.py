"""`bonedensity drr`: one projection of a CT, as a camera sees it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from bonedensity.cli.console import JsonFlag, answer
from bonedensity.cli.poses import read_pose
from bonedensity.densitometry import Calibration
from bonedensity.drr import render
from bonedensity.drr.projector import Backend, resolve_backend
from bonedensity.drr.quantity import UNITS, Quantity
from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging.write import write_array_image
from bonedensity.workflows.inputs import read_camera, read_inputs


def drr(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    camera: Annotated[Path, typer.Option(help="CAM.json.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Image: .nrrd, .mha or .tif hold the numbers.")],
    pose: Annotated[Path | None, typer.Option(help="POSE.json; default the CT's own frame is the world.")] = None,
    segmentation: Annotated[Path | None, typer.Option(help="Bone labels.")] = None,
    labels: Annotated[str | None, typer.Option(help="Labels to project, with commas; default all.")] = None,
    quantity: Annotated[str, typer.Option(help="attenuation, density (g/cm²) or hu.")] = "attenuation",
    calibration: Annotated[str | None, typer.Option(help="SLOPE,INTERCEPT, for density.")] = None,
    backend: Annotated[str, typer.Option(help=f"{', '.join(get_args(Backend))}.")] = "auto",
    as_json: JsonFlag = False,
) -> None:
    """Project a CT, whole or bone by bone, onto a detector."""
    if quantity not in UNITS:
        raise GeometryError(f"--quantity {quantity} is unknown: choose {', '.join(UNITS)}.")
    if backend not in get_args(Backend):
        raise GeometryError(f"--backend {backend} is unknown: choose {', '.join(get_args(Backend))}.")
    inputs = read_inputs(ct=ct, segmentation=segmentation)
    view = read_camera(camera)
    volume = inputs.ct
    if quantity == "density":
        volume = (Calibration.nominal() if calibration is None else Calibration.parse(calibration)).apply(volume)
    chosen = resolve_backend(cast(Backend, backend))
    started = time.perf_counter()
    image = render(
        volume,
        view,
        RigidTransform.identity() if pose is None else read_pose(pose),
        labels=None if segmentation is None else inputs.labels,
        bones=None if labels is None else [name.strip() for name in labels.split(",")],
        quantity=cast(Quantity, quantity),
        backend=chosen,
    )
    seconds = time.perf_counter() - started
    write_array_image(image, output, view.pixel_spacing_mm)
    values = {
        "shape": list(image.shape),
        "pixel_spacing_mm": None if view.pixel_spacing_mm is None else list(view.pixel_spacing_mm),
        "quantity": quantity,
        "unit": UNITS[quantity],
        "maximum": float(image.max()),
        "seconds": seconds,
        "backend": chosen,
        "outputs": [str(output)],
    }
    answer(values, as_json, lambda: f"{image.shape[1]} × {image.shape[0]} pixels in {seconds:.2f} s: {output}")
