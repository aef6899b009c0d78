"""Radiographs: bone bright exactly once, spacing with its source, as seen from the source, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.read_radiograph import read_radiograph

LONGEST_MESSAGE = 240
STORED = np.random.default_rng(0).integers(0, 4096, (24, 32)).astype(np.uint16)
"""Numbers as a file holds them, 12 bit."""


def write_radiograph(path: Path, *, compression: str | None = None, stored: np.ndarray = STORED, **tags) -> Dataset:
    """A CR image seen from the front; a tag of None is left out."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    values = {
        "SOPClassUID": ComputedRadiographyImageStorage,
        "SOPInstanceUID": generate_uid(),
        "Modality": "CR",
        "PatientName": "Meyer^Hans",
        "PatientID": "4711",
        "PatientBirthDate": "19400305",
        "ViewPosition": "AP",
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "ImagerPixelSpacing": [0.2, 0.2],
        "PixelData": stored.tobytes(),
        **tags,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
    if compression is not None:
        dataset.compress(compression)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


@pytest.fixture
def read(tmp_path):
    """Write a radiograph with these tags and read it back."""

    def write_and_read(**tags):
        write_radiograph(tmp_path / "xr.dcm", **tags)
        return read_radiograph(tmp_path / "xr.dcm")

    return write_and_read


@pytest.mark.parametrize("compression", [None, RLELossless, JPEGLSLossless])
@pytest.mark.parametrize("rescale", [{}, {"RescaleSlope": 2, "RescaleIntercept": -7}])
def test_monochrome2_keeps_its_numbers_and_monochrome1_is_turned_exactly_once(compression, rescale, read):
    slope, intercept = rescale.get("RescaleSlope", 1), rescale.get("RescaleIntercept", 0)
    as_stored = read(compression=compression, **rescale).array
    turned = read(compression=compression, PhotometricInterpretation="MONOCHROME1", **rescale).array
    np.testing.assert_array_equal(as_stored, STORED.astype(float) * slope + intercept)
    np.testing.assert_array_equal(turned, (4095 - STORED.astype(float)) * slope + intercept)


BRIGHT = False
DARK = True
POLARITIES = [
    ({"PhotometricInterpretation": "MONOCHROME2"}, BRIGHT, 0),
    ({"PhotometricInterpretation": "MONOCHROME1"}, DARK, 0),
    ({"PhotometricInterpretation": "MONOCHROME2", "PresentationLUTShape": "IDENTITY"}, BRIGHT, 0),
    ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, DARK, 0),
    ({"PhotometricInterpretation": "MONOCHROME2", "PresentationLUTShape": "INVERSE"}, DARK, 1),
    ({"PhotometricInterpretation": "MONOCHROME1", "PixelIntensityRelationshipSign": -1}, DARK, 0),
    ({"PresentationIntentType": "FOR PROCESSING", "PixelIntensityRelationshipSign": 1}, DARK, 0),
    ({"PresentationIntentType": "FOR PROCESSING", "PixelIntensityRelationshipSign": -1}, BRIGHT, 0),
    ({"PresentationIntentType": "FOR PROCESSING"}, BRIGHT, 1),
    ({"Modality": "XA", "PixelIntensityRelationship": "LIN"}, DARK, 1),
    ({"Modality": "RF", "PixelIntensityRelationship": "DISP"}, BRIGHT, 1),
]


@pytest.mark.parametrize(("tags", "dark", "notes"), POLARITIES)
def test_bone_is_bright_whatever_the_header_calls_it(tags, dark, notes, read):
    radiograph = read(**tags)
    np.testing.assert_array_equal(radiograph.array, 4095 - STORED.astype(int) if dark else STORED)
    assert len(radiograph.notes) == notes


def test_a_caller_may_turn_the_brightness(tmp_path):
    write_radiograph(tmp_path / "xr.dcm")
    plain, turned = read_radiograph(tmp_path / "xr.dcm"), read_radiograph(tmp_path / "xr.dcm", invert=True)
    np.testing.assert_array_equal(plain.array + turned.array, np.full(STORED.shape, float(STORED.max() + STORED.min())))


def test_signed_pixels_are_turned_within_their_own_range(read):
    stored = (STORED.astype(np.int16) - 2048).astype(np.int16)
    for compression in (None, RLELossless, JPEGLSLossless):
        back = read(
            stored=stored, PixelRepresentation=1, PhotometricInterpretation="MONOCHROME1", compression=compression
        )
        np.testing.assert_array_equal(back.array, -1.0 - stored)


