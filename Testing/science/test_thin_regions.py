"""A region so thin that its outline is much of it: it is measured, and its uncertainty says how little is known."""

import math

import numpy as np
import pytest

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.densitometry import Calibration, measure
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient

BONE = 900.0
CERTAIN = Calibration(1.0, 0.0, slope_uncertainty=0.0, intercept_uncertainty=0.0)
"""HU are mg/cm³, so that all that is uncertain is the outline."""


def plates(voxels, depth_mm):
    """CT and labels of four vertebrae that are plates, so many voxels thick from front to back, 40 x 24 mm wide."""
    hu = np.zeros((120, 9 + voxels, 56), np.float32)
    hu[0] = -1000
    label = np.zeros(hu.shape, np.uint8)
    for value in range(1, 5):
        plate = np.s_[28 * value - 20 : 28 * value + 4, 4 : 4 + voxels, 8:48]
        hu[plate], label[plate] = BONE, value
    grid = index_to_patient(spacing=(1.0, depth_mm, 1.0), origin=(-28, -20, -60))
    names = dict(enumerate(reversed(LUMBAR_L1_L4), 1))
    return Volume(hu, grid, unit="HU", name="plates"), LabelMap(Volume(label, grid, unit="1"), names)


@pytest.mark.parametrize(("voxels", "depth_mm"), [(1, 4.0), (2, 2.0), (3, 1.5), (12, 1.5)])
def test_a_plate_has_its_thickness_times_density_and_an_uncertainty_however_thin_it_is(voxels, depth_mm):
    abmd = measure(*plates(voxels, depth_mm), region="L1-L4", calibration=CERTAIN).measurements[0]
    assert abmd.value == pytest.approx(BONE * voxels * depth_mm * 1e-4, rel=0.002)
    assert math.isfinite(abmd.uncertainty)
    assert 0.01 * abmd.value < abmd.uncertainty < 0.3 * abmd.value


def test_of_a_plate_that_is_all_outline_less_is_known():
    thin, thick = (
        measure(*plates(voxels, 1.5), region="L1-L4", calibration=CERTAIN).measurements[0] for voxels in (3, 12)
    )
    assert thin.uncertainty / thin.value > 2 * thick.uncertainty / thick.value


def test_what_is_too_thin_to_count_as_bone_is_refused_by_its_name():
    with pytest.raises(AnatomyError, match=r"L1 vertebra is so thin.*no pixel"):  # 0.18 g/cm² is below the edge
        measure(*plates(1, 2.0), region="L1-L4", calibration=CERTAIN)
    ct, labels = plates(12, 1.5)
    label, hu = np.array(labels.volume.array), np.array(ct.array)
    one = tuple(np.argwhere(label == 2)[0])
    hu[label == 2], label[label == 2] = 0, 0
    hu[one], label[one] = BONE, 2
    coarse = index_to_patient(spacing=(2, 2, 2), origin=(0, 0, 0))  # its smoothed outline encloses nothing
    labels = LabelMap(Volume(label, coarse, unit="1"), labels.names)
    with pytest.raises(AnatomyError, match="L3 vertebra is so thin"):
        measure(Volume(hu, coarse, unit="HU"), labels, region="L1-L4", calibration=CERTAIN)
