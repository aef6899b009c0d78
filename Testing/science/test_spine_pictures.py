"""The pictures and the table of a spine session: colours and digits mean what the caption says."""

import numpy as np
import pytest

from bonedensity.workflows.spine import pictures
from bonedensity.workflows.spine.results import Answer
from bonedensity.workflows.spine.size_table import size_texts
from bonedensity.workflows.spine.state import shown


def test_no_change_is_white_and_more_change_is_never_paler():
    change = np.linspace(-80, 80, 401, dtype=np.float32)[np.newaxis].repeat(3, axis=0)
    drawn = pictures.difference_picture(change).astype(int)
    assert (drawn[:, 200] == 255).all()
    brightness = drawn[0].sum(axis=1)
    assert (np.diff(brightness[:201]) >= 0).all()
    assert (np.diff(brightness[200:]) <= 0).all()
    assert drawn[0, -1, 0] > drawn[0, -1, 2]  # brighter is red
    assert drawn[0, 0, 2] > drawn[0, 0, 0]  # darker is blue


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 1e4])
def test_any_change_can_be_drawn_and_noise_stays_pale(scale):
    change = (scale * np.random.default_rng(0).normal(size=(50, 40))).astype(np.float32)
    drawn = pictures.difference_picture(change)
    assert drawn.dtype == np.uint8
    if scale < 0.01:
        assert drawn.min() > 250


def test_a_curtain_shows_each_image_on_its_side_and_a_small_picture_keeps_the_mean():
    one, other = np.full((40, 60), 10, np.float32), np.full((40, 60), 90, np.float32)
    half = pictures.curtain(one, other, 0.5)
    assert (half[:, :30] == 90).all()
    assert (half[:, 30:] == 10).all()
    greys = np.random.default_rng(1).random((900, 600)).astype(np.float32)
    small, factor = pictures.small(greys)
    assert factor == 3
    assert small.mean() == pytest.approx(greys.mean(), rel=1e-5)


def test_where_nothing_changed_the_export_is_shown_to_the_bit():
    greys = np.random.default_rng(2).uniform(0, 255, (30, 20)).astype(np.float32)
    change = np.zeros_like(greys)
    change[5] = 400
    made = shown(greys, change)
    assert np.array_equal(np.delete(made, 5, axis=0), np.delete(greys, 5, axis=0))
    assert (made[5] == 255).all()


def test_a_change_has_the_decimals_of_its_size_and_none_is_zero():
    row = {"name": "Height, L1", "baseline": 2.7812, "unit": "cm", "low": None, "high": None}
    rows = ({**row, "counterfactual": 2.7793}, {**row, "counterfactual": 2.66, "low": 2.512, "high": 2.808})
    answer = Answer({}, {}, np.zeros((2, 2), np.float32), full=True, rows=rows, density=(1.0847, 1.0481))
    same, less, density = size_texts(answer)
    assert (same.before, same.after, same.change) == ("2.78", "2.78", "0")
    assert (less.change, less.interval) == ("-0.12", "2.51–2.81")
    assert (density.before, density.change, density.unit) == ("1.085", "-0.037", "g/cm²")
    assert size_texts(Answer({}, {}, np.zeros((2, 2), np.float32), rows=rows)) == []
