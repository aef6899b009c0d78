"""A CT from a DICOM folder, NIfTI, NRRD or MetaImage file, as Hounsfield units on its own grid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK

from bonedensity.errors import GeometryError, UnreadableFileError
from bonedensity.imaging.ct_series import chosen_series, find_ct_series
from bonedensity.imaging.ct_slices import compact_hu, loaded, without_copies
from bonedensity.imaging.ct_stack import evened, refuse_gaps, stacked, straightened
from bonedensity.imaging.dicom_tags import read_dicom, text
from bonedensity.imaging.files import AnyPath, FileKind, existing_file, existing_path, file_kind, image_stem
from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.sitk_bridge import from_sitk
from bonedensity.imaging.sitk_files import read_sitk_image
from bonedensity.imaging.volume import Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent

AIR_BELOW_HU = -500
"""Every CT of a patient has air around or inside with less than this."""

HEADERS_SHARE = 0.2
"""Share of the time that goes into finding the series."""


def read_ct(
    path: AnyPath,
    *,
    series_uid: str | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Volume:
    """A CT in HU, int16 or float32, on its own grid: nothing is turned, and what was resampled is in `notes`.

    Args:
        path: A folder of DICOM slices, or one .nii, .nii.gz, .nrrd, .nhdr, .mha or .mhd file.
        series_uid: Which series, where a folder holds several CT series.
        on_progress: Called while a folder is read.
        should_stop: Asked between two files of a folder.

    Raises:
        UnreadableFileError: Missing, damaged, no CT, several series and none chosen, or a slice missing.
        GeometryError: A grid that no scanner makes.
        CancelledError: `should_stop` said so.
    """
    found = existing_path(path)
    if found.is_dir():
        return _read_folder(found, series_uid, on_progress, should_stop)
    file = existing_file(found)
    kind = file_kind(file)
    if kind in ("nifti", "nrrd", "meta"):
        return _with_doubts(_read_file(file, kind))
    if kind == "dicom":
        modality = text(read_dicom(file, pixels=False), "Modality")
        if modality not in ("CT", ""):
            raise UnreadableFileError(f"“{file.name}” holds {modality}, not CT; choose a CT.")
        raise UnreadableFileError(
            f"“{file.name}” is one DICOM file of a CT; choose the folder that holds all its slices."
        )
    raise UnreadableFileError(
        f"“{file.name}” is no CT that is read: give a DICOM folder or a .nii, .nii.gz, .nrrd, .nhdr, .mha or .mhd file."
    )


def _read_folder(folder: Path, series_uid: str | None, on_progress: OnProgress, should_stop: ShouldStop) -> Volume:
    headers = part_of(on_progress, 0.0, HEADERS_SHARE)
    series = chosen_series(find_ct_series(folder, on_progress=headers, should_stop=should_stop), folder, series_uid)
    name = series.name
    stack, copies = without_copies(stacked(series), name)
    refuse_gaps(stack, name)
    notes: set[str] = set()
    array = loaded(stack, notes, part_of(on_progress, HEADERS_SHARE, 1.0), should_stop)
    array, stack, tilted = straightened(array, stack, name)
    array, step, uneven = evened(array, stack, name)
    affine = index_to_patient(spacing=[*stack.pixel, step], origin=stack.origin, directions=stack.directions)
    said = tuple(note for note in (copies, *sorted(notes), tilted, uneven) if note)
    return _with_doubts(Volume(array, affine, name=name, notes=said))


def _read_file(path: Path, kind: FileKind) -> Volume:
    image = read_sitk_image(path, kind)
    if image.GetNumberOfComponentsPerPixel() > 1:
        raise UnreadableFileError(f"“{path.name}” holds colours or vectors, not the HU of a CT.")
    image = _three_axes(image, path)
    volume = from_sitk(image, name=image_stem(path), notes=_orientation_notes(image, kind))
    if np.iscomplexobj(volume.array) or not np.isfinite(volume.array).all():
        raise UnreadableFileError(
            f"“{path.name}” holds values that are no finite numbers; write it again without them."
        )
    return volume.with_array(compact_hu(volume.array))


def _three_axes(image: SimpleITK.Image, path: Path) -> SimpleITK.Image:
    size = image.GetSize()
    if len(size) > 3 and max(size[3:]) > 1:
        raise UnreadableFileError(f"“{path.name}” holds {size[3]} volumes over time; export one of them.")
    if len(size) < 3 or min(size[:3]) < 2:
        raise UnreadableFileError(f"“{path.name}” holds one slice ({' x '.join(map(str, size))}); give a volume.")
    return image[:, :, :, 0] if len(size) == 4 else image


def _orientation_notes(image: SimpleITK.Image, kind: FileKind) -> tuple[str, ...]:
    """A note when the file does not say how its axes lie in the patient."""
    keys = set(image.GetMetaDataKeys())
    codes = [image.GetMetaData(key) for key in ("qform_code", "sform_code") if key in keys]
    unsaid = kind == "nifti" and bool(codes) and all(code == "0" for code in codes)
    if unsaid or (kind == "nrrd" and "NRRD_space" not in keys):
        return ("The file does not say how its axes lie in the patient; check left and right.",)
    return ()


def _with_doubts(volume: Volume) -> Volume:
    """The volume with a note if it does not look like HU.

    Raises:
        GeometryError: All voxels are equal.
    """
    low, high = volume.array.min(), volume.array.max()
    if low == high:
        raise GeometryError(f"All voxels of “{volume.name}” hold {low}; the export failed, so export it again.")
    if low <= AIR_BELOW_HU:
        return volume
    note = f"No voxel lies below {AIR_BELOW_HU} HU, as air does: check that this is a CT in HU."
    return replace(volume, notes=(*volume.notes, note))
