"""Bones and pictures, written as DICOM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text, texts
from bonedensity.progress import stop_if_asked

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

OWN_CT = "The CT came from no DICOM files, so it was written as a series of its own, which the segmentation refers to."


def export_segmentation(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A DICOM SEG of the bones; where the CT has no DICOM files that fit, also the CT, in a folder beside it."""
    from bonedensity.anatomy.labels import BY_NAME
    from bonedensity.imaging.dicom_headers import headers_of_files, new_headers
    from bonedensity.imaging.write_dicom import write_dicom_ct, write_dicom_segmentation

    path, ct = Path(text(parameters, "path")), context.load(parameters["ct"], Volume)
    context.on_progress(0.1, "Reading the CT's headers")
    files, notes = texts(parameters, "files") or [], []
    headers = headers_of_files(ct, files) if files else None
    stop_if_asked(context.should_stop)
    if headers is None:
        headers = new_headers(ct, description=ct.name)
        folder = path.with_name(f"{path.stem.split('.')[0]}_ct")
        folder.mkdir(parents=True, exist_ok=True)
        context.on_progress(0.3, "Writing the CT")
        write_dicom_ct(ct, folder, headers)
        notes.append(OWN_CT)
    stop_if_asked(context.should_stop)
    context.on_progress(0.6, "Writing the segmentation")
    codes = {name: (bone.snomed, bone.meaning) for name, bone in BY_NAME.items()}
    labels = context.load(parameters["labels"], LabelMap)
    write_dicom_segmentation(labels, path, headers=headers, codes=codes, engine=text(parameters, "engine", "unknown"))
    return {"path": str(path), "notes": notes}


def export_capture(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A picture (rows, columns, 3) as a DICOM secondary capture, in the study of one of the files that are given."""
    from bonedensity.imaging.write_dicom import write_dicom_capture

    path = Path(text(parameters, "path"))
    picture = np.asarray(context.exchange.get(parameters["picture"], np.ndarray), dtype=np.uint8)
    like = _first_header(texts(parameters, "files") or [])
    write_dicom_capture(picture, path, like=like, description=text(parameters, "description", "Bone density"))
    return {"path": str(path), "notes": []}


def _first_header(files: list[str]) -> Dataset | None:
    from bonedensity.imaging.dicom_tags import read_dicom

    return read_dicom(Path(files[0]), pixels=False) if files else None
