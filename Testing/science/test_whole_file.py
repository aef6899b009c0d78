"""A file is there whole or not at all."""

from __future__ import annotations

import pytest

from bonedensity.whole_file import written_whole


def test_the_file_appears_when_the_block_has_ended(tmp_path):
    path = tmp_path / "case.json"
    with written_whole(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_where_the_writing_fails_the_earlier_file_stays_and_nothing_else(tmp_path):
    path = tmp_path / "case.json"
    path.write_text("old")

    def fail():
        with written_whole(path) as part:
            part.write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_who_write_the_same_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "case.json"
    with written_whole(path) as one, written_whole(path) as other:
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_without_its_folder_the_caller_hears_of_it(tmp_path):
    with pytest.raises(OSError, match="absent"), written_whole(tmp_path / "absent" / "case.json") as part:
        part.write_text("new")
