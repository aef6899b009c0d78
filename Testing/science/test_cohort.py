"""Cohorts on disk: complete, resumable, the same whoever does the work, and readable by everything else."""

import json
import sys
from dataclasses import replace
from functools import partial
from types import ModuleType, SimpleNamespace

import numpy as np
import pydicom
import pytest

from bonedensity.errors import AnatomyError, CancelledError, GeometryError, MissingDependencyError, UnwritableFileError
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.virtual.cohort import CohortOptions, counterfactual_images, image_person, person_images, write_cohort
from bonedensity.virtual.plain_bodies import ball_body, nobody, step_wedge
from bonedensity.virtual.population import read_manifest
from bonedensity.virtual.radiographs.rooms import room_of

QUICK = CohortOptions(radiographs=("AP",), ct_mm=5.0, bone_mm=4.0, ct_dicom=True)
PICTURES = CohortOptions(ct=False, radiographs=(), dxa=("lunar",), bone_mm=4.0)
HIP = CohortOptions(ct=False, radiographs=("standing",), sides=("L",), dxa=(), bone_mm=4.0)


@pytest.fixture
def plain(monkeypatch):
    """Bodies of closed form in place of anatomy: cheap, and the wedge's steps thin out with age."""

    def body_for(region, person, posture):
        if person.identifier == "plain-13":
            raise AnatomyError("This one cannot be made.")
        areal = tuple(step * (1 - 0.005 * (person.age - 60)) for step in (0.8, 0.9, 1.0, 1.1))
        body = step_wedge(areal) if region == "spine" else ball_body(density=300.0, radius_mm=25.0, half_mm=90.0)
        return replace(body, person=person)

    monkeypatch.setattr(person_images, "bodies_for", lambda *who: partial(body_for, *who))


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_everything_is_written_and_read_again(plain, tmp_path):
    summary = write_cohort("spine", [nobody(1)], tmp_path, options=QUICK)
    assert (summary.count, summary.skipped, summary.failed) == (1, 0, ())
    (row,) = read_manifest(summary.manifest)
    truth = json.loads((tmp_path / row["truth"]).read_text())
    ct = read_ct(tmp_path / row["ct"])
    from_dicom = read_ct(tmp_path / row["ct_dicom"])
    assert from_dicom.spacing == pytest.approx([5.0, 5.0, 5.0])
    assert from_dicom.index_to_patient == pytest.approx(ct.index_to_patient, abs=1e-3)
    assert np.array_equal(np.clip(ct.array, -1024, 3071), from_dicom.array)
    labels = read_label_map(tmp_path / row["labels"])
    assert set(np.unique(labels.volume.array)) == {0, 28, 29, 30, 31}
    png = read_radiograph(tmp_path / row["xray_ap"])
    dicom = read_radiograph(tmp_path / row["xray_ap_dicom"])
    assert np.array_equal(png.array, dicom.array)
    spacing = truth["radiographs"]["xray_ap"]["camera"]["pixel_spacing_mm"]
    assert dicom.spacing.pair == pytest.approx(spacing)
    assert (dicom.spacing.source, dicom.view) == ("imager", "AP")
    assert not any("mirror" in note for note in dicom.notes)
    assert (tmp_path / row["xray_ap"]).read_bytes()[24] == 16  # bits of a PNG
    bmd = truth["dxa"]["dxa_spine_lunar"]["regions"]["L1-L4"]["abmd_g_cm2"]
    assert float(row["dxa_spine_lunar_l1_l4_bmd"]) == pytest.approx(bmd, abs=1e-4)


def test_dicom_files_say_that_nobody_is_in_them(plain, tmp_path):
    write_cohort("spine", [nobody(1)], tmp_path, options=QUICK)
    files = list(tmp_path.rglob("*.dcm"))
    assert len(files) > 10
    for path in files:
        dataset = pydicom.dcmread(path)
        assert "SYNTHETIC" in dataset.ImageComments
        assert str(dataset.PatientName).startswith("SYNTHETIC")
        assert (dataset.PatientIdentityRemoved, dataset.BurnedInAnnotation) == ("YES", "NO")
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in files}) == len(files)
    assert len({pydicom.dcmread(path).StudyInstanceUID for path in files}) == 1
    export = pydicom.dcmread(next(tmp_path.rglob("dxa_*.dcm")))
    assert (export.Rows, export.Columns, export.BitsStored) == (780, 716, 8)
    assert export.ExposedArea == [179, 195]


@pytest.mark.parametrize("inverted", [False, True])
def test_systems_that_store_bone_dark_are_read_bone_bright(plain, tmp_path, monkeypatch, inverted):
    def room(*where):
        usual = room_of(*where)
        return replace(usual, processing=replace(usual.processing, inverted=inverted))

    monkeypatch.setattr(person_images, "room_of", room)
    write_cohort("hip", [nobody(1)], tmp_path, options=HIP)
    path = next(tmp_path.rglob("xray_standing_L.dcm"))
    assert pydicom.dcmread(path).PhotometricInterpretation == ("MONOCHROME1" if inverted else "MONOCHROME2")
    assert np.array_equal(read_radiograph(path).array, read_radiograph(path.with_suffix(".png")).array)
    assert read_radiograph(path).laterality == "L"


def test_same_seed_gives_the_same_bytes_and_visits_differ(plain, tmp_path):
    for name in ("a", "b"):
        write_cohort("spine", [nobody(1), replace(nobody(1), visit=1)], tmp_path / name, options=QUICK)
    first, again = files_of(tmp_path / "a"), files_of(tmp_path / "b")
    assert first == again
    visits = [data for name, data in first.items() if name.endswith("dxa_spine_lunar.png")]
    assert visits[0] != visits[1]


