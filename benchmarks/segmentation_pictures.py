"""A CT with the bones that were found, beside another's labels and the doubt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.imaging import LabelMap, Volume
from bonedensity.segmentation import Segmentation
from bonedensity.segmentation.network_grid import interpolated


def draw_case(ct: Volume, truth: LabelMap, found: Segmentation, file: Path) -> None:
    """Coronal slices (through the right femoral head and the spine), a sagittal and an axial one; PNG."""
    from matplotlib.figure import Figure

    doubt_on_ct = ct.with_array(interpolated(found.uncertainty, ct), unit="1")
    grids = ct, truth.volume, found.labels.volume, doubt_on_ct
    hu, others, own, doubt = (_upright(grid) for grid in grids)
    figure = Figure(figsize=(13, 12), layout="constrained")
    axes = figure.subplots(4, 4)
    for row, (axis, at) in enumerate(_places(others)):
        slices = [np.take(array, at, axis) for array in (hu, others, own, doubt)]
        for place, title in zip(axes[row], ("CT", "another network", "built-in network", "doubt"), strict=True):
            place.imshow(slices[0], cmap="gray", vmin=-200, vmax=700)
            place.set_axis_off()
            if row == 0:
                place.set_title(title)
        axes[row][1].imshow(_colours(slices[1], truth))
        axes[row][2].imshow(_colours(slices[2], found.labels))
        axes[row][3].imshow(slices[3], cmap="magma", vmin=0, vmax=0.5)
    figure.savefig(file, dpi=80)


def _upright(volume: Volume) -> NDArray[np.generic]:
    """The array with its head up, the front up and the patient's right on the left; the grid lies along the axes."""
    array = np.asarray(volume.array)
    flip = [slice(None, None, int(sign)) for sign in np.sign(np.diag(volume.index_to_patient)[:3])][::-1]
    return array[tuple(flip)][::-1]


def _places(labels: NDArray[np.generic]) -> list[tuple[int, int]]:
    """Axis and index of the slices: coronal through femur and lumbar spine, sagittal, axial through both heads."""

    def middle(values: tuple[int, ...], axis: int) -> int:
        at = np.argwhere(np.isin(labels, values))
        return int(np.median(at[:, axis])) if len(at) else labels.shape[axis] // 2

    spine = tuple(range(27, 32))
    return [(1, middle((76,), 1)), (1, middle(spine, 1)), (2, middle(spine, 2)), (0, middle((76,), 0))]


def _colours(labels: NDArray[np.generic], names: LabelMap) -> NDArray[np.float64]:
    table = np.zeros((256, 4))
    for value, name in names.names.items():
        if name in BY_NAME:
            table[value] = (*BY_NAME[name].color, 0.65)
    return table[labels.astype(int)]
