import numpy as np
import pytest
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from bonedensity.scene.frames import flipped_grid, from_vtk_matrix
from bonedensity.scene.overlays import overlay_to_node
from bonedensity.scene.perspective import look_at_beam
from bonedensity.scene.radiographs import radiograph_to_node
from bonedensity.scene.views import composite_node, show_overlay, show_volume, slice_node
from bonedensity.scene.volumes import own_grid, volume_to_node
from bonedensity.workflows.beam import beam_points


@pytest.fixture
def shown(scene, radiograph, camera, ct, reloaded):
    xray = radiograph_to_node(scene, radiograph, camera)
    drr = overlay_to_node(scene, np.ones((40, 50), np.float32), xray, "DRR")
    volume = volume_to_node(scene, ct)
    show_overlay(scene, xray, drr, opacity=0.35)
    show_volume(scene, volume, view="Yellow", orientation="Sagittal")
    return reloaded(scene, xray, drr, volume)


def test_the_red_view_shows_the_x_ray_under_the_drr(shown):
    xray, drr, volume = shown
    composite = composite_node(xray.GetScene(), "Red")
    assert composite.GetBackgroundVolumeID() == xray.GetID()
    assert composite.GetForegroundVolumeID() == drr.GetID()
    assert composite.GetForegroundOpacity() == pytest.approx(0.35)
    assert composite_node(xray.GetScene(), "Yellow").GetBackgroundVolumeID() == volume.GetID()
    assert xray.GetScene().GetNumberOfNodesByClass("vtkMRMLSliceNode") == 2


def test_the_red_view_lies_in_the_detector_s_plane_as_seen_from_the_source(shown, camera):
    xray = shown[0]
    red = slice_node(xray.GetScene(), "Red")
    grid = flipped_grid(own_grid(xray))
    slice_to_ras = from_vtk_matrix(red.GetSliceToRAS())
    assert np.linalg.det(slice_to_ras[:3, :3]) == pytest.approx(1)
    assert slice_to_ras[:3, 0] @ grid[:3, 0] / 1.1 == pytest.approx(1)
    assert slice_to_ras[:3, 1] @ grid[:3, 1] / 1.4 == pytest.approx(-1)
    in_image = np.linalg.inv(grid) @ slice_to_ras[:, 3]
    np.testing.assert_allclose(in_image[:3], (24.5, 19.5, 0), atol=1e-3)
    assert red.GetSliceVisible()
    width, height, _ = red.GetFieldOfView()
    columns, rows, _ = red.GetDimensions()
    assert width >= 50 * 1.1
    assert height >= 40 * 1.4
    assert width / columns == pytest.approx(height / rows)


def test_the_yellow_view_passes_through_the_middle_of_the_ct(shown, ct):
    yellow = slice_node(shown[0].GetScene(), "Yellow")
    np.testing.assert_allclose(from_vtk_matrix(yellow.GetSliceToRAS())[:3, 3] * [-1, -1, 1], ct.centre, atol=1e-3)
    assert yellow.GetOrientation() == "Sagittal"


def test_the_application_s_own_view_nodes_are_used(scene, radiograph, camera):
    red = slice_node(scene, "Red")
    assert show_overlay(scene, radiograph_to_node(scene, radiograph, camera)) is red
    assert composite_node(scene, "Red").GetForegroundVolumeID() is None


def test_a_node_that_lost_its_image_is_shown_without_a_plane_and_the_view_stays_as_it_was(scene, radiograph, camera):
    xray = radiograph_to_node(scene, radiograph, camera)
    red = show_overlay(scene, xray)
    before = from_vtk_matrix(red.GetSliceToRAS())
    xray.SetAndObserveImageData(None)
    assert show_overlay(scene, xray) is red
    assert np.array_equal(from_vtk_matrix(red.GetSliceToRAS()), before)
    bare = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "never had one")
    assert show_overlay(scene, bare, xray) is red
    assert composite_node(scene, "Red").GetBackgroundVolumeID() == bare.GetID()
    assert np.array_equal(from_vtk_matrix(red.GetSliceToRAS()), before)


def test_slicer_s_own_slice_pipeline_draws_every_pixel_at_its_place(shown, radiograph):
    """Reslicing by vtkMRMLSliceLogic, sampled where XYToRAS says: columns to the right, rows down, no pixel moved."""
    xray = shown[0]
    red = slice_node(xray.GetScene(), "Red")
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLScene(xray.GetScene())
    logic.SetSliceNode(red)
    reslice = logic.GetBackgroundLayer().GetReslice()
    reslice.Update()
    drawn = reslice.GetOutput()
    picture = vtk_to_numpy(drawn.GetPointData().GetScalars()).reshape(drawn.GetDimensions()[1::-1])
    pixel_from_screen = np.linalg.inv(flipped_grid(own_grid(xray))) @ from_vtk_matrix(red.GetXYToRAS())
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    screen = np.stack([x, y, np.zeros_like(x), np.ones_like(x)], axis=-1)
    u, v = np.moveaxis((screen @ pixel_from_screen.T)[..., :2], -1, 0)
    assert (np.diff(u, axis=1) > 0).all()
    assert (np.diff(v, axis=0) < 0).all()  # VTK counts screen rows upwards
    inside = (u > 0) & (u < 49) & (v > 0) & (v < 39)
    column, row = np.floor(u[inside]).astype(int), np.floor(v[inside]).astype(int)
    right, down = u[inside] - column, v[inside] - row
    image = radiograph.array
    above = image[row, column] * (1 - right) + image[row, column + 1] * right
    below = image[row + 1, column] * (1 - right) + image[row + 1, column + 1] * right
    np.testing.assert_allclose(picture[inside], above * (1 - down) + below * down, atol=1e-4)


def test_the_3d_view_sees_source_and_detector(scene, camera, reloaded):
    first = look_at_beam(scene, camera)
    assert look_at_beam(scene, camera) is first
    node = reloaded(scene, first)
    assert node.GetLayoutName() == "1"
    eye, focus = (np.array(point) * [-1, -1, 1] for point in (node.GetPosition(), node.GetFocalPoint()))
    axis = (focus - eye) / np.linalg.norm(focus - eye)
    for point in beam_points(camera):
        towards = (point - eye) / np.linalg.norm(point - eye)
        assert np.degrees(np.arccos(towards @ axis)) < node.GetViewAngle() / 2 + 1
