"""One person's images as files; truth.json comes last, so that a folder with it is whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.errors import UnwritableFileError
from bonedensity.imaging.areal_greys import greys_of_areal
from bonedensity.imaging.write import write_array_image, write_label_map, write_volume
from bonedensity.virtual.cohort.dicom_ct import write_ct_dicom
from bonedensity.virtual.cohort.dicom_xray import write_dxa_dicom, write_radiograph_dicom
from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.person_images import PersonImages, image_person
from bonedensity.virtual.dxa import DxaScan
from bonedensity.virtual.population import Region, row_of
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.radiographs import VirtualRadiograph
from bonedensity.whole_file import written_whole

TRUTH = "truth.json"
Entry = dict[str, Any]
"""A row of the manifest beside the person's own columns: relative paths and measured values."""


def folder_of(person: Person) -> Path:
    """Where a person's visit lies below the cohort's folder."""
    return Path(person.identifier) / f"visit_{person.visit}"


def fingerprint(region: Region, person: Person, options: CohortOptions) -> str:
    """Of everything that the images depend on."""
    text = json.dumps([region, row_of(person), options.to_json()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def finished_entry(region: Region, person: Person, options: CohortOptions, root: Path) -> Entry | None:
    """The manifest's entry of a visit that is whole already; None where there is none.

    Raises:
        UnwritableFileError: The folder holds a visit made of another person or with other options.
    """
    path = root / folder_of(person) / TRUTH
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
        found, entry = truth["fingerprint"], dict(truth["entry"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if found != fingerprint(region, person, options):
        raise UnwritableFileError(
            f"“{path.parent}” holds images made of another person or with other options: choose an empty folder."
        )
    return entry


def write_person(region: Region, person: Person, options: CohortOptions, root: Path) -> Entry:
    """Make a person's images and write them.

    Args:
        region: Hip or spine.
        person: At one visit.
        options: What to make.
        root: The cohort's folder.

    Returns:
        The entry for the manifest; paths are relative to `root`.

    Raises:
        UnwritableFileError: The folder cannot be written, or the disk is full.
    """
    folder = root / folder_of(person)
    images = image_person(region, person, options)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entry = _write_images(images, options, root, folder)
        truth = {
            "fingerprint": fingerprint(region, person, options),
            "synthetic": True,
            "person": row_of(person),
            "options": options.to_json(),
            "entry": entry,
            "body": images.truth,
            "ct": images.ct.truth if images.ct else None,
            "radiographs": {name: image.truth for name, image in images.radiographs.items()},
            "dxa": {name: scan.truth for name, scan in images.dxa.items()},
        }
        with written_whole(folder / TRUTH) as part:
            part.write_text(json.dumps(truth, indent=1, default=_plain) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnwritableFileError(
            f"“{folder}” cannot be written ({error.strerror}): check its permissions and that the disk is not full."
        ) from error
    return entry


def _write_images(images: PersonImages, options: CohortOptions, root: Path, folder: Path) -> Entry:
    entry: Entry = {"region": images.region, "folder": folder.relative_to(root).as_posix()}
    person = images.person

    def put(column: str, name: str) -> Path:
        entry[column] = (folder / name).relative_to(root).as_posix()
        return folder / name

    if images.ct is not None:
        write_volume(images.ct.ct, put("ct", "ct.nii.gz"))
        write_label_map(images.ct.labels, put("labels", "labels.nii.gz"))
        density = images.ct.density
        write_volume(density.with_array(np.rint(density.array).astype(np.int16)), put("density", "density.nii.gz"))
        if options.ct_dicom:
            write_ct_dicom(person, images.ct, put("ct_dicom", "ct_dicom"))
    for name, radiograph in images.radiographs.items():
        _write_radiograph(radiograph, put(name, f"{name}.png"), folder / name)
        if options.dicom:
            write_radiograph_dicom(person, name, radiograph, put(f"{name}_dicom", f"{name}.dcm"))
    for name, scan in images.dxa.items():
        write_array_image(greys_of_areal(scan.bone), put(f"{name}_bone", f"{name}_bone.png"))
        entry |= _numbers(name, scan)
        if scan.system.manufacturer == "GE Lunar":
            write_array_image(scan.export, put(name, f"{name}.png"))
            if options.dicom:
                write_dxa_dicom(person, name, scan, put(f"{name}_dicom", f"{name}.dcm"))
    put("truth", TRUTH)
    return entry


def _write_radiograph(radiograph: VirtualRadiograph, path: Path, stem: Path) -> None:
    """The image, and beside it areal densities (one grey is 1e-4 g/cm²) and the region's mask."""
    write_array_image(radiograph.image.array, path)
    write_array_image(greys_of_areal(radiograph.mineral), stem.with_name(f"{stem.name}_mineral.png"))
    if radiograph.view.side:
        write_array_image(greys_of_areal(radiograph.femur), stem.with_name(f"{stem.name}_femur.png"))
        write_array_image(greys_of_areal(radiograph.proximal_femur), stem.with_name(f"{stem.name}_proximal_femur.png"))
        mask = 255 * radiograph.region.astype(np.uint8)
        write_array_image(mask, stem.with_name(f"{stem.name}_region.png"))


def _numbers(name: str, scan: DxaScan) -> Entry:
    """BMD, area, width and height of a scan's regions, as columns."""
    entry: Entry = {}
    for region in scan.regions:
        if region.name.startswith("vertebrae"):
            continue
        key = f"{name}_{region.name.lower().replace('-', '_')}"
        entry |= {f"{key}_bmd": round(region.abmd, 5), f"{key}_area": round(region.area_cm2, 4)}
        if region.height_mm:
            entry |= {f"{key}_width": round(region.width_mm / 10, 4), f"{key}_height": round(region.height_mm / 10, 4)}
    return entry


def _plain(value: object) -> object:
    """NumPy values as JSON's own."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
