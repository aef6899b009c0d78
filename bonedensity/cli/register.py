"""`bonedensity register`: the pose of a CT from one or more radiographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar
from bonedensity.cli.poses import read_pose
from bonedensity.errors import GeometryError
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.registration import RegistrationConfig, View
from bonedensity.registration import register as register_views
from bonedensity.registration.region import body_region
from bonedensity.workflows.inputs import read_camera, read_inputs
from bonedensity.workflows.results import write_json
from bonedensity.workflows.setup import centred_pose, registrable_bones


def register(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    xray: Annotated[list[Path], typer.Argument(help="Radiographs, one camera each.")],
    camera: Annotated[list[Path], typer.Option(help="CAM.json, once for each radiograph, in order.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="POSE.json to write.")],
    segmentation: Annotated[Path | None, typer.Option(help="Bone labels.")] = None,
    labels: Annotated[str | None, typer.Option(help="Bones to register together, with commas.")] = None,
    init: Annotated[Path | None, typer.Option(help="POSE.json to start from; default centred.")] = None,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Register a CT to radiographs by gradient correlation and CMA-ES, and judge the result."""
    if len(xray) != len(camera):
        raise GeometryError(f"{len(xray)} radiographs need as many --camera files, but {len(camera)} were given.")
    inputs = read_inputs(ct=ct, segmentation=segmentation)
    images = [read_radiograph(path).array for path in xray]
    views = [View(image, read_camera(path), body_region(image)) for image, path in zip(images, camera, strict=True)]
    wanted = None if labels is None else [name.strip() for name in labels.split(",")]
    bones = wanted or registrable_bones(inputs.ct, inputs.labels)
    start = read_pose(init) if init is not None else centred_pose(inputs.labels, bones)[0]
    with progress_bar() as on_progress:
        result = register_views(
            inputs.ct,
            views,
            initial=start,
            config=RegistrationConfig(seed=seed),
            labels=inputs.labels,
            bones=bones,
            on_progress=on_progress,
        )
    values = {**result.to_json(), "bones": list(bones), "outputs": [str(output)]}
    write_json(values, output)

    def text() -> str:
        quality = result.quality
        decision = "accepted" if quality.accepted else "doubtful"
        head = f"{decision}, similarity {quality.similarity:.3f}, {result.seconds:.1f} s: {output}"
        return "\n".join([head, *quality.reasons])

    answer(values, as_json, text)