def test_a_modality_table_is_applied_and_a_window_is_not(read):
    table = Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4096, 0, 16], "US"
    table.add_new("LUTData", "US", [value * 3 for value in range(4096)])
    radiograph = read(ModalityLUTSequence=Sequence([table]), WindowCenter=100, WindowWidth=50)
    np.testing.assert_array_equal(radiograph.array, STORED * 3.0)


def test_a_rescale_slope_of_zero_does_not_blank_the_image(read):
    np.testing.assert_array_equal(read(RescaleSlope=0, RescaleIntercept=0).array, STORED)


NONE = {"ImagerPixelSpacing": None}
SPACINGS = {
    "imager alone": ({}, (0.2, 0.2, "imager"), ""),
    "rows and columns apart": ({"ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1, "imager"), ""),
    "both alike": ({"PixelSpacing": [0.2, 0.2]}, (0.2, 0.2, "imager"), ""),
    "geometry beside imager": (
        {"PixelSpacing": [0.18, 0.18], "PixelSpacingCalibrationType": "GEOMETRY"},
        (0.2, 0.2, "imager"),
        "calibrated PixelSpacing of 0.18 mm (GEOMETRY)",
    ),
    "unstated beside imager": ({"PixelSpacing": [0.18, 0.18]}, (0.2, 0.2, "imager"), "of unstated kind"),
    "magnification": ({"EstimatedRadiographicMagnificationFactor": 1.2}, (0.2, 0.2, "imager"), "magnified 1.2 times"),
    "pixel alone": ({**NONE, "PixelSpacing": [0.2, 0.2]}, (0.2, 0.2, "imager"), "confirm it"),
    "geometry alone": (
        {
            **NONE,
            "PixelSpacing": [0.18, 0.18],
            "PixelSpacingCalibrationType": "GEOMETRY",
            "EstimatedRadiographicMagnificationFactor": 1.1,
        },
        (0.18, 0.18, "magnification-corrected"),
        "detector's would be 0.198 mm",
    ),
    "fiducial alone": (
        {**NONE, "PixelSpacing": [0.18, 0.18], "PixelSpacingCalibrationType": "FIDUCIAL"},
        (0.18, 0.18, "calibrated"),
        "lies in the patient",
    ),
    "scanned film": ({**NONE, "NominalScannedPixelSpacing": [0.17, 0.17]}, (0.17, 0.17, "imager"), "film scanner's"),
    "nothing": (NONE, None, "gives no pixel spacing"),
    "empty": ({"ImagerPixelSpacing": []}, None, "gives no pixel spacing"),
    "zero": ({**NONE, "PixelSpacing": [0, 0]}, None, "PixelSpacing says 0 x 0"),
    "negative": ({"ImagerPixelSpacing": [-0.2, -0.2]}, None, "ImagerPixelSpacing says -0.2 x -0.2"),
    "absurd": ({"ImagerPixelSpacing": [200, 200]}, None, "no detector has"),
    "zero imager, good pixel": (
        {"ImagerPixelSpacing": [0, 0], "PixelSpacing": [0.2, 0.2]},
        (0.2, 0.2, "imager"),
        "confirm it",
    ),
}


@pytest.mark.parametrize("case", SPACINGS)
def test_spacing_follows_the_table_of_sources(case, read):
    tags, expected, said = SPACINGS[case]
    radiograph = read(**tags)
    found = radiograph.spacing and (*radiograph.spacing.pair, radiograph.spacing.source)
    assert found == expected
    assert said in " ".join(radiograph.notes)
    assert bool(radiograph.notes) == bool(said)


L_RIGHT, R_RIGHT = ["L", "F"], ["R", "F"]
SIDES = [
    ("AP", None, False, 0),
    ("AP", L_RIGHT, False, 0),
    ("AP", R_RIGHT, True, 1),
    ("AP", ["R", "H"], False, 0),  # upside down, but still from the front
    ("PA", None, True, 1),
    ("PA", L_RIGHT, True, 1),
    ("PA", R_RIGHT, False, 0),
    ("PA", ["LF", "FL"], True, 1),
    ("PA", ["A", "F"], False, 1),
    ("LL", ["A", "F"], False, 0),
    ("", None, False, 1),
    ("", L_RIGHT, False, 1),
    ("", ["A", "F"], False, 0),
]


@pytest.mark.parametrize(("view", "orientation", "mirrored", "notes"), SIDES)
def test_images_are_as_seen_from_the_source(view, orientation, mirrored, notes, read):
    radiograph = read(ViewPosition=view, PatientOrientation=orientation)
    np.testing.assert_array_equal(radiograph.array, STORED[:, ::-1] if mirrored else STORED)
    assert len(radiograph.notes) == notes
    assert radiograph.view == ("LATERAL" if view == "LL" else view)


@pytest.mark.parametrize(
    ("given", "expected"), [("+1450.0", 1450.0), ("1800", 1800.0), ("0", None), ("", None), (None, None)]
)
def test_source_to_detector_distance(given, expected, read):
    assert read(DistanceSourceToDetector=given).sdd_mm == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ImageLaterality": "R"}, "R"),
        ({"Laterality": "L"}, "L"),
        ({"ImageLaterality": "U", "Laterality": "L"}, "L"),
        ({"ImageLaterality": "B"}, ""),
        ({}, ""),
    ],
)
def test_laterality(tags, expected, read):
    assert read(**tags).laterality == expected


