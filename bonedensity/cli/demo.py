"""`bonedensity demo`: the main job, end to end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer, errors, progress_bar
from bonedensity.densitometry import Calibration
from bonedensity.errors import MissingDependencyError, UnreadableFileError
from bonedensity.imaging.write import write_radiograph_png
from bonedensity.workflows.inputs import CaseInputs, read_inputs, virtual_inputs
from bonedensity.workflows.registered_case import RegisteredCase, register_case
from bonedensity.workflows.report import report_html
from bonedensity.workflows.results import case_to_json, write_csv, write_json


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for report, numbers and scene.")] = Path(
        "bonedensity-demo"
    ),
    ct: Annotated[Path | None, typer.Option(help="CT: DICOM folder, NIfTI, NRRD or MHA.")] = None,
    segmentation: Annotated[Path | None, typer.Option(help="Bone labels with TotalSegmentator's values.")] = None,
    xray: Annotated[Path | None, typer.Option(help="Radiograph: DICOM, PNG or TIFF. Default: simulated.")] = None,
    camera: Annotated[Path | None, typer.Option(help="CAM.json of the radiograph.")] = None,
    sdd: Annotated[float | None, typer.Option(help="Source-to-detector distance (mm), without a camera file.")] = None,
    calibration: Annotated[str | None, typer.Option(help="HU to mg/cm³: SLOPE,INTERCEPT.")] = None,
    seed: Annotated[int, typer.Option(help="Of the virtual patient, the hidden pose and the search.")] = 0,
    scene: Annotated[bool, typer.Option(help="Also write scene.mrb for 3D Slicer.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Register a CT to an X-ray, project each bone, measure, and write a report and a Slicer scene.

    Without files it runs on a virtual patient; with a CT alone it simulates the X-ray at a hidden pose.
    """
    started = time.perf_counter()
    if ct is None and (segmentation or xray):
        raise UnreadableFileError("--segmentation and --xray belong to a CT: give --ct too.")
    with progress_bar() as on_progress:
        on_progress(0.0, "Reading" if ct else "Making a virtual patient")
        inputs = read_inputs(ct=ct, segmentation=segmentation, xray=xray, camera=camera) if ct else virtual_inputs(seed)
        chosen = None if calibration is None else Calibration.parse(calibration)
        case = register_case(inputs, calibration=chosen, sdd_mm=sdd, seed=seed, on_progress=on_progress)
        on_progress(0.9, "Writing report and scene")
        outputs = _write(case, output, scene=scene)
    values = {**case_to_json(case), "outputs": outputs, "seconds": time.perf_counter() - started}
    answer(values, as_json, lambda: _summary(case, inputs, outputs))


def _write(case: RegisteredCase, folder: Path, *, scene: bool) -> list[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableFileError(f"The folder “{folder}” cannot be made: {error.strerror}.") from error
    report, results, table, xray = (folder / n for n in ("report.html", "results.json", "results.csv", "xray.png"))
    report.write_text(report_html(case), encoding="utf-8")
    values = case_to_json(case)
    write_json(values, results)
    write_json(values["registration"]["camera"], folder / "camera.json")
    write_json(case.registration.to_json(), folder / "pose.json")
    write_csv(case, table)
    write_radiograph_png(case.radiograph, xray)
    written = [report, results, table, xray, folder / "camera.json", folder / "pose.json"]
    if scene:
        written += _write_scene(case, folder / "scene.mrb")
    return [str(path) for path in written]


def _write_scene(case: RegisteredCase, path: Path) -> list[Path]:
    try:
        from bonedensity.cli.demo_scene import write_scene

        write_scene(case, path)
    except (MissingDependencyError, ModuleNotFoundError):
        errors.print(
            "scene.mrb was not written: it needs slicer-core (pip install 'bonedensity[scene]').", markup=False
        )
        return []
    return [path]


def _summary(case: RegisteredCase, inputs: CaseInputs, outputs: list[str]) -> str:
    quality = case.registration.quality
    lines = [f"Registration: {'accepted' if quality.accepted else 'doubtful'}, similarity {quality.similarity:.2f}"]
    if case.end_error is not None and case.start_error is not None:
        before, after = case.start_error.in_plane_mm, case.end_error.in_plane_mm
        lines.append(f"In-plane mTRE: {before:.1f} mm before, {after:.2f} mm after (the X-ray is simulated)")
    lines += [f"  {reason}" for reason in quality.reasons]
    lines += [f"{m.name}: {m}" for m in case.measurements if m.name.startswith(("aBMD", "T-score"))]
    lines += [f"Not measured: {title}. {why}" for title, why in case.refusals.items()]
    lines += [f"Note: {note}" for note in case.notes]
    lines += ["Written: " + ", ".join(outputs)]
    return "\n".join(lines)
