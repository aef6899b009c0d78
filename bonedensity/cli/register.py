"""`bonedensity register`: the pose of a CT from one or more radiographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar
from bonedensity.cli.poses import read_pose
from bonedensity.workflows.register_files import (
    RegisteredFiles,
    parse_search_range,
    read_landmark_pairs,
    register_files,
)
from bonedensity.workflows.results import write_json
from bonedensity.workflows.starting_pose import StartWishes


def register(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    xray: Annotated[list[Path], typer.Argument(help="Radiographs, one camera each.")],
    camera: Annotated[list[Path], typer.Option(help="CAM.json, MayaCam or 3x4 text, in the radiographs' order.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="POSE.json to write.")],
    segmentation: Annotated[Path | None, typer.Option(help="Bone labels.")] = None,
    labels: Annotated[str | None, typer.Option(help="Bones to register together, with commas.")] = None,
    init: Annotated[Path | None, typer.Option(help="POSE.json to start from; default centred.")] = None,
    view_name: Annotated[str | None, typer.Option(help="Start: ap, pa, lateral-left, lateral-right, lao …")] = None,
    standing: Annotated[bool, typer.Option("--standing", help="With --view-name: the pelvis tips back by 5°.")] = False,
    source_to_object: Annotated[float | None, typer.Option(help="With --view-name: depth of the bone (mm).")] = None,
    landmarks: Annotated[Path | None, typer.Option(help="LM.json, pairs on CT and first radiograph.")] = None,
    search_range: Annotated[str | None, typer.Option(help="DEG,MM[,DEPTH]: look around coarsely first.")] = None,
    camera_unit: Annotated[str, typer.Option(help="Of MayaCam and 3x4 files: mm, cm or m.")] = "mm",
    seed: Annotated[int, typer.Option(help="Of the search.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Register a CT to radiographs by gradient correlation and CMA-ES, and judge the result."""
    wishes = StartWishes(
        pose=None if init is None else read_pose(init),
        view_name=view_name,
        standing=standing,
        source_to_object_mm=source_to_object,
        landmarks=None if landmarks is None else read_landmark_pairs(landmarks),
        search_range=None if search_range is None else parse_search_range(search_range),
        seed=seed,
    )
    bones = None if labels is None else [name.strip() for name in labels.split(",")]
    with progress_bar() as on_progress:
        found = register_files(
            ct,
            xray,
            camera,
            segmentation=segmentation,
            bones=bones,
            wishes=wishes,
            camera_unit=camera_unit,
            seed=seed,
            on_progress=on_progress,
        )
    _report(found, output, as_json)


def _report(found: RegisteredFiles, output: Path, as_json: bool) -> None:
    values = {**found.to_json(), "outputs": [str(output)]}
    write_json(values, output)
    answer(values, as_json, lambda: _text(found, output))


def _text(found: RegisteredFiles, output: Path) -> str:
    quality = found.result.quality
    decision = "accepted" if quality.accepted else "doubtful"
    head = f"{decision}, similarity {quality.similarity:.3f}, {found.result.seconds:.1f} s: {output}"
    return "\n".join([head, *quality.reasons, *found.start.notes])
