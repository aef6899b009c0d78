"""Training, storage, evaluation and the command, once through on drawn spines: too few steps to learn from."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from bonedensity.cli.counterfactual import counterfactual as command
from bonedensity.errors import CancelledError, ModelError, StatisticsError, UnreadableFileError
from bonedensity.generators import load
from bonedensity.generators.chvae.config import SIZES
from bonedensity.generators.chvae.evaluation.evaluate import ChvaeEvaluation, evaluate_chvae
from bonedensity.generators.chvae.reading.metadata import read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.generators.chvae.storage import load_chvae
from bonedensity.generators.chvae.training.data import load_people, split
from bonedensity.generators.chvae.training.options import ChvaeTraining
from bonedensity.generators.chvae.training.train import train_chvae
from bonedensity.learning.card import read_card

pytestmark = pytest.mark.usefixtures("one_thread")

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))
SHORT = ChvaeTraining(
    size="tiny", epochs=2, predictor_epochs=1, fine_tune_epochs=1, batch=13, rate=1e-3, data="drawn spines"
)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    DRAWN["write_cohort"](folder, 33)
    return folder / "manifest.csv"


@pytest.fixture(scope="module")
def trained(cohort, tmp_path_factory):
    folder, heard = tmp_path_factory.mktemp("model"), []
    train_chvae(cohort, folder, SHORT, lambda fraction, message: heard.append(fraction))
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1.0)
    return folder


def test_the_card_says_what_was_done_and_the_model_loads_as_it_was_saved(trained):
    card = read_card(trained)
    assert (card.name, card.size, card.seed) == ("chvae", "tiny", 42)
    assert card.data == "drawn spines (26 people)"
    assert {"validation_loss", "validation_mae", "validation_corner_error"} <= set(card.metrics)
    assert all(np.isfinite(value) for value in card.metrics.values())
    assert "not for diagnosis" in card.intended_use
    model = load_chvae(trained)
    assert model.causal.graph.names[0] == "sex"
    assert model.predicted == model.network.config.context


def test_the_frame_of_the_image_is_fine_tuned_and_a_measuring_network_can_be_learnt_on_from(trained, cohort, tmp_path):
    as_it_lies = replace(SIZES["tiny"], frame="image")
    options = replace(SHORT, config=as_it_lies, start=trained, epochs=1, predictor_epochs=0)
    card = train_chvae(cohort, tmp_path, options, cache=trained / "cache")
    assert {"counterfactual_predictor_loss", "bound_before"} <= set(card.metrics)
    model, earlier = load_chvae(tmp_path), load_chvae(trained)
    assert (model.network.config.frame, earlier.network.config.frame) == ("image", "spine")
    assert model.law is None
    assert earlier.law is not None
    for name, numbers in earlier.predictor.state_dict().items():
        assert torch.equal(numbers, model.predictor.state_dict()[name])
    other = replace(as_it_lies, context=("age", "sex"))
    with pytest.raises(ModelError, match="begin without it"):
        train_chvae(cohort, tmp_path / "b", replace(options, config=other), cache=trained / "cache")


def test_abduction_stays_exact_through_storage(trained, cohort):
    model = load_chvae(trained)
    record = read_records(cohort, model.causal.graph)[0][0]
    person = load("chvae", trained).abduct(read_dxa(record.image), record.attributes)
    null = person.do().predict()
    assert null.attributes == pytest.approx(record.attributes, rel=1e-9)
    assert not null.difference.any()
    assert person.do(age=record.attributes["age"]).predict().attributes == pytest.approx(record.attributes, rel=1e-5)


def test_all_visits_of_a_person_fall_on_one_side_of_the_split(cohort, trained):
    model = load_chvae(trained)
    everyone, refused = load_people(cohort, model.causal.graph, 64, trained / "cache")
    assert not refused
    assert len(everyone) == 66
    sides = split(everyone, 42)
    assert [len(side) for side in sides] == [26, 3, 4]
    assert not sides[0] & sides[1]
    assert not (sides[0] | sides[1]) & sides[2]
    assert {r.visit for r in everyone.of(sides[2]).records} == {0, 1}
    assert split(everyone, 42) == sides != split(everyone, 43)


def test_evaluation_has_persistence_beside_every_figure(trained, cohort):
    found = evaluate_chvae(trained, cohort, ChvaeEvaluation(most=3))
    metrics = found["metrics"]
    for name in ("width", "height", "area"):
        assert f"r2_{name}_persistence" in metrics
        assert f"icc_{name}_persistence" in metrics
    assert {"sign_agreement", "mae_over_persistence", "effectiveness_slope_age", "psnr", "identity"} <= set(metrics)
    assert metrics["composition"] == 0
    assert found["count"] == 3
    assert len(found["follow_up"]) == 3
    with pytest.raises(StatisticsError, match="nobody"):
        evaluate_chvae(trained, cohort, ChvaeEvaluation(persons=frozenset({"someone else"})))


def test_a_stopped_training_leaves_no_weights_and_too_few_people_are_refused(cohort, tmp_path):
    with pytest.raises(CancelledError):
        train_chvae(cohort, tmp_path / "a", SHORT, should_stop=lambda: True)
    assert not (tmp_path / "a" / "weights.safetensors").exists()
    lines = cohort.read_text().splitlines()
    few = cohort.with_name("few.csv")
    few.write_text("\n".join(lines[:3]))
    with pytest.raises(StatisticsError, match="too few"):
        train_chvae(few, tmp_path / "b", replace(SHORT))


def test_damaged_models_are_refused(trained, tmp_path):
    with pytest.raises(ModelError, match="no generator “other”"):
        load("other")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        load_chvae(tmp_path)
    card = json.loads((trained / "card.json").read_text())
    card["config"].pop("graph")
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="describes no CHVAE"):
        load_chvae(tmp_path)


def test_the_command_writes_pictures_and_one_json_object(trained, cohort, tmp_path):
    app = typer.Typer()
    app.command()(command)
    record = read_records(cohort, load_chvae(trained).causal.graph)[0][0]
    (tmp_path / "person.json").write_text(json.dumps(record.attributes))
    arguments = [str(record.image), "-o", str(tmp_path / "out"), "--metadata", str(tmp_path / "person.json")]
    arguments += ["--model", str(trained), "--do", "age=80", "--sweep", "age=50:80:15", "--pixel-mm", "1.25", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert values["counterfactual"]["age"] == 80
    assert all(Path(path).is_file() for path in values["outputs"])
    refused = CliRunner().invoke(app, [*arguments, "--crop", "a,b"])
    assert "is no crop" in str(refused.exception)