def test_what_is_whole_is_skipped_and_what_is_not_is_made_again(plain, tmp_path):
    people = [nobody(seed) for seed in (1, 2)]
    write_cohort("spine", people, tmp_path, options=PICTURES)
    before = files_of(tmp_path)
    (tmp_path / "plain-2" / "visit_0" / "truth.json").unlink()
    summary = write_cohort("spine", people, tmp_path, options=PICTURES)
    assert (summary.count, summary.skipped) == (1, 1)
    assert files_of(tmp_path) == before


def test_other_options_do_not_mix_into_a_folder(plain, tmp_path):
    write_cohort("spine", [nobody(1)], tmp_path, options=PICTURES)
    with pytest.raises(UnwritableFileError, match="empty folder"):
        write_cohort("spine", [nobody(1)], tmp_path, options=replace(PICTURES, bone_mm=3.0))


def test_one_that_fails_does_not_stop_the_others(plain, tmp_path):
    summary = write_cohort("spine", [nobody(13), nobody(2)], tmp_path, options=PICTURES)
    assert summary.failed == (("plain-13", "This one cannot be made."),)
    assert [row["identifier"] for row in read_manifest(summary.manifest)] == ["plain-2"]


def test_stopping_keeps_what_is_done(plain, tmp_path):
    done = []
    with pytest.raises(CancelledError, match="run it again"):
        write_cohort(
            "spine",
            (nobody(seed) for seed in (1, 2, 3)),
            tmp_path,
            options=PICTURES,
            on_progress=lambda _, message: done.append(message),
            should_stop=lambda: bool(done),
        )
    assert len(done) == 1
    assert len(read_manifest(tmp_path / "manifest.csv")) == 1
    assert write_cohort("spine", [nobody(seed) for seed in (1, 2)], tmp_path, options=PICTURES).skipped == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(plain, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        write_cohort("spine", [nobody(1)], tmp_path / "taken", options=PICTURES)


def test_a_full_disk_is_one_sentence(plain, tmp_path, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bonedensity.whole_file.os.replace", full)
    with pytest.raises(UnwritableFileError, match="disk is not full"):
        write_cohort("spine", [nobody(1)], tmp_path, options=PICTURES)


def test_two_processes_write_what_one_does(tmp_path):
    people = [replace(nobody(seed), height_cm=165.0) for seed in (1, 2)]
    options = replace(HIP, dxa=("lunar",), radiographs=())
    for name, workers in (("one", 1), ("two", 2)):
        assert write_cohort("hip", people, tmp_path / name, options=options, workers=workers).count == 2
    one, two = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    assert [name for name in one if one[name] != two.get(name)] == []
    assert set(one) == set(two)


class _ClusterFuture:
    """A future that is not Python's own, as Dask's are not."""

    def __init__(self, value):
        self.value = value

    def result(self):
        return self.value


def test_a_dask_cluster_does_the_same_work(plain, tmp_path, monkeypatch):
    asked = []

    class Client:
        def __init__(self, address, timeout):
            asked.append(address)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def scheduler_info(self):
            return {"workers": {"a": 1}}

        def submit(self, function, work):
            return _ClusterFuture(function(work))

    module = ModuleType("dask.distributed")
    module.Client = Client
    module.wait = lambda futures, return_when: SimpleNamespace(done=set(futures[:1]), not_done=set(futures[1:]))
    monkeypatch.setitem(sys.modules, "dask", ModuleType("dask"))
    monkeypatch.setitem(sys.modules, "dask.distributed", module)
    people = [nobody(seed) for seed in (1, 2, 3)]
    summary = write_cohort("spine", people, tmp_path / "cluster", options=PICTURES, scheduler="tcp://here:8786")
    write_cohort("spine", people, tmp_path / "here", options=PICTURES)
    assert (summary.count, asked) == (3, ["tcp://here:8786"])
    assert files_of(tmp_path / "cluster") == files_of(tmp_path / "here")


def test_without_dask_a_scheduler_is_refused_with_a_remedy(plain, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        write_cohort("spine", [nobody(1)], tmp_path, options=PICTURES, scheduler="tcp://here:8786")


def test_counterfactual_pictures_differ_at_the_bones_alone(plain):
    person = nobody(4)
    pair = counterfactual_images("spine", person, replace(person, age=75.0), PICTURES)
    first, second = (images.dxa["dxa_spine_lunar"] for images in pair)
    difference = np.abs(first.export.astype(int) - second.export.astype(int)) > 4
    columns = np.flatnonzero(difference.any(axis=0))
    assert difference.sum() > 1000
    assert np.ptp(columns) * 0.25 < 60
    assert second.regions[-1].abmd < 0.97 * first.regions[-1].abmd
    plain_repeat = image_person("spine", person, PICTURES).dxa["dxa_spine_lunar"]
    assert np.array_equal(plain_repeat.export, first.export)


def test_another_person_is_no_counterfactual():
    with pytest.raises(AnatomyError, match="counterfactual"):
        counterfactual_images("spine", nobody(1), nobody(2), PICTURES)


@pytest.mark.parametrize("wrong", [{"bone_mm": 0.1}, {"radiographs": ("oblique",)}, {"dxa": ("scales",)}])
def test_options_that_cannot_be_are_refused(wrong):
    with pytest.raises(GeometryError):
        CohortOptions(**wrong)


def test_no_worker_can_make_nothing(tmp_path):
    with pytest.raises(GeometryError, match="workers"):
        write_cohort("spine", [nobody(1)], tmp_path, options=PICTURES, workers=0)
