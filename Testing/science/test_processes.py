"""Work shared out among processes: everything comes back once, no more is begun than is under way, errors get out."""

import math
import os
from itertools import count, islice

import pytest

from bonedensity.errors import GeometryError
from bonedensity.processes import AHEAD, by_processes


def test_each_item_comes_back_once():
    assert sorted(by_processes(math.sqrt, [9, 4, 1, 0, 16], 2)) == [0, 1, 2, 3, 4]


def test_processes_share_the_cores_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    names = ["OMP_NUM_THREADS", "NUMBA_NUM_THREADS"]
    assert set(by_processes(os.getenv, names, 2)) == {str(max(1, os.cpu_count() // 2)), "7"}
    assert list(by_processes(os.getenv, names, 1)) == [None, "7"]


def test_no_more_is_drawn_than_is_soon_worked_on():
    drawn = []
    found = by_processes(math.sqrt, (drawn.append(number) or number for number in count()), 2)
    assert len(list(islice(found, 3))) == 3
    assert len(drawn) <= 3 + 2 * AHEAD
    found.close()


def test_what_goes_wrong_in_a_process_is_raised_here():
    with pytest.raises(ValueError, match="math domain"):
        list(by_processes(math.sqrt, [1, -3, 2], 2))


def test_no_workers_are_refused():
    with pytest.raises(GeometryError, match="0 workers"):
        by_processes(math.sqrt, [], 0)