def test_nothing_that_names_the_patient_is_kept(tmp_path):
    path = tmp_path / "Meyer_4711_hip.dcm"
    write_radiograph(path, KVP=70, Exposure=12, Manufacturer="Maker", BodyPartExamined="HIP", InstitutionName="Clinic")
    radiograph = read_radiograph(path)
    assert radiograph.tags == {"kvp": 70.0, "exposure_mas": 12.0, "manufacturer": "Maker", "body_part": "HIP"}
    everything = f"{radiograph.name} {radiograph.notes} {radiograph.tags}".lower()
    assert not any(word in everything for word in ("meyer", "hans", "4711", "1940", "clinic"))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("a.png", STORED),
        ("a.png", (STORED // 16).astype(np.uint8)),
        ("a.tif", STORED),
        ("a.tif", STORED.astype(np.float32) / 7),
        ("wrong-suffix.jpg", STORED),
    ],
)
def test_plain_images_keep_their_numbers_and_have_no_spacing(name, array, tmp_path):
    written = tmp_path / ("a.png" if name == "wrong-suffix.jpg" else name)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(written))
    written.rename(tmp_path / name)
    radiograph = read_radiograph(tmp_path / name)
    np.testing.assert_array_equal(radiograph.array, array.astype(np.float32))
    assert radiograph.spacing is None
    assert "no pixel spacing" in radiograph.notes[0]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_grey_images_stored_in_colour_are_taken_as_grey(mode, tmp_path):
    grey = (STORED // 16).astype(np.uint8)
    Image.fromarray(grey).convert(mode).save(tmp_path / "a.png")
    radiograph = read_radiograph(tmp_path / "a.png")
    np.testing.assert_array_equal(radiograph.array, grey)
    assert len(radiograph.notes) == 2 or mode == "P"


def test_jpeg_is_read_with_a_warning(tmp_path):
    Image.fromarray((STORED // 16).astype(np.uint8)).save(tmp_path / "a.jpg")
    assert any("JPEG" in note for note in read_radiograph(tmp_path / "a.jpg").notes)


def colour_png(path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)).save(path)


def two_page_tiff(path: Path) -> None:
    pages = [Image.fromarray(STORED.astype(np.uint16)) for _ in range(2)]
    pages[0].save(path, save_all=True, append_images=pages[1:])


def cut_png(path: Path) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(STORED), str(path))
    path.write_bytes(path.read_bytes()[:-300])


def cut_dicom(path: Path) -> None:
    write_radiograph(path)
    path.write_bytes(path.read_bytes()[:-300])


def with_tags(**tags):
    return lambda path: write_radiograph(path, **tags)


REFUSED = [
    ("ct.dcm", "holds CT, not a plain X-ray", with_tags(Modality="CT")),
    ("frames.dcm", "5 frames", with_tags(NumberOfFrames=5)),
    ("colour.dcm", "colour", with_tags(PhotometricInterpretation="RGB", SamplesPerPixel=3)),
    ("palette.dcm", "colour", with_tags(PhotometricInterpretation="PALETTE COLOR")),
    ("nothing.dcm", "no pixels", with_tags(PixelData=None)),
    ("lie.dcm", "cannot be decoded", with_tags(Rows=4000, Columns=4000)),
    ("rle.dcm", "cannot be decoded", lambda p: lying_rle(p)),
    ("huge.dcm", "no detector has", with_tags(Rows=65535, Columns=65535)),
    ("zero.dcm", "no detector has", with_tags(Rows=0)),
    ("cut.dcm", "cannot be decoded|no pixels", cut_dicom),
    ("even.dcm", "one grey", with_tags(stored=np.zeros((8, 8), dtype=np.uint16))),
    ("colour.png", "colour image", colour_png),
    ("clear.png", "transparency", lambda p: Image.fromarray(STORED.astype(np.uint8)).convert("LA").save(p)),
    ("pages.tif", "2 images", two_page_tiff),
    ("cut.png", "damaged", cut_png),
    ("text.png", "no image that is read", lambda p: p.write_text("hello")),
    ("magic.png", "damaged", lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))),
    ("text.dcm", "no image that is read", lambda p: p.write_text("hello " * 100)),
    ("half.dcm", "holds no pixels|damaged", lambda p: p.write_bytes(bytes(128) + b"DICM" + bytes(range(60)))),
    ("empty.png", "empty", lambda p: p.write_bytes(b"")),
    ("folder", "is a folder", lambda p: p.mkdir()),
    ("absent.png", "does not exist", lambda p: None),
]


