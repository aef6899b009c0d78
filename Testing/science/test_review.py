"""A person's verdicts: kept with the case, exported, and the list of cases they are given on."""

from __future__ import annotations

import csv
import json

import pytest

from bonedensity.errors import BoneDensityError, UnreadableFileError
from bonedensity.workflows.case_list import find_cases
from bonedensity.workflows.review import Review, store_review, stored_review, write_ratings


def make_case(folder, *files):
    folder.mkdir(parents=True)
    for name in files or ("ct.nii.gz", "xray.png"):
        (folder / name).write_text("")
    return folder


def test_a_review_comes_back_equal_and_leaves_the_other_results_alone(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"registration": {"similarity": 0.5}}))
    review = Review("accepted", 4, "gut – “so”", "R1", 12.5, True, "2026-01-01T00:00:00+00:00")
    store_review(review, path)
    assert stored_review(path) == review
    assert json.loads(path.read_text(encoding="utf-8"))["registration"] == {"similarity": 0.5}
    assert [each.name for each in tmp_path.iterdir()] == ["results.json"]


def test_a_review_needs_no_results_before_it(tmp_path):
    assert stored_review(tmp_path / "results.json") is None
    store_review(Review("rejected"), tmp_path / "results.json")
    assert stored_review(tmp_path / "results.json").verdict == "rejected"


def test_results_that_cannot_be_read_are_not_overwritten(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("[1, 2")
    with pytest.raises(UnreadableFileError, match="move it away"):
        store_review(Review("accepted"), path)
    assert path.read_text() == "[1, 2"


@pytest.mark.parametrize("wrong", [{"verdict": "perhaps"}, {"rating": 0}, {"rating": 6}])
def test_impossible_reviews_are_refused(wrong):
    with pytest.raises(BoneDensityError):
        Review(**wrong)


def test_cases_of_a_folder_are_sorted_and_folders_without_images_are_no_cases(tmp_path):
    make_case(tmp_path / "b", "ct.nii.gz", "labels.nii.gz", "xray.png", "camera.json", "pose.json")
    make_case(tmp_path / "a", "ct.nrrd", "radiograph.dcm")
    make_case(tmp_path / "only ct", "ct.nii.gz")
    found = find_cases(tmp_path)
    assert [case.name for case in found.cases] == ["a", "b"]
    first, second = found.cases
    assert (first.labels, first.camera, first.pose) == (None, None, None)
    assert second.labels.name == "labels.nii.gz"
    assert second.camera.name == "camera.json"
    assert second.pose.name == "pose.json"
    assert second.results == tmp_path / "b" / "results.json"


def test_cases_of_a_table_stand_as_the_table_says(tmp_path):
    make_case(tmp_path / "x")
    (tmp_path / "cases.csv").write_text("case,ct,xray\nsecond,x/ct.nii.gz,x/xray.png\nfirst,x/ct.nii.gz,x/xray.png\n")
    assert [case.name for case in find_cases(tmp_path / "cases.csv").cases] == ["second", "first"]
    (tmp_path / "wrong.csv").write_text("case,ct,xray\none,x/ct.nii.gz,missing.png\n")
    with pytest.raises(UnreadableFileError, match="Row 1"):
        find_cases(tmp_path / "wrong.csv")


def test_a_place_without_cases_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UnreadableFileError, match="holds no case"):
        find_cases(tmp_path)
    with pytest.raises(UnreadableFileError, match="no folder"):
        find_cases(tmp_path / "missing")


def test_a_study_is_shuffled_the_same_way_for_the_same_seed_and_keeps_what_was_said(tmp_path):
    for number in range(12):
        make_case(tmp_path / f"{number:02}")
    store_review(Review("accepted", 5), tmp_path / "03" / "results.json")
    found = find_cases(tmp_path)
    names = [[case.name for case in found.shuffled(seed).cases] for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]
    assert sorted(names[0]) == [f"{number:02}" for number in range(12)] != names[0]
    shuffled = found.shuffled(1)
    assert shuffled.judged == 1
    assert shuffled.current is None
    assert [(name, order) for name, order, _ in shuffled.rows()] == [("03", names[0].index("03") + 1)]


def test_ratings_are_a_table_with_a_row_for_each_judged_case(tmp_path):
    rows = [("a", 2, Review("accepted", None, "with, comma", "R1")), ("b", 1, Review("", 3))]
    write_ratings(rows, tmp_path / "ratings.csv")
    with (tmp_path / "ratings.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["case"], row["order"], row["verdict"], row["rating"], row["note"]) for row in found] == [
        ("a", "2", "accepted", "", "with, comma"),
        ("b", "1", "", "3", ""),
    ]
