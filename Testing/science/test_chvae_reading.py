"""DXA exports and tables from files: grids that fit, what is refused, UK Biobank's names."""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ComputedRadiographyImageStorage, ExplicitVRLittleEndian

from bonedensity.errors import AnatomyError, GeometryError, PopulationError, SpacingError, UnreadableFileError
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.morphometry.corners import body_sizes, region_of, size_measurements
from bonedensity.generators.chvae.morphometry.truth import corners_of
from bonedensity.generators.chvae.reading.dxa_image import DxaImage, network_view, on_own_grid, unscanned
from bonedensity.generators.chvae.reading.metadata import attributes_of, read_attributes, read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.generators.chvae.reading.resample import resize_matrix, resized

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))
PERSON = {
    "sex": 0, "age": 64.0, "standing_height": 163.0, "weight": 70.0,
    "l1_l4_width": 4.2, "l1_l4_height": 13.6, "l1_l4_area": 57.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def spine():
    return DRAWN["draw_spine"](PERSON, 0)


def save_dicom(path, array, **tags):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID("2.25.7")
    dataset.Modality, dataset.PhotometricInterpretation = "CR", "MONOCHROME2"
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.Rows, dataset.Columns = array.shape
    dataset.PixelData = array.astype(np.uint8).tobytes() + b"\0" * (array.size % 2)
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def save_png(path, array):
    Image.fromarray(array).save(path)
    return path


def test_resampling_keeps_constants_slopes_and_place():
    for before, after in ((100, 37), (37, 100), (64, 64)):
        matrix = resize_matrix(before, after)
        assert np.allclose(matrix.sum(axis=1), 1, atol=1e-6)
        slope = (np.arange(before) + 0.5) / before
        inner = slice(3, -3)
        assert np.allclose((matrix @ slope)[inner], ((np.arange(after) + 0.5) / after)[inner], atol=1e-3)
    image = np.random.default_rng(0).random((80, 60)).astype(np.float32)
    assert np.array_equal(resized(image, (80, 60)), image)
    assert resized(image, (20, 15)).mean() == pytest.approx(image.mean(), rel=0.01)


def test_png_and_dicom_hold_the_same_image_and_only_the_header_knows_its_size(tmp_path, spine):
    png = read_dxa(save_png(tmp_path / "a.png", spine))
    rows, columns = spine.shape
    area = [columns * DRAWN["PIXEL_MM"], rows * DRAWN["PIXEL_MM"]]
    dicom = read_dxa(save_dicom(tmp_path / "a.dcm", spine, ExposedArea=[round(v) for v in area]))
    assert np.array_equal(png.array, spine)
    assert np.array_equal(dicom.array, spine)
    assert dicom.spacing_source == "ExposedArea"
    assert dicom.known_pixel_mm() == pytest.approx((DRAWN["PIXEL_MM"],) * 2, rel=0.01)
    with pytest.raises(SpacingError, match="gives no pixel size"):
        png.known_pixel_mm()
    assert read_dxa(tmp_path / "a.png", pixel_mm=(1.25, 1.2)).known_pixel_mm() == (1.25, 1.2)


def test_inverted_and_windowed_dicom_show_what_the_display_shows(tmp_path, spine):
    turned = save_dicom(tmp_path / "turned.dcm", 255 - spine, PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(read_dxa(turned).array, spine)
    windowed = save_dicom(tmp_path / "windowed.dcm", spine // 2, WindowCenter=64, WindowWidth=128)
    assert np.abs(read_dxa(windowed).array - spine).max() <= 3


def test_white_margins_are_black_to_the_network_and_never_change(spine):
    filled = spine.copy()
    filled[40:90, :12] = 252
    filled[0:30, -9:] = 252
    filled[70:74, 70:74] = 252  # as bright, but inside the bone
    image = DxaImage(filled.astype(np.float32), (0, *spine.shape[:1], 0, spine.shape[1]))
    margins = unscanned(image.seen)
    assert margins.sum() == 50 * 12 + 30 * 9
    view = network_view(image, 64)
    assert view[20:30, :3].max() < 0.05
    moved = on_own_grid(np.full((64, 64), 0.1), image)
    assert not moved[margins].any()
    assert np.allclose(moved[~margins], 25.2, atol=1e-3)


def test_a_change_comes_back_on_the_grid_of_the_crop_alone(tmp_path, spine):
    image = read_dxa(save_png(tmp_path / "a.png", spine), crop=(10, 150, 20, 120))
    assert network_view(image, 64).shape == (64, 64)
    step = np.zeros((64, 64))
    step[32:] = 1.0
    moved = on_own_grid(step, image)
    assert moved.shape == spine.shape
    outside = np.ones(spine.shape, bool)
    outside[10:150, 20:120] = False
    assert not moved[outside].any()
    assert moved[79, 60] < 126 < moved[80, 60]
    for crop in ((0, 30, 0, 100), (-1, 150, 0, 100), (0, 150, 0, 999)):
        with pytest.raises(GeometryError, match="does not fit"):
            image.with_crop(crop)


def draw_hip():
    y, x = np.mgrid[:150, :140]
    image = np.where((x > 95) & (y > 60), 150, 0) + np.where((x - 45) ** 2 + (y - 50) ** 2 < 900, 150, 0)
    return np.where(np.abs((y - 50) - 0.7 * (x - 45)) < 12, 140, image).clip(0, 250).astype(np.uint8)


def test_what_is_no_ap_spine_is_refused_in_one_sentence(tmp_path, spine):
    tall = np.repeat(spine, 2, axis=0)
    colour = np.stack([spine, spine, spine // 2], axis=-1)
    half_bright = np.full_like(spine, 90)
    half_bright[::7] = 60
    cases = [
        (save_dicom(tmp_path / "h.dcm", spine, BodyPartExamined="HIP"), AnatomyError, "a hip according to its header"),
        (save_dicom(tmp_path / "f.dcm", spine, SeriesDescription="Left Femur"), AnatomyError, "shows a hip"),
        (save_dicom(tmp_path / "l.dcm", spine, ViewPosition="LATERAL"), AnatomyError, "a lateral spine"),
        (save_dicom(tmp_path / "w.dcm", spine, SeriesDescription="Total Body"), AnatomyError, "a whole body"),
        (save_png(tmp_path / "hip.png", draw_hip()), AnatomyError, "no spine that runs from top to bottom"),
        (save_png(tmp_path / "wide.png", spine[:100]), AnatomyError, "as a hip"),
        (save_png(tmp_path / "tall.png", tall), AnatomyError, "as a lateral spine or a whole body"),
        (save_png(tmp_path / "flat.png", half_bright), AnatomyError, "no spine that runs"),
        (save_png(tmp_path / "screen.png", colour), UnreadableFileError, "is a colour image"),
        (save_png(tmp_path / "deep.png", spine.astype(np.uint16) * 200), UnreadableFileError, "8-bit display export"),
        (tmp_path / "nothing.png", UnreadableFileError, "nothing.png"),
    ]
    for path, error, said in cases:
        with pytest.raises(error, match=said) as refusal:
            read_dxa(path)
        assert "\n" not in str(refusal.value)
    assert read_dxa(tmp_path / "h.dcm", check=False).array.shape == spine.shape


def test_the_ap_spine_of_an_archive_is_found_among_its_files(tmp_path, spine):
    save_dicom(tmp_path / "1.dcm", spine, BodyPartExamined="HIP")
    save_dicom(tmp_path / "2.dcm", spine, BodyPartExamined="LSPINE", SeriesDescription="AP Spine")
    for name, members in (("1_20158_2_0.zip", ("1.dcm", "2.dcm")), ("none.zip", ("1.dcm",))):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("manifest.csv", "x")
            for member in members:
                archive.write(tmp_path / member, f"../{member}")
    found = read_dxa(tmp_path / "1_20158_2_0.zip")
    assert np.array_equal(found.array, spine)
    assert not (tmp_path.parent / "2.dcm").exists()
    with pytest.raises(AnatomyError, match="holds no AP spine"):
        read_dxa(tmp_path / "none.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_dxa(tmp_path / "broken.zip")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"age": -5}, "age = -5 years cannot be: give 18 to 110"),
        ({"age": 400}, "age = 400 years cannot be"),
        ({"standing_height": ""}, "lacks standing_height: give it in cm"),
        ({"weight": "heavy"}, "weight is “heavy”, which is no number"),
        ({"weight": "nan"}, "lacks weight"),
        ({"sex": 2}, "sex = 2 cannot be"),
    ],
)
def test_attributes_that_cannot_be_are_refused(change, said):
    with pytest.raises(PopulationError, match=said) as refusal:
        attributes_of({**PERSON, **change}, shipped_graph(), "“row”")
    assert "\n" not in str(refusal.value)


def test_one_person_is_read_from_json_and_from_a_table(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({**PERSON, "sex": "female"}))
    (tmp_path / "a.csv").write_text(",".join(PERSON) + "\n" + ",".join(map(str, PERSON.values())) + "\n")
    graph = shipped_graph()
    assert read_attributes(tmp_path / "a.json", graph) == read_attributes(tmp_path / "a.csv", graph) == PERSON
    (tmp_path / "two.csv").write_text("age\n60\n70\n")
    with pytest.raises(UnreadableFileError, match="holds 2 people"):
        read_attributes(tmp_path / "two.csv", graph)


@pytest.mark.parametrize("style", ["{0}-{1}.0", "p{0}_i{1}", "f.{0}.{1}.0"])
def test_uk_biobank_tables_give_both_visits(tmp_path, style):
    fields = {"age": 21003, "standing_height": 50, "weight": 21002, "l1_l4_width": 23202, "l1_l4_height": 23201}
    columns = {style.format(31, 0): "0", style.format(23200, 2): "57", style.format(23200, 3): "58"}
    for name, field in fields.items():
        columns[style.format(field, 2)] = str(PERSON[name])
        columns[style.format(field, 3)] = str(PERSON[name] + 0.1)
    absent = {name: "" if name.endswith(("3.0", "i3")) else cell for name, cell in columns.items()}
    lines = ["\t".join(["eid", *columns])]
    lines += ["\t".join([eid, *row.values()]) for eid, row in (("11", columns), ("12", absent))]
    (tmp_path / "table.tsv").write_text("\n".join([*lines, "\t".join(["13", *[""] * len(columns)])]))
    (tmp_path / "11_20158_2_0.zip").write_bytes(b"x")
    records, refused = read_records(tmp_path / "table.tsv", shipped_graph())
    assert [(r.person, r.visit) for r in records] == [("11", 0), ("11", 1), ("12", 0)]
    assert records[0].attributes == PERSON
    assert records[1].attributes["age"] == pytest.approx(64.1)
    assert records[0].image == tmp_path / "11_20158_2_0.zip"
    assert records[2].image is None
    assert len(refused) == 1
    assert "line 4 lacks sex" in refused[0]


def outline(width, height, gap, shear=0.0):
    """Corners (pixels) of four equal boxes on a grid of 1 mm, in a stack that may lean."""
    boxes = []
    for level in range(4):
        top = 20 + level * (height + gap)
        left = 30 + shear * top
        boxes.append([[left + width, top], [left, top], [left, top + height], [left + width, top + height]])
    return np.array(boxes, float)


def test_boxes_measure_as_wide_and_high_as_they_are():
    sizes = body_sizes(outline(40, 30, 10), (1.0, 1.0))
    assert [(s.level, s.width_cm, s.height_cm, s.area_cm2) for s in sizes] == [
        (level, 4.0, 3.0, 12.0) for level in ("L1", "L2", "L3", "L4")
    ]
    stretched = body_sizes(outline(40, 30, 10), (2.0, 0.5))[0]
    assert (stretched.width_cm, stretched.height_cm, stretched.area_cm2) == pytest.approx((2.0, 6.0, 12.0))
    found = {m.name: m.value for m in size_measurements(outline(40, 30, 10), (1.0, 1.0))}
    assert found["Average width, L1–L4"] == 4.0
    assert found["Area of bodies, L1–L4"] == 48.0
    with pytest.raises(AnatomyError, match="no order"):
        body_sizes(outline(40, 30, 10)[::-1], (1.0, 1.0))
    with pytest.raises(AnatomyError, match="not whole"):
        body_sizes(outline(40, 30, 10)[:3], (1.0, 1.0))


def test_a_drawn_region_measures_as_a_densitometer_would(spine):
    pixel = DRAWN["PIXEL_MM"]
    image = DxaImage(spine.astype(np.float32), (0, spine.shape[0], 0, spine.shape[1]), (pixel, pixel))
    height = 10 * PERSON["l1_l4_height"] / 4 / pixel
    centre = np.array(spine.shape[::-1]) / 2
    corners = outline(30, 0.84 * height, 0.16 * height)
    corners += centre - corners.reshape(-1, 2).mean(axis=0)
    region = region_of(image, corners)
    bone = 0.84 * PERSON["l1_l4_width"] * PERSON["l1_l4_height"]  # the drawn discs are no bone
    assert region.area_cm2 == pytest.approx(bone, rel=0.04)
    assert region.height_mm / 10 == pytest.approx(PERSON["l1_l4_height"], rel=0.01)


def test_corners_of_a_virtual_scan_land_on_its_export():
    middle = {"pixel_mm": [0.6, 0.5], "landmarks_mm": {}}
    raw = (np.array([358, 325]) - 1) / 2 * np.array([0.5, 0.6])
    for level in range(1, 5):
        for name, at in zip(
            ("superior_left", "superior_right", "inferior_right", "inferior_left"), range(4), strict=True
        ):
            middle["landmarks_mm"][f"vertebrae_L{level}_{name}"] = (raw + np.array([0.0, 10.0 * at])).tolist()
    found = corners_of(middle)
    assert np.allclose(found[0, 0], [357.5, 389.5])
    assert np.allclose(found[:, 3] - found[:, 0], [0, 120])