PRINTED_BY_C = ("magic.png",)
"""Damage of which libpng itself prints a line."""


def lying_rle(path: Path) -> None:
    dataset = write_radiograph(path, compression=RLELossless)
    dataset.Rows = dataset.Columns = 12000
    dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(("name", "said", "make"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_no_radiograph_is_refused_in_one_sentence(name, said, make, tmp_path, capfd):
    make(tmp_path / name)
    capfd.readouterr()
    with pytest.raises(UnreadableFileError, match=said) as caught:
        read_radiograph(tmp_path / name)
    assert name in str(caught.value)
    assert len(str(caught.value)) - len(str(tmp_path)) <= LONGEST_MESSAGE
    assert "\n" not in str(caught.value)
    if name not in PRINTED_BY_C:
        assert capfd.readouterr().err == ""


def test_the_real_hip_shows_bone_bright_and_its_spacing_is_to_be_confirmed(real_data):
    hip = read_radiograph(real_data / "xr-hip-cr-nema-rg2" / "RG2_JPLL.dcm")
    assert (hip.spacing.row, hip.spacing.source) == (0.2, "imager")
    assert any("confirm it" in note for note in hip.notes)
    assert (hip.sdd_mm, hip.view, hip.laterality) == (None, "", "")
    femoral_head, outside = hip.array[820:880, 980:1040].mean(), hip.array[1700:1800, 600:700].mean()
    assert femoral_head > outside + 200


@pytest.mark.parametrize(
    ("name", "spacing", "sdd"),
    [
        ("xr-chest-dx-canon-966/966_fixed.dcm", (0.16, 0.16), 1450.0),
        ("xr-chest-cr-nema-rg1/RG1_JLSN.dcm", None, 1996.0),
    ],
)
def test_real_monochrome1_chests_show_the_spine_brighter_than_lung_and_are_mirrored_to_the_source(
    name, spacing, sdd, real_data
):
    chest = read_radiograph(real_data / name)
    rows, columns = slice(chest.rows // 5, chest.rows // 3), chest.columns
    spine = chest.array[rows, int(0.48 * columns) : int(0.52 * columns)].mean()
    lung = np.minimum(*(chest.array[rows, int(a * columns) : int((a + 0.08) * columns)].mean() for a in (0.22, 0.7)))
    assert spine > lung
    assert (chest.spacing and chest.spacing.pair) == spacing
    assert chest.sdd_mm == sdd
    assert any("mirrored" in note for note in chest.notes)
    assert chest.view == "PA"


def test_a_real_file_names_no_patient_although_its_own_name_does(real_data):
    assert read_radiograph(real_data / "xr-chest-cr-nema-rg1" / "RG1_JLSN.dcm").name.startswith("radiograph ")


def test_real_undecodable_pixels_are_refused(real_data):
    with pytest.raises(UnreadableFileError, match=r"pixels of “966\.dcm” cannot be decoded"):
        read_radiograph(real_data / "xr-chest-dx-canon-966" / "966.dcm")


def test_every_other_real_file_is_refused_as_what_it_is(real_data):
    for path in sorted(real_data.rglob("*")):
        if path.is_file() and path.suffix != ".dcm":
            with pytest.raises(UnreadableFileError, match=r"holds \d+ images|no image that is read|holds CT"):
                read_radiograph(path)
