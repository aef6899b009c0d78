"""Calibration files of biplane rooms go in and come out the same; their pixels and units mean what they say."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.errors import BoneDensityError, GeometryError, UnreadableFileError
from bonedensity.geometry import PinholeCamera, RigidTransform, camera_to_json
from bonedensity.geometry.matrix_text import cameras_from_matrix_text, matrix_text
from bonedensity.geometry.mayacam import camera_from_mayacam1, camera_from_mayacam2, mayacam2_text
from bonedensity.imaging.read_cameras import read_cameras

MAYACAM_2 = """image size
1600,1200

camera matrix
6000,0,810.5
0,6010,580.25
0,0,1

rotation
0,-1,0
0,0,-1
1,0,0

translation
-12.5
30
900
"""
"""By hand: the camera's x is the world's -y, its y the world's -z, and it looks along the world's x."""


def a_camera(seed: int) -> PinholeCamera:
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(random_state=seed).as_matrix()
    focal = rng.uniform(3000, 8000)
    intrinsics = [[focal, 0, rng.uniform(0, 1700)], [0, 1.001 * focal, rng.uniform(0, 1700)], [0, 0, 1]]
    pose = RigidTransform.from_rotation_translation(rotation, [*rng.uniform(-80, 80, 2), rng.uniform(600, 1100)])
    return PinholeCamera(np.array(intrinsics), pose, 1700, 1760)


def assert_same(first: PinholeCamera, second: PinholeCamera) -> None:
    np.testing.assert_allclose(first.intrinsics, second.intrinsics, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(first.camera_from_world.matrix, second.camera_from_world.matrix, atol=1e-9)
    assert (first.rows, first.columns) == (second.rows, second.columns)


def mayacam1_text(camera: PinholeCamera, unit_mm: float = 1.0) -> str:
    """Version 1, from its own words: Maya's camera looks along -z with y up, pixels count from 1 and from below."""
    world_from_maya = camera.camera_from_world.rotation.T @ Rotation.from_euler("x", 180, degrees=True).as_matrix()
    z, y, x = Rotation.from_matrix(world_from_maya).as_euler("ZYX", degrees=True)
    focal = camera.intrinsics[0, 0]
    from_left = camera.intrinsics[0, 2] + 1
    from_below = (camera.rows - 1 - camera.intrinsics[1, 2]) + 1
    lines = [
        camera.source / unit_mm,
        [x, y, z],
        [0.1 * (camera.columns / 2 - from_left), 0.1 * (camera.rows / 2 - from_below), -0.1 * focal],
        [from_left, from_below, -focal],
        [0.1, camera.columns, camera.rows],
    ]
    return "\r\n".join(",".join(f"{value:.15g}" for value in line) for line in lines) + "\r\n"


def square(camera: PinholeCamera) -> PinholeCamera:
    """The same with square pixels, the only ones that version 1 knows."""
    intrinsics = camera.intrinsics.copy()
    intrinsics[1, 1] = intrinsics[0, 0]
    return PinholeCamera(intrinsics, camera.camera_from_world, camera.rows, camera.columns)


# --- MayaCam ----------------------------------------------------------------------------------------------------


def test_mayacam_2_says_where_a_point_shows():
    camera = camera_from_mayacam2(MAYACAM_2)
    assert (camera.columns, camera.rows) == (1600, 1200)
    x, y, depth = -12.5 - 20, 30 - 5, 900 + 100  # of the world point (100, 20, 5) in the camera
    expected = [6000 * x / depth + 810.5, 6010 * y / depth + 580.25]
    np.testing.assert_allclose(camera.project([100, 20, 5]), expected)


@pytest.mark.parametrize("seed", range(10))
def test_mayacam_2_goes_out_and_comes_in_the_same(seed):
    camera = a_camera(seed)
    assert_same(camera_from_mayacam2(mayacam2_text(camera)), camera)
    assert_same(camera_from_mayacam2(mayacam2_text(camera, mm_per_unit=10), mm_per_unit=10), camera)


@pytest.mark.parametrize("seed", range(10))
def test_mayacam_1_is_read_as_its_words_say(seed):
    camera = square(a_camera(seed))
    assert_same(camera_from_mayacam1(mayacam1_text(camera)), camera)
    assert_same(camera_from_mayacam1(mayacam1_text(camera, 10), mm_per_unit=10), camera)


def test_centimetres_move_the_source_and_leave_the_image():
    in_mm, in_cm = camera_from_mayacam2(MAYACAM_2), camera_from_mayacam2(MAYACAM_2, mm_per_unit=10)
    np.testing.assert_allclose(in_cm.source, 10 * in_mm.source)
    np.testing.assert_allclose(in_cm.project([[1000, 200, 50]]), in_mm.project([[100, 20, 5]]))


def test_the_pixel_spacing_gives_the_detector_distance():
    assert camera_from_mayacam2(MAYACAM_2, pixel_spacing_mm=(0.2, 0.2)).sdd_mm == pytest.approx(1200)


