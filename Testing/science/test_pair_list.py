"""Points find their pairs in whatever order they are clicked."""

import pytest

from bonedensity.errors import BoneDensityError
from bonedensity.workflows.pair_list import PairList


def test_clicks_in_any_order_become_pairs():
    pairs = PairList()
    for image, point in (("xray", [1, 1]), ("xray", [2, 2]), ("ct", [1, 0, 0]), ("ct", [2, 0, 0]), ("ct", [3, 0, 0])):
        pairs.mark(image, point)
    assert list(pairs.whole()["ct"]) == list(pairs.whole()["xray"]) == ["1", "2"]
    assert pairs.next_name("xray") == "3"
    assert "point 3 on the X-ray" in pairs.what_is_missing()
    pairs.mark("xray", [3, 3])
    assert pairs.what_is_missing() == ""
    assert [float(point[0]) for point in pairs.whole()["ct"].values()] == [1, 2, 3]


def test_a_chosen_pair_is_marked_anew_and_a_removed_one_is_not_confused_with_the_next():
    pairs = PairList()
    for number in range(3):
        pairs.mark("xray", [number, 0])
        pairs.mark("ct", [number, 0, 0])
    pairs.choose("2")
    pairs.mark("ct", [9, 9, 9])
    assert pairs.points("ct")["2"].tolist() == [9, 9, 9]
    assert pairs.chosen == ""
    pairs.remove("2")
    assert "2 of at least 3" in pairs.what_is_missing()
    pairs.mark("ct", [7, 7, 7])
    assert list(pairs.points("ct")) == ["1", "3", "4"]
    with pytest.raises(BoneDensityError, match="no point 2"):
        pairs.remove("2")


def test_another_xray_takes_its_points_with_it_and_leaves_those_of_the_ct():
    pairs = PairList()
    pairs.mark("xray", [1, 1])
    pairs.mark("xray", [2, 2])
    pairs.mark("ct", [0, 0, 0])
    pairs.forget("xray")
    assert list(pairs.points("ct")) == ["1"]
    assert pairs.points("xray") == {}
    assert len(pairs.pairs) == 1
