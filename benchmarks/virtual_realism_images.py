"""The images that are compared: projections of CTs about the right femoral head, and hip radiographs cropped alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, uniform_filter

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.drr.physics import XraySettings, exposure_of
from bonedensity.drr.physics.materials import material_paths
from bonedensity.drr.render import rays_in_patient
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.read_radiograph import read_radiograph

SDD_MM, MAGNIFICATION, PIXEL_MM = 1150.0, 1.15, 1.0

CT_CROP_MM = (22.0, 95.0, 140.0, 10.0)
"""Of a projection, in the body: lateral, medial, above and below the right femoral head's centre; no ray leaves the
real scan, which ends below the heads."""

CROP_MM = (25.0, 70.0, 65.0, 40.0)
"""Of a radiograph, on the detector, in the same order about either head."""

BEHIND_MM = 25.0

REAL_CT, REAL_LABELS = "example_ct.nii.gz", "example_seg_fast_force_split.nii.gz"
REAL_HIP = Path("xr-hip-cr-nema-rg2") / "RG2_JPLL.dcm"
REAL_HEAD_PX = (820.0, 860.0)
"""Row and column of the left femoral head's centre in it, read off the picture."""

Picture = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A part of a radiograph.

    Attributes:
        image: (rows, columns); bone bright.
        pixel_mm: Of both.
    """

    image: Picture
    pixel_mm: float


def halved(volume: Volume) -> Volume:
    """Means over 2 x 2 x 2 voxels: a CT at twice the voxel size."""
    array = np.asarray(volume.array, dtype=np.float32)
    array = array[tuple(slice(0, n // 2 * 2) for n in array.shape)]
    k, j, i = (n // 2 for n in array.shape)
    affine = volume.index_to_patient.copy()
    affine[:3, 3] = volume.to_patient([0.5, 0.5, 0.5])
    affine[:3, :3] *= 2
    return Volume(array.reshape(k, 2, j, 2, i, 2).mean(axis=(1, 3, 5)), affine, volume.unit, volume.name)


def projected(ct: Volume, labels: LabelMap, seed: int) -> Crop:
    """-log of the exposure of a CT around its right femoral head, with quantum noise.

    Raises:
        AnatomyError: No right femoral head.
    """
    lateral, medial, above, below = CT_CROP_MM
    middle = fit_femur(labels, "R").head_centre + np.array([(medial - lateral) / 2, 0.0, (above - below) / 2])
    camera = c_arm_camera(
        sdd_mm=SDD_MM,
        source_to_isocentre_mm=SDD_MM / MAGNIFICATION,
        rows=int((above + below) * MAGNIFICATION / PIXEL_MM),
        columns=int((lateral + medial) * MAGNIFICATION / PIXEL_MM),
        pixel_spacing_mm=(PIXEL_MM, PIXEL_MM),
        isocentre=middle,
    )
    paths = material_paths(without_table(ct, labels), rays_in_patient(camera, RigidTransform.identity()))
    exposure = exposure_of(paths, (PIXEL_MM, PIXEL_MM), XraySettings(), np.random.default_rng(seed))
    return Crop(-np.log(np.maximum(exposure, 1e-6)), PIXEL_MM)


def without_table(ct: Volume, labels: LabelMap) -> Volume:
    """Air from `BEHIND_MM` behind the hindmost bone on: table, phantom and some fat."""
    bone = labels.volume.to_patient(np.argwhere(np.asarray(labels.volume.array) > 0)[:, ::-1])
    array = np.asarray(ct.array, dtype=np.float32).copy()
    row = np.arange(array.shape[1])
    depth = ct.to_patient(np.column_stack([0 * row, row, 0 * row]))[:, 1]
    array[:, depth > bone[:, 1].max() + BEHIND_MM] = -1000.0
    return ct.with_array(array)


def virtual_projection(folder: Path, seed: int) -> Crop:
    """Of a virtual person's CT at 3 mm, as the real one's voxels are."""
    ct = halved(read_ct(folder / "ct.nii.gz"))
    return projected(ct, read_label_map(folder / "labels.nii.gz", TOTALSEGMENTATOR_NAMES), seed)


def real_projection(data: Path) -> Crop:
    """Of the real CT."""
    folder = data / "ct-pelvis-lspine-totalseg"
    labels = read_label_map(folder / REAL_LABELS, TOTALSEGMENTATOR_NAMES)
    return projected(read_ct(folder / REAL_CT), labels, 0)


def virtual_radiographs(folder: Path) -> dict[str, Crop]:
    """Of one virtual person, by posture, around the femoral head."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["radiographs"]
    crops = {}
    for name, own in truth.items():
        side, pixel = own["side"], own["camera"]["pixel_spacing_mm"]
        where = "right" if side == "R" else "left"
        grey = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / f"{name}.png"))).astype(np.float64)
        column, row = own["landmarks_px"][f"femur_{where}_head_centre"]
        outwards = -1 if side == "R" else 1
        pixel_mm = float(np.mean(pixel))
        crop = _around(grey, (row, column), pixel_mm, pixel_mm, outwards)
        if crop is not None:
            crops[own["posture"]] = crop
    return crops


def real_radiograph(data: Path, pixel_mm: float) -> Crop:
    """The real hip radiograph, brought to a virtual one's pixels by means over them."""
    image = read_radiograph(data / REAL_HIP)
    spacing = float(image.spacing.row) if image.spacing else 0.2
    grey = uniform_filter(np.asarray(image.array, dtype=np.float64), pixel_mm / spacing)
    crop = _around(grey, REAL_HEAD_PX, spacing, pixel_mm, 1)
    if crop is None:
        raise SystemExit("The real radiograph does not hold the place that is compared.")
    return crop


def _around(grey: Picture, head: tuple[float, float], spacing_mm: float, pixel_mm: float, outwards: int) -> Crop | None:
    """A crop at another pixel size, the lateral side on the right; None where the image ends before."""
    lateral, medial, above, below = CROP_MM
    rows = head[0] + np.arange(-above, below, pixel_mm) / spacing_mm
    columns = head[1] + outwards * np.arange(-medial, lateral, pixel_mm) / spacing_mm
    if min(rows.min(), columns.min()) < 0 or rows.max() > grey.shape[0] - 1 or columns.max() > grey.shape[1] - 1:
        return None
    return Crop(map_coordinates(grey, np.meshgrid(rows, columns, indexing="ij"), order=1), pixel_mm)
