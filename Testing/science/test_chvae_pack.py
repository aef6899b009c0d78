"""People that come with the weights are those of the cohort, only smaller."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.errors import UnreadableFileError
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.evaluation.evaluate import people_beside
from bonedensity.generators.chvae.evaluation.pack import halved, pack_people
from bonedensity.generators.chvae.reading.dxa_image import network_view
from bonedensity.generators.chvae.reading.metadata import read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))


def test_halving_keeps_the_mean_grey():
    image = np.random.default_rng(0).integers(0, 256, (40, 61))
    assert halved(image).mean() == pytest.approx(image[:, :60].mean(), abs=0.05)
    assert halved(np.full((8, 8), 252)).tolist() == [[252] * 4] * 4


def test_attributes_and_the_network_s_view_stay_and_later_people_have_no_image(tmp_path):
    graph = shipped_graph()
    for place in (tmp_path, tmp_path / "counterfactual"):
        place.mkdir(exist_ok=True)
        DRAWN["write_cohort"](place, 4)
    pack_people(tmp_path / "manifest.csv", tmp_path / "model" / "people", graph, images=2)
    packed, _ = read_records(people_beside(tmp_path / "model"), graph)
    whole, _ = read_records(tmp_path / "manifest.csv", graph)
    assert [(r.person, r.visit) for r in packed] == [(r.person, r.visit) for r in whole]
    assert [sorted(r.attributes.items()) for r in packed] == [
        [(name, pytest.approx(value, rel=1e-5)) for name, value in sorted(r.attributes.items())] for r in whole
    ]
    with_image = [(small, large) for small, large in zip(packed, whole, strict=True) if small.image is not None]
    assert [(small.person, small.visit) for small, _ in with_image] == [(r.person, 0) for r in whole if r.visit == 0][
        :2
    ]
    for small, large in with_image:
        a, b = (network_view(read_dxa(each.image), 64) for each in (small, large))
        assert np.abs(a - b).mean() < 0.01
    assert (tmp_path / "model" / "people" / "counterfactual" / "manifest.csv").is_file()
    with pytest.raises(UnreadableFileError, match="No people to judge on"):
        people_beside(tmp_path)
