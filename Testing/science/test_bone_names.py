"""Whose bone a label means, and labels of others brought onto a CT."""

from __future__ import annotations

import numpy as np
import pytest

from bonedensity.anatomy.labels import BONES, BY_NAME
from bonedensity.anatomy.names import bone_of_code, bone_of_name
from bonedensity.errors import AnatomyError, ModelError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.segment_header import codes_in_header
from bonedensity.segmentation import SegmentationOptions, segment
from bonedensity.segmentation.others import adopt_labels


@pytest.mark.parametrize("bone", BONES, ids=lambda bone: bone.name)
def test_every_bone_is_known_by_its_name_title_and_code(bone):
    side_code = {"L": "7771000", "R": "24028007", None: ""}[bone.side]
    assert bone_of_name(bone.name) == bone.name
    assert bone_of_name(bone.title) == bone.name
    assert bone_of_code(bone.snomed, side_code) == bone.name


@pytest.mark.parametrize(
    ("text", "bone"),
    [
        ("left hip", "hip_left"),
        ("Hip bone, right", "hip_right"),
        ("FEMUR-R", "femur_right"),
        ("proximal femur left", "femur_left"),
        ("vertebrae L4", "vertebrae_L4"),
        ("Vertebra L4", "vertebrae_L4"),
        ("L4", "vertebrae_L4"),
        ("Th12", "vertebrae_T12"),
    ],
)
def test_other_spellings_are_understood(text, bone):
    assert bone_of_name(text) == bone


@pytest.mark.parametrize(
    "text",
    [
        "femur",
        "hip",
        "femur left right",
        "L4 disc",
        "hip implant left",
        "gluteus_maximus_left",
        "L4 L5",
        "L6",
        "",
        "left",
    ],
)
def test_what_is_no_bone_or_has_no_side_is_not_guessed(text):
    assert bone_of_name(text) is None


def labels_of(names, codes=None, shape=(6, 6, 6)):
    array = np.zeros(shape, np.uint16)
    for n, value in enumerate(names):
        array[n] = value
    return LabelMap(Volume(array, np.diag([2.0, 2.0, 2.0, 1.0]), "1", "theirs"), names, codes or {})


def ct_like(labels):
    return Volume(np.full(labels.volume.array.shape, -50, np.int16), labels.volume.index_to_patient, name="CT")


def test_labels_of_others_get_the_houses_values_and_keep_their_voxels():
    theirs = labels_of({7: "Left femur", 300: "sacrum", 9: "spleen"})
    found = adopt_labels(ct_like(theirs), theirs)
    assert found.labels.present() == ["sacrum", "femur_left"]
    for name, value in (("femur_left", 7), ("sacrum", 300)):
        assert np.array_equal(found.labels.volume.array == BY_NAME[name].value, theirs.volume.array == value)
    assert any("spleen" in note for note in found.notes)


def test_a_code_goes_before_a_name():
    theirs = labels_of({1: "Segment_1"}, {1: ("71341001", "24028007")})
    assert adopt_labels(ct_like(theirs), theirs).labels.present() == ["femur_right"]


def test_slicers_terminology_is_read_from_a_segmentation_file():
    entry = "list~SCT^123037004^Anatomical Structure~SCT^29836001^Hip~SCT^7771000^Left~list~^^~^^"
    header = {
        "Segment0_LabelValue": "4",
        "Segment0_Name": "my segment",
        "Segment0_Tags": f"Segmentation.Status:inprogress|TerminologyEntry:{entry}|",
        "Segment1_LabelValue": "5",
        "Segment1_Tags": "Segmentation.Status:inprogress|",
    }
    assert codes_in_header(header) == {4: ("29836001", "7771000")}


def test_labels_on_another_grid_land_where_they_lie_in_the_patient():
    theirs = labels_of({1: "femur_left"}, shape=(8, 8, 8))
    finer = Volume(np.zeros((20, 16, 16), np.int16), np.diag([1.0, 1.0, 1.0, 1.0]), name="CT")
    found = adopt_labels(finer, theirs).labels
    z = finer.to_patient(np.argwhere(found.mask(["femur_left"]))[:, ::-1])[:, 2]
    assert z.min() >= -1
    assert z.max() <= 1


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({1: "liver", 2: "spleen"}, "None of the labels"),
        ({1: "femur_left", 2: "Left femur"}, "holds the left femur twice"),
    ],
)
def test_labels_without_a_bone_or_with_one_twice_are_refused(names, words):
    theirs = labels_of(names)
    with pytest.raises(AnatomyError, match=words):
        adopt_labels(ct_like(theirs), theirs)


def test_an_engine_says_what_it_lacks():
    ct = ct_like(labels_of({1: "sacrum"}))
    for engine in ("monai-bundle", "labels"):
        with pytest.raises(ModelError, match="needs a"):
            segment(ct, engine)
    with pytest.raises(ModelError, match="no segmentation engine"):
        segment(ct, "magic")


def test_a_file_of_labels_is_adopted_by_name(tmp_path):
    import SimpleITK

    array = np.zeros((9, 9, 9), np.uint8)
    array[2:5] = 1
    image = SimpleITK.GetImageFromArray(array)
    for key, value in {"Segment0_LabelValue": "1", "Segment0_Name": "Hip bone right"}.items():
        image.SetMetaData(key, value)
    SimpleITK.WriteImage(image, tmp_path / "theirs.seg.nrrd")
    labels = read_label_map(tmp_path / "theirs.seg.nrrd")
    found = segment(ct_like(labels), "labels", SegmentationOptions(labels=tmp_path / "theirs.seg.nrrd"))
    assert found.labels.present() == ["hip_right"]
    assert found.labels.mask(["hip_right"]).sum() == array.sum()
