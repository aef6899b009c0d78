import numpy as np
import pytest
import slicer
import vtk

from bonedensity.errors import GeometryError
from bonedensity.imaging import Volume
from bonedensity.scene.transforms import put_under, transform_to_node
from bonedensity.scene.volumes import node_to_volume, volume_to_node

TYPES = [
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "bool",
]


def ras_of(node, index):
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array(matrix.MultiplyPoint([*index, 1.0])[:3])


def test_both_ways_and_through_a_file_on_any_grid(scene, grid, reloaded):
    array = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)
    node = volume_to_node(scene, Volume(array, grid, unit="mg/cm³", name="density"), "shown")
    for found in (node, reloaded(scene, node)):
        volume = node_to_volume(found)
        assert volume.array.tobytes() == array.tobytes()
        np.testing.assert_allclose(volume.index_to_patient, grid, atol=1e-9)
        assert (volume.unit, volume.name, found.GetName()) == ("mg/cm³", "density", "shown")


def test_a_voxel_stands_at_minus_x_minus_y_z(scene, grid):
    volume = Volume(np.zeros((4, 5, 6), np.int16), grid)
    node = volume_to_node(scene, volume)
    x, y, z = volume.to_patient([5, 1, 3])
    np.testing.assert_allclose(ras_of(node, (5, 1, 3)), [-x, -y, z], atol=1e-9)


@pytest.mark.parametrize("kind", TYPES)
def test_number_types_are_kept(scene, reloaded, kind):
    array = np.arange(24).reshape(2, 3, 4).astype(kind)
    node = volume_to_node(scene, Volume(array, np.eye(4)))
    for found in (node, reloaded(scene, node)):
        volume = node_to_volume(found)
        assert volume.array.dtype == array.dtype
        np.testing.assert_array_equal(volume.array, array)


def test_whole_numbers_beyond_32_bits_are_refused(scene):
    with pytest.raises(GeometryError, match="beyond the 32 bits"):
        volume_to_node(scene, Volume(np.full((2, 2, 2), 2**40), np.eye(4)))


def test_an_image_changed_since_is_not_forced_back(scene):
    node = volume_to_node(scene, Volume(np.ones((2, 2, 2), np.int8), np.eye(4)))
    node.GetImageData().GetPointData().GetScalars().Fill(1000)
    np.testing.assert_array_equal(node_to_volume(node).array, 1000)


def test_other_byte_orders_and_strides_are_taken(scene):
    array = np.arange(48).reshape(4, 3, 4).astype(">i2")[::2]
    np.testing.assert_array_equal(node_to_volume(volume_to_node(scene, Volume(array, np.eye(4)))).array, array)


def test_the_node_has_its_own_copy(scene, ct):
    node = volume_to_node(scene, ct)
    node_to_volume(node).array[:] = 0
    np.testing.assert_array_equal(node_to_volume(node).array, ct.array)


def test_under_a_transform_the_ct_is_where_world_from_ct_puts_it(scene, ct, world_from_ct, reloaded):
    node = volume_to_node(scene, ct)
    put_under(node, transform_to_node(scene, world_from_ct, "pose"))
    index = (3, 20, 17)
    expected = world_from_ct.apply(ct.to_patient(index))
    for found in (node, reloaded(scene, node)):
        ras = [0.0, 0.0, 0.0]
        found.TransformPointToWorld(ras_of(found, index), ras)  # by MRML itself
        np.testing.assert_allclose(np.array(ras) * [-1, -1, 1], expected, atol=1e-9)
        np.testing.assert_allclose(node_to_volume(found).to_patient(index), expected, atol=1e-9)
        np.testing.assert_allclose(node_to_volume(found, in_world=False).to_patient(index), ct.to_patient(index))


def test_a_non_linear_parent_is_refused_in_one_sentence(scene, ct):
    node = volume_to_node(scene, ct)
    warp = scene.AddNewNodeByClass("vtkMRMLTransformNode", "warp")
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    warp.SetAndObserveTransformToParent(spline)
    put_under(node, warp)
    with pytest.raises(GeometryError, match="non-linear transform “warp”: harden it"):
        node_to_volume(node)


def test_units_of_other_readers_are_understood(scene):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "from DICOM")
    with pytest.raises(GeometryError, match="holds no image"):
        node_to_volume(node)
    node.SetAndObserveImageData(volume_to_node(scene, Volume(np.zeros((2, 2, 2)), np.eye(4))).GetImageData())
    assert node_to_volume(node, unit="1").unit == "1"
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning("[hnsf'U]", "UCUM", "Hounsfield unit")
    node.SetVoxelValueUnits(entry)
    assert node_to_volume(node, unit="1").unit == "HU"


def test_colour_images_are_refused(scene):
    image = vtk.vtkImageData()
    image.SetDimensions(2, 2, 2)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "photo")
    node.SetAndObserveImageData(image)
    with pytest.raises(GeometryError, match="3 numbers a voxel"):
        node_to_volume(node)
