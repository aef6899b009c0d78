"""C-arm angles: where the source goes, and how the image lies."""

import numpy as np
import pytest

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, c_arm_camera

LEFT, POSTERIOR, HEAD = 0, 1, 2
"""Axes of the patient frame (LPS)."""

ISOCENTRE = np.array([10.0, -20.0, 30.0])


def a_camera(**changes) -> PinholeCamera:
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 700.0,
        "rows": 201,
        "columns": 301,
        "pixel_spacing_mm": (1.0, 1.0),
        "isocentre": ISOCENTRE,
    }
    return c_arm_camera(**{**values, **changes})


@pytest.mark.parametrize("beam", ["AP", "PA"])
@pytest.mark.parametrize("primary_deg", [-80, 0, 35])
@pytest.mark.parametrize("secondary_deg", [-40, 0, 25])
def test_the_isocentre_stays_on_the_central_ray_at_its_distance(beam, primary_deg, secondary_deg):
    camera = a_camera(beam=beam, primary_deg=primary_deg, secondary_deg=secondary_deg)
    np.testing.assert_allclose(camera.project(ISOCENTRE), [150, 100], atol=1e-9)
    assert np.linalg.norm(camera.source - ISOCENTRE) == pytest.approx(700)


def test_ap_has_its_source_in_front_of_the_patient_and_pa_behind():
    np.testing.assert_allclose(a_camera(beam="AP").source - ISOCENTRE, [0, -700, 0], atol=1e-9)
    np.testing.assert_allclose(a_camera(beam="PA").source - ISOCENTRE, [0, 700, 0], atol=1e-9)


@pytest.mark.parametrize(("beam", "sign"), [("AP", 1), ("PA", -1)])
def test_a_positive_primary_angle_swings_what_is_in_front_to_the_patients_left(beam, sign):
    """In front is the source for AP; for PA it is the detector, and the source goes to the right."""
    source = a_camera(beam=beam, primary_deg=30).source - ISOCENTRE
    np.testing.assert_allclose(source, sign * 700 * np.array([0.5, -np.sqrt(0.75), 0]), atol=1e-9)


@pytest.mark.parametrize(("beam", "sign"), [("AP", 1), ("PA", -1)])
def test_a_positive_secondary_angle_swings_what_is_in_front_to_the_head(beam, sign):
    source = a_camera(beam=beam, secondary_deg=30).source - ISOCENTRE
    np.testing.assert_allclose(source, sign * 700 * np.array([0, -np.sqrt(0.75), 0.5]), atol=1e-9)


def test_the_secondary_angle_is_taken_in_the_plane_that_the_primary_angle_turned():
    source = a_camera(primary_deg=90, secondary_deg=30).source - ISOCENTRE
    np.testing.assert_allclose(source, 700 * np.array([np.sqrt(0.75), 0, 0.5]), atol=1e-9)


@pytest.mark.parametrize(("beam", "sign"), [("AP", 1), ("PA", -1)])
def test_the_patients_left_is_to_the_right_in_ap_and_to_the_left_in_pa(beam, sign):
    """Arrays are as seen from the source."""
    camera = a_camera(beam=beam)
    step = camera.project(ISOCENTRE + 10 * np.eye(3)[LEFT]) - camera.project(ISOCENTRE)
    np.testing.assert_allclose(step, [sign * 10 * 1000 / 700, 0], atol=1e-9)


@pytest.mark.parametrize("beam", ["AP", "PA"])
def test_the_head_is_up(beam):
    camera = a_camera(beam=beam)
    step = camera.project(ISOCENTRE + 10 * np.eye(3)[HEAD]) - camera.project(ISOCENTRE)
    np.testing.assert_allclose(step, [0, -10 * 1000 / 700], atol=1e-9)


@pytest.mark.parametrize(("beam", "nearer"), [("AP", -1), ("PA", 1)])
def test_what_lies_nearer_to_the_source_is_larger(beam, nearer):
    camera = a_camera(beam=beam)
    offset = 100 * nearer * np.eye(3)[POSTERIOR]
    widths = [
        abs(np.diff(camera.project(ISOCENTRE + shift + [[-5, 0, 0], [5, 0, 0]])[:, 0]))[0]
        for shift in (offset, -offset)
    ]
    assert widths[0] > widths[1]


def test_a_lateral_view_is_an_ap_turned_by_ninety_degrees():
    camera = a_camera(primary_deg=90)
    step = camera.project(ISOCENTRE + 10 * np.eye(3)[POSTERIOR]) - camera.project(ISOCENTRE)
    assert step[0] > 0
    assert step[1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("distance_mm", [0.0, -5.0, 1000.0, 1200.0, np.nan])
def test_an_isocentre_that_is_not_between_source_and_detector_is_refused(distance_mm):
    with pytest.raises(GeometryError, match="between source and detector"):
        a_camera(source_to_isocentre_mm=distance_mm)
