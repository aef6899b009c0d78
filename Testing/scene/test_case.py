import zipfile

import numpy as np
import pytest

from bonedensity.errors import MissingDependencyError, UnreadableFileError
from bonedensity.scene import runtime
from bonedensity.scene.bundle import load_scene, save_scene
from bonedensity.scene.case import case_to_scene, cases_in, nodes_to_case
from bonedensity.scene.hierarchy import path_of


def assert_same(found, case):
    assert (found.name, found.drr_unit, found.accepted) == (case.name, case.drr_unit, case.accepted)
    assert tuple(found.reasons) == tuple(case.reasons)
    assert found.ct.array.tobytes() == case.ct.array.tobytes()
    assert (found.ct.unit, found.ct.notes) == (case.ct.unit, case.ct.notes)
    np.testing.assert_allclose(found.ct.index_to_patient, case.ct.index_to_patient, atol=1e-9)
    np.testing.assert_array_equal(found.labels.volume.array, case.labels.volume.array)
    assert found.labels.present() == case.labels.present()
    assert found.radiograph.array.tobytes() == case.radiograph.array.tobytes()
    assert found.radiograph.spacing == case.radiograph.spacing
    np.testing.assert_allclose(found.camera.projection_matrix, case.camera.projection_matrix, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.world_from_ct.matrix, case.world_from_ct.matrix, atol=1e-9)
    np.testing.assert_array_equal(found.centre, case.centre)
    assert list(found.drr) == list(case.drr)
    for bone, image in case.drr.items():
        assert found.drr[bone].dtype == image.dtype
        np.testing.assert_array_equal(found.drr[bone], image)
    for name, point in case.landmarks.items():
        np.testing.assert_allclose(found.landmarks[name], point, atol=1e-9)
    assert found.measurements == list(case.measurements)


def test_a_case_comes_back_from_a_scene_and_from_a_file(scene, case, tmp_path):
    assert_same(nodes_to_case(case_to_scene(scene, case)), case)
    again = load_scene(save_scene(scene, tmp_path / "new folder" / "scene.mrb"))
    (nodes,) = cases_in(again)
    assert_same(nodes_to_case(nodes), case)
    for node in (nodes.ct, nodes.segmentation, nodes.landmarks):
        assert node.GetParentTransformNode() is nodes.transform
    for node in (nodes.ct, nodes.radiograph, nodes.table, nodes.transform, *nodes.overlays.values()):
        assert path_of(again, node) == ["Case 1", "Bone density"]
    assert nodes.transform.GetName() == "Case 1: X-ray from CT (doubtful)"
    assert nodes.segmentation.GetSegmentation().ContainsRepresentation("Closed surface")
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["scene.mrb"]


def test_a_reopened_scene_can_be_saved_and_reopened(scene, case, tmp_path):
    case_to_scene(scene, case)
    first = load_scene(save_scene(scene, tmp_path / "first.mrb"))
    second = load_scene(save_scene(first, tmp_path / "second.mrb"))
    assert_same(nodes_to_case(cases_in(second)[0]), case)


def test_a_scene_holds_several_cases(scene, case):
    case_to_scene(scene, case)
    case_to_scene(scene, case)
    assert len(cases_in(scene)) == 2
    scene.RemoveNode(cases_in(scene)[0].table)
    with pytest.raises(UnreadableFileError, match="lost its table"):
        cases_in(scene)


def test_reading_into_a_scene_replaces_what_it_held(scene, case, tmp_path):
    case_to_scene(scene, case)
    path = save_scene(scene, tmp_path / "scene.mrb")
    assert load_scene(path, scene) is scene
    assert len(cases_in(scene)) == 1


def test_saving_prints_nothing(scene, case, tmp_path, capfd):
    case_to_scene(scene, case)
    load_scene(save_scene(scene, tmp_path / "scene.mrb"))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", "cut", "no scene", "no CT", "no bones", "no landmarks", "bad xml"]
)
def test_an_unreadable_file_is_refused_in_one_sentence(scene, case, tmp_path, content):
    path = tmp_path / "scene.mrb"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        case_to_scene(scene, case)
        whole = save_scene(scene, tmp_path / "whole.mrb")
        with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w") as other:
            for name in archive.namelist():
                data = archive.read(name)
                if content == "bad xml" and name.endswith(".mrml"):
                    data = data[: len(data) // 2]
                lost = {"no scene": ".mrml", "no CT": "CT.nrrd", "no bones": ".seg.nrrd", "no landmarks": ".mrk.json"}
                if content not in lost or not name.endswith(lost[content]):
                    other.writestr(name, data)
        if content == "cut":
            path.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(UnreadableFileError, match=r"scene\.mrb (is not a readable|is a damaged|holds no scene)"):
        load_scene(path)
    with pytest.raises(UnreadableFileError, match=r"gone\.mrb is not there"):
        load_scene(tmp_path / "gone.mrb")


def test_a_file_is_replaced_only_by_a_whole_one(scene, tmp_path, monkeypatch):
    path = tmp_path / "scene.mrb"
    path.write_bytes(b"the old one")
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "is_zipfile", lambda _: False)
        with pytest.raises(UnreadableFileError, match="could not be written"):
            save_scene(scene, path)
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]
    save_scene(scene, path)
    assert zipfile.is_zipfile(path)
    with pytest.raises(UnreadableFileError, match=r"must end in \.mrb"):
        save_scene(scene, tmp_path / "scene.mrml")


def test_without_slicer_the_mend_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "slicer", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'bonedensity\[scene\]'"):
        runtime.headless_scene()
