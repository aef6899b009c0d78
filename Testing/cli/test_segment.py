"""`bonedensity segment` as a user runs it."""

import numpy as np
import SimpleITK


def write_ct(path, low=-1000):
    array = np.full((20, 20, 20), low, np.int16)
    array[6:14, 6:14, 6:14] = 800
    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing([3.0, 3.0, 3.0])
    SimpleITK.WriteImage(image, path)
    return array


def test_dense_bone_is_segmented_and_counted(cli, tmp_path):
    array = write_ct(tmp_path / "ct.nii.gz")
    done = cli("segment", tmp_path / "ct.nii.gz", "-o", tmp_path / "bones.nii.gz", "--json")
    assert done.code == 0
    written = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(tmp_path / "bones.nii.gz"))
    assert done.json["engine"] == "threshold"
    assert done.json["labels"] == {"bone": int((array > 0).sum())} == {"bone": int((written > 0).sum())}
    assert done.json["label_values"] == {"bone": 1}


def test_labels_of_others_are_renamed(cli, tmp_path):
    array = write_ct(tmp_path / "ct.nii.gz")
    image = SimpleITK.GetImageFromArray((array > 0).astype(np.uint8) * 9)
    image.SetSpacing([3.0, 3.0, 3.0])
    image.SetMetaData("Segment0_LabelValue", "9")
    image.SetMetaData("Segment0_Name", "Right hip bone")
    SimpleITK.WriteImage(image, tmp_path / "theirs.seg.nrrd")
    done = cli(
        "segment", tmp_path / "ct.nii.gz", "--engine", "labels", "--labels", tmp_path / "theirs.seg.nrrd",
        "-o", tmp_path / "bones.nii.gz", "--json",
    )  # fmt: skip
    assert done.json["label_values"] == {"hip_right": 78}


def test_bad_input_is_one_sentence(cli, tmp_path):
    write_ct(tmp_path / "mr.nii.gz", low=5)
    done = cli("segment", tmp_path / "mr.nii.gz", "-o", tmp_path / "bones.nii.gz")
    assert done.code == 2
    assert "no CT in HU" in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "bones.nii.gz").exists()
