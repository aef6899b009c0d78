"""Tables of people as spreadsheets save them: commas or tabs, with a byte order mark or without."""

import pytest

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.read_table import read_table

ROWS = [
    {"identifier": "p1", "note": "a, b"},
    {"identifier": "p2", "note": "two\nlines"},
    {"identifier": "p3", "note": ""},
]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_cells_come_by_heading_with_the_line_they_end_on(tmp_path, delimiter, mark):
    text = delimiter.join(("identifier", "note")) + "\n"
    text += "".join(delimiter.join((row["identifier"], '"' + row["note"] + '"')) + "\n" for row in ROWS)
    (tmp_path / "people").write_text(mark + text, encoding="utf-8")
    found = read_table(tmp_path / "people")
    assert [row for _, row in found] == ROWS
    assert [line for line, _ in found] == [2, 4, 5]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00name"])
def test_no_table_is_one_sentence_that_names_it(tmp_path, content):
    path = tmp_path / "people.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"The manifest “.*people\.csv” cannot be read") as refusal:
        read_table(path, "manifest")
    assert len(str(refusal.value).splitlines()) == 1
