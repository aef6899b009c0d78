"""Slices show where a point of the CT lies, on whatever grid it stands."""

import numpy as np
import pytest

from bonedensity.geometry import RigidTransform
from bonedensity.imaging import Volume
from bonedensity.workflows.slice_pictures import PLANES, slice_at, slice_count, slice_picture

TURN = RigidTransform.from_parameters([8, -5, 10, 4, 5, 6], centre=[0, 0, 0]).rotation

SPOT = np.array([12.0, -30.0, 44.0])

GRIDS = {
    "usual": (np.diag([0.9, 0.9, 2.5]), (0, 1, 2)),
    "flipped": (np.diag([-0.9, -0.9, -2.5]), (0, 1, 2)),
    "sagittal series": (np.array([[0, 0, 2.0], [0.8, 0, 0], [0, -1.2, 0]]), (1, 2, 0)),
    "oblique": (TURN @ np.diag([1.0, 1.1, 3.0]), (0, 1, 2)),
}


def spotted(name):
    """A CT of air with one dense voxel, whose place it returns."""
    axes, _ = GRIDS[name]
    array = np.full((31, 36, 41), -1000, dtype=np.int16)
    index = np.array([17, 20, 13])
    array[tuple(index[::-1])] = 3000
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, SPOT - axes @ index
    return Volume(array, affine)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("plane", PLANES)
def test_a_dense_spot_shows_where_its_place_is_said_to_be_and_nowhere_else(name, plane):
    ct = spotted(name)
    number = slice_at(ct, plane, SPOT)
    picture = slice_picture(ct, plane, number)
    row, column = np.unravel_index(picture.grey.argmax(), picture.grey.shape)
    assert np.linalg.norm(picture.to_patient([column, row]) - SPOT) < 0.75 * np.linalg.norm(picture.steps[0])
    assert picture.from_patient(SPOT) == pytest.approx([column, row], abs=0.6)
    assert picture.distance_mm(SPOT) == pytest.approx(0, abs=1e-6)
    other = slice_picture(ct, plane, number - 1 if number else number + 1)
    assert other.grey.max() == 0
    assert other.distance_mm(SPOT) > 0.5


@pytest.mark.parametrize("name", GRIDS)
def test_pictures_lie_as_radiologists_lay_them_with_square_pixels(name):
    """Columns go to the patient's left (axial, coronal) or back (sagittal), rows to the back (axial) or the feet."""
    ct = spotted(name)
    for plane, right, down in (("axial", (0, 1), (1, 1)), ("coronal", (0, 1), (2, -1)), ("sagittal", (1, 1), (2, -1))):
        steps = slice_picture(ct, plane, 5).steps
        sizes = np.linalg.norm(steps, axis=1)
        assert sizes[0] == pytest.approx(sizes[1])
        for step, (axis, sign) in zip(steps, (right, down), strict=True):
            assert step[axis] * sign / sizes[0] > 0.9


def test_the_number_of_slices_is_the_grids():
    ct = spotted("sagittal series")
    assert [slice_count(ct, plane) for plane in PLANES] == [36, 41, 31]
