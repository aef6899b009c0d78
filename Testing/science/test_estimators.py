"""Estimators register themselves, say what they need, and answer through the worker as they answer directly."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity import estimators
from bonedensity.errors import ModelError, UnreadableFileError
from bonedensity.estimators.form import MetadataField
from bonedensity.estimators.registry import (
    Estimator,
    _known,
    estimator_named,
    register_estimator,
)
from bonedensity.imaging import Radiograph
from bonedensity.jobs import JobError, WorkerClient

pytest.importorskip("torch")

WEIGHTS = runpy.run_path(str(Path(__file__).with_name("bmdgan_weights.py")))["random_bmdgan"]

HIP = Radiograph(np.random.default_rng(5).uniform(0, 1000, (128, 64)), laterality="R", name="hip")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return WEIGHTS(tmp_path_factory.mktemp("weights"))


def test_bmdgan_is_known_without_loading_a_network():
    known = estimators.estimators()["bmdgan"]
    assert known.title == "BMD-GAN"
    assert [field.name for field in known.fields] == ["side", "shown"]
    assert known.shipped()
    assert known.card().name == "bmdgan"


def test_without_weights_the_card_says_in_one_sentence_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr("bonedensity.estimators.registry.SHIPPED", tmp_path)
    with pytest.raises(ModelError, match=r"^BMD-GAN has no weights in this version: .*folder of its weights\.$"):
        estimator_named("bmdgan").card()


def test_a_folder_without_a_card_or_of_another_model_is_refused(tmp_path):
    known = estimator_named("bmdgan")
    with pytest.raises(UnreadableFileError):
        known.card(tmp_path)
    from bonedensity.learning.weights import SHIPPED

    with pytest.raises(ModelError, match="bayesian-unet"):
        known.card(SHIPPED / "bayesian-unet")


def test_a_further_estimator_appears_by_registering_itself():
    mine = Estimator("mine", "Mine", "Says nothing.", load=lambda folder: None)
    try:
        register_estimator(mine)
        assert estimators.estimators()["mine"] is mine
    finally:
        _known.pop("mine")


AGE = MetadataField("age", "Age", "number", unit="years", low=20, high=100)


@pytest.mark.parametrize("value", [None, "", "old", True, 19, 101])
def test_a_number_that_is_missing_or_outside_is_refused_by_name(value):
    with pytest.raises(ModelError, match="Age"):
        AGE.checked(value)


def test_a_number_within_its_limits_and_a_default_are_taken():
    assert AGE.checked(64) == 64.0
    assert MetadataField("age", "Age", "number", low=20, high=100, default=50).checked(None) == 50.0


def test_unknown_entries_and_choices_are_refused():
    known = estimator_named("bmdgan")
    assert known.checked({}) == {"side": "", "shown": ""}
    with pytest.raises(ModelError, match="shoe_size"):
        known.checked({"shoe_size": 43})
    with pytest.raises(ModelError, match="Hip"):
        known.checked({"side": "up"})


def test_an_estimate_brings_intervals_and_images_on_the_radiographs_own_pixels(folder):
    said = estimators.load("bmdgan", folder).predict(HIP)
    assert said.reasons == ()
    assert {m.unit for m in said.measurements} == {"g/cm²", "mg/cm³", "SD"}
    assert said.measurements[0].provenance["interval"] is not None
    assert said.side == "R"
    assert all(overlay.array.shape == (128, 64) for overlay in said.overlays.values())
    assert said.overlays["proximal_femur"].unit == "g/cm²"


def test_a_model_that_finds_everything_strange_gives_no_number_but_its_reasons(tmp_path):
    said = estimators.load("bmdgan", WEIGHTS(tmp_path, limit=1e-6)).predict(HIP)
    assert said.measurements == ()
    assert said.reasons


def test_the_worker_says_what_the_model_says(folder):
    with WorkerClient() as client:
        request = {"radiograph": client.exchange.put(HIP), "estimator": "bmdgan", "folder": str(folder)}
        value = client.run("estimate", request, timeout_s=120)
        said = estimators.load("bmdgan", folder).predict(HIP)
        assert [m["value"] for m in value["measurements"]] == [pytest.approx(m.value) for m in said.measurements]
        image = client.exchange.take(value["overlays"]["proximal_femur"]["image"], np.ndarray)
        assert np.allclose(image, said.overlays["proximal_femur"].array)
        assert client.exchange.take(value["picture"], np.ndarray).shape[2] == 3
        for changes, words in (({"estimator": "oracle"}, "oracle"), ({"metadata": {"side": "up"}}, "Hip")):
            with pytest.raises(JobError, match=words) as caught:
                client.run("estimate", {**request, **changes}, timeout_s=60)
            assert caught.value.kind == "input"