def test_blank_lines_and_capitals_do_not_matter():
    text = "\ufeff\n" + MAYACAM_2.replace("image size", "Image Size").replace("\n", "\r\n") + "\r\n\r\n"
    assert_same(camera_from_mayacam2(text), camera_from_mayacam2(MAYACAM_2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MAYACAM_2.replace("rotation", "turning"), "undistort"),
        (MAYACAM_2.replace("translation\n-12.5\n", "translation\n"), "translation"),
        (MAYACAM_2.replace("0,0,-1", "0,0"), "rotation"),
        (MAYACAM_2.replace("0,0,-1\n1,0,0", "0,0,1\n1,0,0"), "mirrors"),
        (MAYACAM_2.replace("1,0,0", "1,0,0.5"), "not rigid"),
        (MAYACAM_2.replace("6010", "sixty"), "not a line of numbers"),
        (MAYACAM_2.replace("6010", "-6010"), "focal lengths"),
        (MAYACAM_2.replace("1600,1200", "1600,0"), "0 pixels"),
        (MAYACAM_2.replace("900", "nan"), "not finite"),
    ],
)
def test_a_broken_mayacam_2_is_refused_in_a_sentence(text, words):
    with pytest.raises(GeometryError, match=words) as caught:
        camera_from_mayacam2(text)
    assert "\n" not in str(caught.value)


def test_a_broken_mayacam_1_is_refused_in_a_sentence():
    with pytest.raises(GeometryError, match="five lines"):
        camera_from_mayacam1("1,2,3\n4,5,6\n")


# --- 3x4 matrices -----------------------------------------------------------------------------------------------


def test_matrices_go_out_and_come_in_the_same():
    cameras = [a_camera(1), a_camera(2)]
    read = cameras_from_matrix_text(matrix_text(cameras), rows=1700, columns=1760)
    for one, other in zip(read, cameras, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("between", [" ", ",", ", ", ";", "\t"])
def test_any_separator_and_comments_will_do(between):
    text = "# left\n" + matrix_text([a_camera(1)]).replace(" ", between) + "% end\n"
    assert_same(cameras_from_matrix_text(text, rows=1700, columns=1760)[0], a_camera(1))


@pytest.mark.parametrize("first_pixel", [0.5, 1.0])
def test_a_files_own_count_of_pixels_is_taken_off(first_pixel):
    camera = a_camera(3)
    shifted = camera.intrinsics.copy()
    shifted[:2, 2] += first_pixel
    theirs = PinholeCamera(shifted, camera.camera_from_world, camera.rows, camera.columns)
    read = cameras_from_matrix_text(matrix_text([theirs]), rows=1700, columns=1760, first_pixel=first_pixel)
    assert_same(read[0], camera)


def test_matrices_for_a_world_in_centimetres():
    camera = a_camera(4)
    in_cm = camera.projection_matrix @ np.diag([10, 10, 10, 1])
    read = cameras_from_matrix_text(" ".join(str(v) for v in in_cm.ravel()), rows=1700, columns=1760, mm_per_unit=10.0)
    assert_same(read[0], camera)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 numbers"),
        ("1 2 3 4", "4 numbers"),
        (" ".join(["1"] * 22), "DLT"),
        (" ".join(["1"] * 12), "singular"),
        ("1 2 three 4", "not a line of numbers"),
    ],
)
def test_text_that_is_no_matrix_is_refused(text, words):
    with pytest.raises(GeometryError, match=words):
        cameras_from_matrix_text(text, rows=10, columns=10)


# --- Any file ---------------------------------------------------------------------------------------------------


def test_the_kind_of_file_is_found_by_its_content(tmp_path):
    camera = square(a_camera(5))
    texts = [json.dumps(camera_to_json(camera)), mayacam2_text(camera), mayacam1_text(camera), matrix_text([camera])]
    for number, text in enumerate(texts):
        path = tmp_path / f"calibration{number}.dat"
        path.write_text(text, encoding="utf-8")
        (read,) = read_cameras(path, rows=1700, columns=1760)
        assert_same(read, camera)


def test_two_matrices_are_two_cameras(tmp_path):
    path = tmp_path / "biplane.txt"
    path.write_text(matrix_text([a_camera(1), a_camera(2)]), encoding="utf-8")
    assert len(read_cameras(path, rows=9, columns=9)) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00\x01", "not a text file"),
        (b'{"sdd_mm": 1,', "whole JSON"),
        (b'{"sdd_mm": -5, "rows": 5, "columns": 5, "pixel_spacing_mm": [1, 1]}', "must be positive"),
        (b"1 2 3 4\n5 6 7 8\n9 10 11 13\n", "rows and columns"),
        (b"7 " * 600_000, "too long"),
    ],
)
def test_a_file_that_is_no_calibration_is_refused_in_a_sentence(tmp_path, content, words):
    path = tmp_path / "camera.txt"
    path.write_bytes(content)
    with pytest.raises(BoneDensityError, match=words) as caught:
        read_cameras(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="does not exist"):
        read_cameras(tmp_path / "none.txt")
