"""People that come with the weights are those of the cohort, only smaller; and a card is of those beside it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

pytest.importorskip("torch")

from bonedensity.cli.chvae import evaluate_chvae as command
from bonedensity.errors import ModelError, UnreadableFileError
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.evaluation.beside import keep_unseen, people_beside
from bonedensity.generators.chvae.evaluation.pack import halved, pack_people
from bonedensity.generators.chvae.reading.dxa_image import network_view
from bonedensity.generators.chvae.reading.metadata import read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.learning.card import read_card

pytestmark = pytest.mark.usefixtures("one_thread")

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))
WEIGHTS = runpy.run_path(str(Path(__file__).with_name("chvae_weights.py")))


def draw_people(folder, count, seed=0):
    """Drawn people at two visits, and the same 15 years older, wider and lower, as virtual people are written."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = DRAWN["write_cohort"](folder, count, seed)
    DRAWN["write_counterfactuals"](folder, rows, l1_l4_width=1.05, l1_l4_height=0.98, l1_l4_area=1.03)
    for place in (folder, folder / "counterfactual"):
        (place / "truth.json").write_text("{}")
    return folder / "manifest.csv"


def test_halving_keeps_the_mean_grey():
    image = np.random.default_rng(0).integers(0, 256, (40, 61))
    assert halved(image).mean() == pytest.approx(image[:, :60].mean(), abs=0.05)
    assert halved(np.full((8, 8), 252)).tolist() == [[252] * 4] * 4


def test_attributes_and_the_network_s_view_stay_and_later_people_have_no_image(tmp_path):
    graph, manifest = shipped_graph(), draw_people(tmp_path, 4)
    pack_people(manifest, tmp_path / "model" / "people", graph, images=2)
    packed, _ = read_records(people_beside(tmp_path / "model"), graph)
    whole, _ = read_records(manifest, graph)
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


def test_new_people_take_the_place_of_old_ones_and_real_ones_are_refused(tmp_path):
    old, new = draw_people(tmp_path / "old", 3), draw_people(tmp_path / "new", 2, seed=1)
    model = WEIGHTS["write_weights"](tmp_path / "model")
    keep_unseen(old, model)
    before = sorted(path.name for path in (model / "people").iterdir())
    for place in (new.parent, new.parent / "counterfactual"):
        (place / "truth.json").unlink()
    with pytest.raises(ModelError, match="Only virtual people"):
        keep_unseen(new, model)
    assert sorted(path.name for path in (model / "people").iterdir()) == before  # nobody was lost
    for path in (new.parent / "counterfactual").iterdir():
        path.unlink()
    (new.parent / "counterfactual").rmdir()
    (new.parent / "truth.json").write_text("{}")
    keep_unseen(new, model)
    graph = shipped_graph()
    kept, given = (read_records(each, graph)[0] for each in (people_beside(model), new))
    assert [r.attributes["age"] for r in kept] == pytest.approx([r.attributes["age"] for r in given], rel=1e-5)
    assert len(list((model / "people").glob("*.png"))) == 2
    assert not (model / "people" / "counterfactual").exists()  # the old ones' truth would judge strangers


def test_a_card_is_written_of_the_people_beside_it_and_can_be_computed_anew(tmp_path):
    manifest, model = draw_people(tmp_path / "cohort", 4), WEIGHTS["write_weights"](tmp_path / "model")
    app = typer.Typer()
    app.command()(command)
    said = CliRunner().invoke(app, ["--card", "--manifest", str(manifest), "--model", str(model), "--json"])
    assert said.exit_code == 0, said.output
    card = dict(read_card(model).metrics)
    assert card.pop("people") == 4
    again = CliRunner().invoke(app, ["--model", str(model), "--json"])
    assert json.loads(again.stdout)["metrics"] == pytest.approx(card)
    image = people_beside(model).with_name(f"{read_records(manifest, shipped_graph())[0][0].person}.png")
    first = image.read_bytes()
    CliRunner().invoke(app, ["--card", "--manifest", str(people_beside(model)), "--model", str(model)])
    assert image.read_bytes() == first  # not halved twice
    assert "give --model" in str(CliRunner().invoke(app, ["--card"]).exception)
