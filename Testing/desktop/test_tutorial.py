"""The tutorial says what the window shows: its steps are done here, its pictures taken, its words looked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bmd_window import quick
from PySide6 import QtWidgets
from standins.harness import screenshot
from tutorial_walk import PICTURES, file_of, walk

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial-bmdestimator.md"
SECTIONS = ("ct", "xray", "register", "estimate", "results")


def words(widget):
    """Every text that the window can show: buttons, labels, titles, choices."""
    found = set()
    for each in QtWidgets.QWidget.findChildren(widget.parent, QtWidgets.QWidget):
        found |= {str(getattr(each, name)) for name in ("text", "title") if isinstance(getattr(each, name, None), str)}
        if isinstance(each, QtWidgets.QComboBox):
            found |= {each.itemText(index) for index in range(each.count)}
    return {" ".join(text.split()) for text in found}


@pytest.fixture
def coarse(module_factory, monkeypatch):
    widget = quick(module_factory("BMDEstimator"))
    from BMDEstimatorLib import sample_data

    made = sample_data.add_virtual_hip
    monkeypatch.setattr(sample_data, "add_virtual_hip", lambda scene, node: made(scene, node, spacing_mm=4.0))
    widget.parent.show()
    return widget


def test_every_picture_is_taken_on_the_way_and_every_word_in_bold_stands_in_the_window(coarse, tmp_path):
    seen, said, shown_words = [], [], set()

    def keep(name, shown):
        for section in SECTIONS:
            getattr(coarse.ui, f"{section}Section").collapsed = section not in shown
        screenshot(coarse, tmp_path / file_of(name), (470, 1200))
        seen.append(name)
        said.append(coarse.ui.resultLabel.text)
        shown_words.update(words(coarse))

    walk(coarse, keep)
    assert tuple(seen) == PICTURES
    assert "Doubtful" in said[seen.index("doubtful")]
    assert "Left femur" in said[seen.index("femur")]
    bold = set(re.findall(r"\*\*(.+?)\*\*", TUTORIAL.read_text(encoding="utf-8")))
    assert len(bold) > 20
    assert bold - shown_words == set()


def test_the_tutorial_shows_each_picture_that_is_taken_and_no_other():
    shown = re.findall(r"!\[(.+?)\]\((.+?)\)", TUTORIAL.read_text(encoding="utf-8"))
    assert [Path(path).name for _, path in shown] == [file_of(name) for name in PICTURES]
    for _, path in shown:
        assert (TUTORIAL.parent / path).resolve().is_file(), path
