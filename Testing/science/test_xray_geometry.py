"""The X-ray form's numbers and the camera say the same thing, and the drawing is to scale."""

import numpy as np
import pytest

from bonedensity.imaging import PixelSpacing, Radiograph
from bonedensity.workflows.setup_drawing import detector_mm, setup_drawing
from bonedensity.workflows.xray_geometry import VIEWS, XrayGeometry, angles_of

IMAGE = Radiograph(np.random.default_rng(0).uniform(size=(50, 40)))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("primary", "secondary"), [(0, 0), (20, 10), (-30, -15), (44, 60)])
def test_angles_survive_the_way_to_a_camera_and_back(view, primary, secondary):
    geometry = XrayGeometry((0.5, 0.5), "user", view=view, primary_deg=primary, secondary_deg=secondary)
    assert angles_of(geometry.camera(IMAGE, None)) == (view, pytest.approx(primary), pytest.approx(secondary))


@pytest.mark.parametrize(
    ("view", "direction"), [("AP", (0, -1, 0)), ("PA", (0, 1, 0)), ("LEFT", (1, 0, 0)), ("RIGHT", (-1, 0, 0))]
)
def test_the_source_stands_where_the_view_says(view, direction):
    camera = XrayGeometry((0.5, 0.5), "user", view=view).camera(IMAGE, None)
    assert np.allclose(camera.source / np.linalg.norm(camera.source), direction)


@pytest.mark.parametrize("view", VIEWS)
def test_head_is_up_in_every_view(view):
    camera = XrayGeometry((0.5, 0.5), "user", view=view).camera(IMAGE, None)
    (_, foot), (_, head) = camera.project([[0, 0, -50], [0, 0, 50]])
    assert head < foot


def test_a_lateral_file_and_a_pa_file_begin_with_their_view():
    assert XrayGeometry.of(Radiograph(IMAGE.array, view="PA"), None).view == "PA"
    assert XrayGeometry.of(Radiograph(IMAGE.array, view="LATERAL"), None).view == "LEFT"
    assert XrayGeometry.of(IMAGE, None).view == "AP"


def test_a_camera_that_no_angles_tell_keeps_its_roll_until_angles_are_asked_for():
    from bonedensity.geometry import RigidTransform

    nominal = XrayGeometry((0.5, 0.5), "user")
    rolled = nominal.camera(IMAGE, None)
    roll = RigidTransform.from_parameters((0, 0, 25, 0, 0, 0), centre=(0, 0, 0))
    rolled = rolled.posed(roll @ rolled.camera_from_world)
    geometry = XrayGeometry.of(IMAGE, rolled)
    assert np.allclose(geometry.camera(IMAGE, rolled).camera_from_world.rotation, rolled.camera_from_world.rotation)


def test_a_spacing_in_the_patient_is_not_taken_as_the_detectors():
    calibrated = Radiograph(IMAGE.array, spacing=PixelSpacing(0.2, 0.2, "calibrated"))
    assert XrayGeometry.of(calibrated, None).spacing_mm is None


def test_the_drawing_is_to_scale():
    geometry = XrayGeometry((2.0, 2.0), "user", sdd_mm=1200, source_to_isocentre_mm=900)
    drawing = setup_drawing(geometry, IMAGE)
    detector = next(stroke for stroke in drawing.strokes if stroke.kind == "detector")
    axis = next(stroke for stroke in drawing.strokes if stroke.kind == "axis")
    per_mm = (axis.points[1][0] - axis.points[0][0]) / 1200
    tall = abs(detector.points[1][1] - detector.points[0][1])
    assert tall / per_mm == pytest.approx(detector_mm(geometry, IMAGE)) == pytest.approx(80)
    body = np.array(next(stroke for stroke in drawing.strokes if stroke.kind == "patient").points)
    middle = (body.min(axis=0) + body.max(axis=0)) / 2
    assert (middle[0] - axis.points[0][0]) / per_mm == pytest.approx(900, abs=1)


@pytest.mark.parametrize(("view", "letter"), [("AP", "A"), ("PA", "P"), ("LEFT", "L"), ("RIGHT", "R")])
def test_the_side_that_faces_the_source_is_drawn_there(view, letter):
    drawing = setup_drawing(XrayGeometry(view=view), None)
    letters = {words.text: words.x for words in drawing.words if words.kind == "patient"}
    assert min(letters, key=letters.get) == letter


def test_patient_left_is_where_the_view_from_the_feet_shows_it():
    """From the feet, front up, the patient's left is on the viewer's right; here the front faces left."""
    letters = {w.text: w.y for w in setup_drawing(XrayGeometry(view="AP"), None).words if w.kind == "patient"}
    assert letters["L"] < letters["R"]


def test_everything_drawn_lies_within_the_picture():
    for sdd, isocentre, view in ((100, 50, "AP"), (5000, 4900, "PA"), (1150, 1000, "LEFT")):
        geometry = XrayGeometry((0.2, 0.2), "user", sdd_mm=sdd, source_to_isocentre_mm=isocentre, view=view)
        drawing = setup_drawing(geometry, IMAGE)
        assert all(-1 <= w.y <= drawing.height for w in drawing.words)
        assert 0 < drawing.height < 3000
