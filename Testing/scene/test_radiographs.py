from dataclasses import replace

import numpy as np
import pytest
import vtk

from bonedensity.errors import GeometryError
from bonedensity.geometry import camera_from_projection_matrix
from bonedensity.scene.cameras import camera_from_fact, camera_to_fact
from bonedensity.scene.models import beam_to_node
from bonedensity.scene.overlays import node_to_overlay, overlay_to_node
from bonedensity.scene.radiographs import node_to_radiograph, radiograph_to_node
from bonedensity.scene.transforms import put_under, transform_to_node
from bonedensity.workflows.beam import detector_grid


@pytest.fixture(params=["distances", "unequal focal lengths", "bare matrix"])
def any_camera(request, camera):
    if request.param == "distances":
        return camera
    if request.param == "bare matrix":
        return replace(camera, pixel_spacing_mm=None)
    return camera_from_projection_matrix(
        np.diag([1.0, 1.002, 1.0]) @ camera.projection_matrix, rows=40, columns=50, pixel_spacing_mm=(1.4, 1.1)
    )


def index_from_ras(node, points):
    matrix = vtk.vtkMatrix4x4()
    node.GetRASToIJKMatrix(matrix)
    return np.array([matrix.MultiplyPoint([*point, 1.0])[:3] for point in points])


def test_image_camera_and_facts_come_back_exactly(scene, radiograph, any_camera, reloaded):
    node = radiograph_to_node(scene, radiograph, any_camera)
    for found in (node, reloaded(scene, node)):
        image, camera = node_to_radiograph(found)
        assert image.array.tobytes() == radiograph.array.tobytes()
        for field in ("spacing", "sdd_mm", "view", "laterality", "name", "notes", "tags"):
            assert getattr(image, field) == getattr(radiograph, field)
        assert (camera.rows, camera.columns) == (40, 50)
        assert camera.pixel_spacing_mm == any_camera.pixel_spacing_mm
        np.testing.assert_allclose(camera.projection_matrix, any_camera.projection_matrix, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(camera.intrinsics, any_camera.intrinsics, rtol=1e-12, atol=1e-9)


def test_a_landmark_s_ray_meets_the_image_in_the_pixel_it_projects_to(scene, radiograph, any_camera, reloaded):
    """Slicer's own matrices, the line from source to landmark, the image's plane: the same pixel as `project`."""
    node = reloaded(scene, radiograph_to_node(scene, radiograph, any_camera))
    middle = any_camera.source + 800 * any_camera.camera_from_world.rotation[2]
    landmarks = middle + np.random.default_rng(0).uniform(-20, 20, (50, 3))
    flip = np.array([-1, -1, 1])
    source, ends = index_from_ras(node, [any_camera.source * flip])[0], index_from_ras(node, landmarks * flip)
    share = source[2] / (source[2] - ends[:, 2])  # where k = 0
    met = source + share[:, None] * (ends - source)
    np.testing.assert_allclose(met[:, :2], any_camera.project(landmarks), atol=1e-6)


def test_the_image_stands_where_the_detector_stood(scene, radiograph, camera):
    grid = detector_grid(camera)
    np.testing.assert_allclose(np.linalg.norm(grid[:3, :3], axis=0), [1.1, 1.4, 1.0], atol=1e-12)
    in_camera = camera.camera_from_world.apply(grid[:3, 3])
    assert in_camera[2] == pytest.approx(1020.0)
    assert np.linalg.det(grid[:3, :3]) > 0


def test_a_moved_image_takes_its_camera_along(scene, radiograph, camera, world_from_ct):
    node = radiograph_to_node(scene, radiograph, camera)
    put_under(node, transform_to_node(scene, world_from_ct, "moved"))
    _, moved = node_to_radiograph(node)
    point = camera.source + 700 * camera.camera_from_world.rotation[2]
    np.testing.assert_allclose(moved.project(world_from_ct.apply(point)), camera.project(point), atol=1e-8)


def test_what_cannot_stand_is_refused(scene, radiograph, camera):
    with pytest.raises(GeometryError, match="40 x 50 pixels, but its camera's detector has 40 x 51"):
        radiograph_to_node(scene, radiograph, replace(camera, columns=51))
    skewed = camera.intrinsics.copy()
    skewed[0, 1] = 0.1 * skewed[0, 0]
    with pytest.raises(GeometryError, match="skewed"):
        radiograph_to_node(scene, radiograph, replace(camera, intrinsics=skewed))
    assert camera_from_fact(camera_to_fact(replace(camera, intrinsics=skewed))).intrinsics[0, 1] == pytest.approx(
        skewed[0, 1]
    )
    with pytest.raises(GeometryError, match="carries no camera"):
        node_to_radiograph(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "plain"))


@pytest.mark.parametrize("kind", ["float32", "float64", "uint16"])
def test_overlays_lie_on_the_x_ray_s_grid_and_come_back(scene, radiograph, camera, reloaded, kind):
    xray = radiograph_to_node(scene, radiograph, camera)
    array = (100 * np.random.default_rng(0).random((40, 50))).astype(kind)
    node = overlay_to_node(scene, array, xray, "DRR", (0.2, 0.4, 0.8), "g/cm²")
    xray, node = reloaded(scene, xray, node)
    found, unit = node_to_overlay(node)
    assert (found.dtype, unit) == (array.dtype, "g/cm²")
    np.testing.assert_array_equal(found, array)
    point = [(3.0, 4.0, 5.0)]
    np.testing.assert_allclose(index_from_ras(node, point), index_from_ras(xray, point), atol=1e-9)
    display = node.GetDisplayNode()
    color = [0.0] * 4
    display.GetColorNode().GetColor(255, color)
    np.testing.assert_allclose(color[:3], (0.2, 0.4, 0.8), atol=1e-3)
    assert display.GetApplyThreshold()
    assert display.GetWindowLevelMax() == pytest.approx(array.max(), rel=1e-5)
    with pytest.raises(GeometryError, match="project with the X-ray's own camera"):
        overlay_to_node(scene, array.T, xray, "turned")


def test_the_beam_runs_from_the_source_to_the_detector_s_corners(scene, camera, reloaded):
    node = reloaded(scene, beam_to_node(scene, camera))
    points = np.array([node.GetPolyData().GetPoint(index) for index in range(5)]) * [-1, -1, 1]
    np.testing.assert_allclose(points[0], camera.source, atol=1e-3)
    corners = [(-0.5, -0.5), (49.5, -0.5), (49.5, 39.5), (-0.5, 39.5)]
    np.testing.assert_allclose(camera.project(points[1:]), corners, atol=1e-3)
    assert node.GetPolyData().GetNumberOfLines() == 5
