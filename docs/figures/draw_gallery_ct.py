"""Axial, coronal and sagittal CT slices of a virtual hip and a virtual spine, with names at the bones' own places."""

import numpy as np
from draw_gallery_hip import WOMAN as HIP_WOMAN
from draw_gallery_pen import LINE, film, save
from draw_gallery_spine import WOMAN as SPINE_WOMAN

from bonedensity.anatomy.labels import title_of
from bonedensity.virtual.gathered import gathered_body
from bonedensity.virtual.hip import HEALTHY as HEALTHY_HIP
from bonedensity.virtual.hip import SUPINE as HIP_SUPINE
from bonedensity.virtual.hip import make_hip_body
from bonedensity.virtual.painted import covering_lattice
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.scan import ScannerSettings, scan_body
from bonedensity.virtual.spine import HEALTHY as HEALTHY_SPINE
from bonedensity.virtual.spine import SUPINE as SPINE_SUPINE
from bonedensity.virtual.spine import make_spine_body

VOXEL_MM = 1.0

WINDOW_HU = (-250.0, 750.0)

FEWEST = 120
"""Pixels of a bone in a slice from which it is named."""


def scanned(body):
    """A CT at 1 mm with table and phantom."""
    once = PaintedOnce(body, VOXEL_MM)
    painted = gathered_body(once, covering_lattice(body.low, body.high, VOXEL_MM))
    settings = ScannerSettings(pixel_mm=VOXEL_MM, slice_mm=VOXEL_MM, step_mm=VOXEL_MM, noise_hu=14.0)
    return scan_body(painted, settings, np.random.default_rng(3))


def slices(scan, point):
    """Axial, coronal and sagittal slice through a place (LPS mm): HU, labels, title, as a reader sees them."""
    i, j, k = np.round(scan.ct.to_index(point)).astype(int)
    hu, labels = np.asarray(scan.ct.array), np.asarray(scan.labels.volume.array)
    return [
        (hu[k], labels[k], "axial"),
        (hu[::-1, j], labels[::-1, j], "coronal"),
        (hu[::-1, :, i], labels[::-1, :, i], "sagittal"),
    ]


def draw_ct():
    """`gallery-ct-hip.png` and `gallery-ct-spine.png`."""
    hip = make_hip_body(HIP_WOMAN, HIP_SUPINE, HEALTHY_HIP)
    _draw(scanned(hip), hip.landmarks["femur_left_head_centre"], "ct-hip", (9.5, 4.0))
    spine = make_spine_body(SPINE_WOMAN, posture=SPINE_SUPINE, variant=HEALTHY_SPINE)
    _draw(scanned(spine), spine.landmarks["vertebrae_L3_centre"] + [0.0, 0.0, 6.0], "ct-spine", (9.5, 3.4))


def _draw(scan, point, name, size):
    parts = slices(scan, point)
    widths = [hu.shape[1] / hu.shape[0] for hu, _, _ in parts]
    figure, panels = film(*size, columns=3, width_ratios=widths)
    figure.subplots_adjust(0.005, 0.03, 0.995, 0.92, wspace=0.03)
    for panel, (hu, labels, title) in zip(panels, parts, strict=True):
        panel.imshow(hu, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], interpolation="bilinear")
        panel.set_title(title, color="#f2f2f2", fontsize=9, pad=3)
        _name_bones(panel, labels, scan.labels.names)
    save(figure, name, dpi=120)


def _name_bones(panel, labels, names):
    for value, count in enumerate(np.bincount(labels.ravel())):
        if value and count >= FEWEST:
            rows, columns = np.nonzero(labels == value)
            text = title_of(names[value]).replace(" vertebra", "")
            nearest = np.hypot(columns - columns.mean(), rows - rows.mean()).argmin()
            panel.plot(columns[nearest], rows[nearest], "o", ms=2, color=LINE)
            at, beside = (columns[nearest], rows[nearest]), {"textcoords": "offset points", "va": "center"}
            panel.annotate(text, at, (4, 0), **beside, color=LINE, fontsize=6.5)
