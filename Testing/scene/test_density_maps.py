"""Areal density over an X-ray: in g/cm², in one colour scale, with a colour bar, and kept by a saved scene."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer")

from bonedensity.errors import GeometryError  # noqa: E402
from bonedensity.geometry import c_arm_camera  # noqa: E402
from bonedensity.imaging import Radiograph  # noqa: E402
from bonedensity.scene.density_maps import COLORS, density_map_to_node  # noqa: E402
from bonedensity.scene.dicom_source import file_of_node, files_of_node  # noqa: E402
from bonedensity.scene.radiographs import radiograph_to_node  # noqa: E402
from bonedensity.scene.runtime import headless_scene  # noqa: E402

CAMERA = c_arm_camera(sdd_mm=1000, source_to_isocentre_mm=900, rows=20, columns=30, pixel_spacing_mm=(1.0, 1.0))


@pytest.fixture
def own_scene():
    return headless_scene()


@pytest.fixture
def xray(own_scene):
    array = np.random.default_rng(0).uniform(size=(20, 30))
    return radiograph_to_node(own_scene, Radiograph(array), CAMERA)


def legend_of(node):
    shown = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    return next(one for one in shown if one.IsA("vtkMRMLColorLegendDisplayNode"))


def test_the_map_says_its_unit_and_the_colour_bar_begins_at_zero(own_scene, xray):
    density = np.zeros((20, 30), np.float32)
    density[5:10, 5:10] = 1.34
    node = density_map_to_node(own_scene, density, xray, "map")
    assert node.GetVoxelValueUnits().GetCodeValue() == "g/cm2"
    legend = legend_of(node)
    assert legend.GetTitleText() == "g/cm²"
    assert legend.GetScalarRange() == (0.0, pytest.approx(1.4))
    assert node.GetDisplayNode().GetWindowLevelMax() == pytest.approx(1.4)
    assert node.GetDisplayNode().GetLowerThreshold() > 0  # where there is no bone the X-ray shows through


def test_all_maps_share_one_colour_node(own_scene, xray):
    for name in ("a", "b"):
        density_map_to_node(own_scene, np.ones((20, 30), np.float32), xray, name)
    names = [own_scene.GetNthNode(n).GetName() for n in range(own_scene.GetNumberOfNodes())]
    assert names.count(COLORS) == 1


def test_a_map_of_another_size_is_refused(own_scene, xray):
    with pytest.raises(GeometryError):
        density_map_to_node(own_scene, np.ones((5, 5), np.float32), xray, "map")


class Database:
    def __init__(self, files):
        self.files = files

    def fileForInstance(self, uid):
        return self.files.get(uid, "")


def test_a_node_is_traced_to_the_files_that_it_was_loaded_from(xray, tmp_path):
    first, second = tmp_path / "1.dcm", tmp_path / "2.dcm"
    first.write_bytes(b"x")
    second.write_bytes(b"x")
    database = Database({"1.1": str(first), "1.2": str(second), "1.3": str(tmp_path / "gone.dcm")})
    assert file_of_node(xray, database) == ""
    xray.SetAttribute("DICOM.instanceUIDs", "1.1")
    assert file_of_node(xray, database) == str(first)
    assert file_of_node(xray, None) == ""
    xray.SetAttribute("DICOM.instanceUIDs", "1.1 1.2")
    assert file_of_node(xray, database) == ""
    assert files_of_node(xray, database) == [str(first), str(second)]
    xray.SetAttribute("DICOM.instanceUIDs", "1.1 1.3")
    assert files_of_node(xray, database) == []
